# A worker and nothing else: the wheel, its models and policies inside, on the locked dependencies.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir build==1.6.1 && python -m build --wheel --outdir /wheel

FROM python:3.11-slim
COPY requirements/worker.lock /tmp/worker.lock
RUN pip install --no-cache-dir --require-hashes -r /tmp/worker.lock
COPY --from=build /wheel /wheel
RUN pip install --no-cache-dir --no-deps /wheel/*.whl && useradd --system --create-home keran
# The compiled kernels are compiled once, while the image is built, and not at every start.
ENV NUMBA_CACHE_DIR=/var/cache/keran
RUN mkdir -p /var/cache/keran && keran policy check \
    && python -c "from stream.engines import partitions, places; places.warm(); partitions.partitions_of([b'k'], 1)" \
    && python -c "from stream.engines import batches; batches.warm()" \
    && chown -R keran /var/cache/keran
USER keran
WORKDIR /home/keran
EXPOSE 6066
CMD ["keran", "worker"]
