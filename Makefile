# Everything here sets itself up in .venv, on nothing but Python 3.11 or newer. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
ROWS ?= tests/benchmarks/titles.jsonl
BUILD := build
EVENTS ?= 1_000_000
MINUTES ?= 15
SEED ?= 7

.DEFAULT_GOAL := help
.PHONY: help demo test check replay bench bench-deciding bench-catalogue bench-memory bench-classifiers bench-order bench-sweep bench-full bench-latency bench-start bench-stop profile chaos real train lock wheel clean test-spark bench-spark bench-archive

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*  ## /\1\t/' | expand -t 20

# One stamp a lock file: the environment is made once and again only when what it is made of changes.
$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Keran needs Python 3.11 or newer: make PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

demo: $(VENV)/dev.stamp  ## embedded broker, worker, sample traffic, a live table of decisions
	$(BIN)/keran demo

test: $(VENV)/dev.stamp  ## all tests; those on Apache Kafka need Java 17 and Maven, those on Spark pyspark, and skip without them unless CI=true
	$(BIN)/pytest -n auto -m 'not kafka and not spark'
	$(BIN)/pytest -m kafka
	$(BIN)/pytest -m spark

check: $(VENV)/dev.stamp  ## lint, format, policies against the shelf, their cases
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/keran policy check
	$(BIN)/keran policy check policies policies/examples
	$(BIN)/keran policy test policies policies/examples

replay: $(VENV)/dev.stamp  ## the pipeline over the sample events, twice, to the same bytes
	mkdir -p $(BUILD)
	$(BIN)/keran replay tests/samples/listings.jsonl --output $(BUILD)/decisions.jsonl --dead-letters $(BUILD)/dead.jsonl
	$(BIN)/keran replay tests/samples/listings.jsonl --output $(BUILD)/again.jsonl
	cmp $(BUILD)/decisions.jsonl $(BUILD)/again.jsonl

# Quix Streams asks for older versions of what we use, so the peers stand in an environment of their own.
$(PEERS)/peers.stamp: requirements/peers.lock $(VENV)/dev.stamp
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/peers.lock
	touch $@

bench: $(PEERS)/peers.stamp bench-deciding bench-spark  ## events per CPU-second on Apache Kafka beside eight others (needs Java 17 and Maven), bench-deciding, bench-spark and bench-catalogue
	$(BIN)/python -m benchmarks.throughput --output $(BUILD)/bench.json --chart $(BUILD)/bench.svg
	$(MAKE) bench-catalogue

bench-full: $(VENV)/dev.stamp  ## CPU an event up to ten million events, and with a second worker; 20 GB of disk (needs Java 17 and Maven)
	$(BIN)/python -m benchmarks.scaling --output $(BUILD)/scaling.json --chart $(BUILD)/scaling.svg

bench-latency: $(PEERS)/peers.stamp  ## milliseconds from an event to its decision, p50 and p99 (needs Java 17 and Maven)
	$(BIN)/python -m benchmarks.latency --output $(BUILD)/latency.json

bench-start: $(VENV)/dev.stamp  ## seconds from a worker's beginning to its first decision, by part (needs Java 17 and Maven)
	$(BIN)/python -m benchmarks.start --output $(BUILD)/start.json

bench-stop: $(VENV)/dev.stamp  ## seconds until a worker in mid-work has stopped, all that it decided committed (needs Java 17 and Maven)
	$(BIN)/python -m benchmarks.stop --output $(BUILD)/stop.json

profile: $(VENV)/dev.stamp  ## microseconds an event of each stage of the worker, without a broker
	$(BIN)/python -m benchmarks.stages

bench-deciding: $(VENV)/dev.stamp  ## CPU time an event of ten policies of twenty rules, beside asking rule after rule
	$(BIN)/python -m benchmarks.deciding --output $(BUILD)/deciding.json

