"""What the worker counts, for Prometheus: outcomes, runs, and how far behind it is.

Runs come in as they end; what goes out is the text of `/metrics`. It decides nothing, and nothing reads it back.
"""

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from stream.contract.outcome import Outcome
from stream.contract.record import Record
from stream.contract.records import keyless_rows
from stream.engines.overruling import Overruling

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
ROWS = (1, 10, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 100_000)

_kind_and_tally = itemgetter(Outcome._fields.index("kind"), Outcome._fields.index("tally"))


class Metrics:
    """One worker's counts, in a registry of their own, so that two workers in one process do not add up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.outcomes = Counter(
            "keran_outcomes", "Outcomes: held by the brokers, or superseded", ("kind", "tally"), registry=self.registry
        )
        self.null_keys = Counter("keran_null_keys", "Records without a key", registry=self.registry)
        self.rows = Histogram("keran_run_rows", "Records a run", buckets=ROWS, registry=self.registry)
        self.deciding = Histogram("keran_decide_seconds", "Pipeline, a run", buckets=SECONDS, registry=self.registry)
        self.publishing = Histogram(
            "keran_publish_seconds",
            "From the first output sent to the last one held, a run",
            buckets=SECONDS,
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)

    def count(self, records: Sequence[Record], outcomes: Iterable[Outcome]) -> Tally[tuple[str, str]]:
        """Count a run whose outcomes the brokers hold, and give its outcomes by kind and tally."""
        tally = Tally(map(_kind_and_tally, outcomes))
        for (kind, what), count in tally.items():
            self.outcomes.labels(kind, what).inc(count)
        self.null_keys.inc(len(keyless_rows(records)))
        self.rows.observe(len(records))
        return tally

    def text(self) -> bytes:
        """Give everything in Prometheus' text format."""
        return generate_latest(self.registry)


class Lag(Collector):
    """How many records of each assigned partition are not committed yet, looked up when somebody asks."""

    def __init__(self, lag: Callable[[], Mapping[tuple[str, int], int]]) -> None:
        self._lag = lag

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the lag of every partition."""
        family = GaugeMetricFamily("keran_lag", "Records not committed yet", labels=("topic", "partition"))
        for (topic, partition), lag in self._lag().items():
            family.add_metric((topic, str(partition)), lag)
        yield family


class OrderSizes(Collector):
    """How many listings the order guard knows, and the bytes that it keeps of them, looked up when somebody asks."""

    def __init__(self, sizes: Callable[[], Mapping[int, tuple[int, int]]]) -> None:
        self._sizes = sizes

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give both, of every partition."""
        listings = GaugeMetricFamily("keran_order_listings", "Listings whose order is known", labels=("partition",))
        kept = GaugeMetricFamily("keran_order_bytes", "Memory that their order takes", labels=("partition",))
        for partition, (count, size) in self._sizes().items():
            listings.add_metric((str(partition),), count)
            kept.add_metric((str(partition),), size)
        yield from (listings, kept)


class LabelCounts(Collector):
    """Labels: in force, of clusters that the model does not have, no good ones, and those gone on without."""

    def __init__(self, overruling: Overruling) -> None:
        self._of = overruling

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Give all four."""
        in_force = GaugeMetricFamily("keran_labels", "Labels in force", labels=("partition",))
        for partition, count in self._of.sizes().items():
            in_force.add_metric((str(partition),), count)
        yield in_force
        ignored = self._of.unknown().total()
        yield GaugeMetricFamily("keran_labels_ignored", "Labels whose cluster the model does not have", ignored)
        yield CounterMetricFamily("keran_labels_bad", "Records of the labels that are no good label", self._of.bad)
        yield CounterMetricFamily("keran_labels_late", "Runs decided without the label that asked", self._of.late)
