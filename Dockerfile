# A worker and nothing else: the wheel, its models and policies inside, on the locked dependencies.
# With `--build-arg LOCK=archive` pyarrow too, some 170 MB, for `keran archive` and the catalogue's commands.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir build==1.6.1 && python -m build --wheel --outdir /wheel

FROM python:3.11-slim
ARG LOCK=worker
COPY requirements/${LOCK}.lock /tmp/keran.lock
RUN pip install --no-cache-dir --require-hashes -r /tmp/keran.lock
COPY --from=build /wheel /wheel
RUN pip install --no-cache-dir --no-deps /wheel/*.whl && useradd --system --create-home keran
# The compiled kernels are compiled once, while the image is built, and not at every start.
ENV NUMBA_CACHE_DIR=/var/cache/keran
# A volume that is mounted on /archive belongs to whom the folder here belongs to.
RUN mkdir -p /var/cache/keran /archive && python -m stream.engines.warm_up && chown -R keran /var/cache/keran /archive
USER keran
WORKDIR /home/keran
EXPOSE 6066
CMD ["keran", "worker"]