bench-catalogue: $(VENV)/dev.stamp  ## a catalogue on one machine: listings per CPU-second from Parquet, memory, and the impact of a policy
	$(BIN)/python -m benchmarks.one_machine
	$(BIN)/python -m benchmarks.impact

bench-memory: $(VENV)/dev.stamp  ## memory of replay and impact over a million listings and over ten million
	$(BIN)/python -m benchmarks.memory

bench-order: $(VENV)/dev.stamp  ## bytes a listing and seconds to read them back that the order of events costs (needs Java 17 and Maven)
	$(BIN)/python -m benchmarks.order --kafka

bench-archive: $(VENV)/dev.stamp  ## records a CPU-second archived and verified; exits with 1 under 50,000
	$(BIN)/python -m benchmarks.archive

# fastText has wheels for some Pythons only, so it is no part of what everything else needs.
$(VENV)/contest.stamp: $(VENV)/dev.stamp requirements/contest.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/contest.lock
	touch $@

# Spark is 490 MB, so it is no part of what everything else needs; its tests skip without it.
$(VENV)/spark.stamp: $(VENV)/dev.stamp requirements/spark.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/spark.lock
	touch $@

test-spark: $(VENV)/spark.stamp  ## the tests on Spark in local mode, and that all drivers decide alike (needs Java 17)
	CI=true $(BIN)/pytest -m spark

bench-spark: $(VENV)/spark.stamp  ## CPU a listing of Spark in local mode beside one machine (needs Java 17)
	$(BIN)/python -m benchmarks.spark --output $(BUILD)/spark.json

bench-classifiers: $(VENV)/contest.stamp  ## macro-F1 and speed beside char TF-IDF and fastText: make bench-classifiers ROWS=titles.jsonl
	$(BIN)/python -m benchmarks.classifiers --rows $(ROWS) --output $(BUILD)/classifiers.json

chaos: $(VENV)/dev.stamp  ## faults on three brokers for as long as you like, a report in build/: make chaos EVENTS=10_000_000 MINUTES=60 SEED=7
	$(BIN)/python -m tests.chaos.long --events $(EVENTS) --minutes $(MINUTES) --seed $(SEED) --output $(BUILD)/chaos

bench-sweep: $(VENV)/dev.stamp  ## a sweep of a million listings, killed three times, with live updates; its figures (needs Java 17 and Maven)
	$(BIN)/python -m tests.chaos.sweeping --listings 1_000_000

real: $(VENV)/dev.stamp  ## titles of your own through the pipeline, a table by source: make real ROWS=titles.jsonl
	$(BIN)/python -m benchmarks.real $(ROWS)

train: $(VENV)/dev.stamp  ## train the shipped model anew: make train ID=some-new-name
	$(BIN)/keran train $(ID)

lock:  ## pin every dependency anew, with hashes (needs uv)
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --extra demo --extra train --extra report --extra console --group dev -o requirements/dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml -c requirements/dev.lock -o requirements/worker.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --extra catalogue -c requirements/dev.lock -o requirements/archive.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --extra demo --extra console -c requirements/dev.lock -o requirements/demo.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --extra train --extra report --extra track -c requirements/dev.lock -o requirements/track.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --extra contest -c requirements/dev.lock -o requirements/contest.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --extra spark -c requirements/dev.lock -o requirements/spark.lock
	# The same arithmetic in both environments; Quix Streams caps the rest.
	mkdir -p $(BUILD)
	grep -E '^(numpy|scipy|scikit-learn|joblib|numba|llvmlite|orjson|msgspec)==' requirements/dev.lock \
	  | sed 's/ \\$$//' > $(BUILD)/same.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --extra train --extra peers -c $(BUILD)/same.txt -o requirements/peers.lock

wheel: $(VENV)/dev.stamp  ## the wheel, models and policies inside
	$(BIN)/python -m build --wheel --no-isolation --outdir $(BUILD)/wheel

clean:  ## remove what the other targets made
	rm -rf $(VENV) $(PEERS) $(BUILD)
