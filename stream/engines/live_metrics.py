"""What a worker counts of live changes and of its shadow, for Prometheus. Nothing reads it back."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from stream.changes.change import Change
from stream.contract.running import Running

LOAD_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_comparison = attrgetter("comparison")


class LiveMetrics:
    """One worker's counts, made before the registry that they go into."""

    def __init__(self) -> None:
        self.swaps = Counter("keran_live_swaps", "Pairs taken in place of another", registry=None)
        self.refusals = Counter("keran_live_refusals", "Pairs refused", registry=None)
        self.refused = Gauge("keran_live_refused", "1 while this worker runs other than it is asked to", registry=None)
        self.loading = Histogram(
            "keran_live_load_seconds", "Load, check and warm, a pair", buckets=LOAD_SECONDS, registry=None
        )
        self.shadow = Counter(
            "keran_shadow_decisions",
            "Listing events by what the live pair and the shadow decide",
            ("live", "shadow"),
            registry=None,
        )
        self.effects = Counter(
            "keran_shadow_effects",
            "The same by what it would change to make the shadow live",
            ("effect",),
            registry=None,
        )
        self.samples = Counter(
            "keran_shadow_samples",
            "Differences, by whether they went to the topic: said, over_rate, lost",
            ("fate",),
            registry=None,
        )

    def register(self, registry: CollectorRegistry, running: Callable[[], Running]) -> None:
        """Put everything into the worker's registry."""
        for collector in vars(self).values():
            registry.register(collector)
        registry.register(LiveNow(running))

    def count(self, changes: Sequence[Change]) -> None:
        """Count a run's changes; equal ones share their comparison."""
        for comparison, count in Tally(map(_comparison, changes)).items():
            self.shadow.labels(comparison.before.decision, comparison.after.decision).inc(count)
            self.effects.labels(comparison.effect.value).inc(count)


class LiveNow(Collector):
    """Names what decides, so that workers can be compared; looked up when somebody asks."""

    def __init__(self, running: Callable[[], Running]) -> None:
        self._running = running

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give 1 under the names."""
        now = self._running()
        family = GaugeMetricFamily("keran_live", "What decides", labels=("pair", "model", "policies", "control_id"))
        family.add_metric([now.runs.pair, now.runs.model, " ".join(now.runs.policies), now.control_id or ""], 1)
        yield family
