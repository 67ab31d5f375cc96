"""What is live in a worker: the pipeline that decides its runs, and how another takes its place (promise 10).

Offers come in. Each is loaded, checked and warmed in a thread while runs go on being decided, then put in place between
two runs, or refused with its reasons while the old one goes on. What the worker runs is said on the control topic, in
its log and in its metrics. It knows no Kafka client.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from mode import Service
from prometheus_client import CollectorRegistry

from stream.contract.answer import NO_LABELS, Labels
from stream.contract.control import WORKER_KEY
from stream.contract.instant import Instant, instant_at
from stream.contract.outcome import Outcome
from stream.contract.record import Record
from stream.contract.running import Fault, Refusal, Running, write_running
from stream.engines.aside import Says
from stream.engines.drift import Drift
from stream.engines.live_metrics import LiveMetrics
from stream.engines.offers import Offer, Offers
from stream.engines.samples import Samples
from stream.live.serving import Serving, decide_with
from stream.live.sources import Loaded
from stream.problems import BadSetup, Problem

# How often a worker says anew what it runs: one that was silent for several of these is gone. Between two compactions
# the topic keeps every word, and whoever starts reads them all.
SAY_SECONDS = 120.0
FAULTS_AT_MOST = 50
# How long a worker that stops waits for brokers that are away to hear so.
LAST_WORD_SECONDS = 3.0

log = structlog.get_logger("keran.live")


def refusal_of(control_id: str | None, problems: Sequence[Problem], moment: Instant) -> Refusal:
    """Write a refusal with its reasons, as many as one can read."""
    faults = [Fault(message=p.message, place=p.place, hint=p.hint) for p in problems[:FAULTS_AT_MOST]]
    return Refusal(control_id=control_id, refused_at=moment, faults=faults)


class Live(Service):
    """The pipeline of a worker: `run` decides by whatever pair is in place when it is called, whole."""

    def __init__(
        self,
        name: str,
        loaded: Loaded,
        offers: Offers,
        aside: Says | None = None,
        *,
        refused: Refusal | None = None,
        topic_control: str | None = None,
        topic_shadow: str = "shadow",
        samples_a_minute: int = 60,
        now: Callable[[], Instant] = lambda: instant_at(time.time_ns() // 1000),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name, self.offers, self.aside, self._now = name, offers, aside, now
        self.topic_control, self.topic_shadow = topic_control, topic_shadow
        self.metrics = LiveMetrics()
        self._samples = Samples(samples_a_minute, self.metrics)
        self._loaded, self._since, self._refused = loaded, now(), refused
        self._drift = Drift()

    @property
    def serving(self) -> Serving:
        """What decides now."""
        return self._loaded.serving

    @property
    def clusters(self) -> tuple[str, ...]:
        """The clusters of the model that decides now."""
        return self.serving.live.pipeline.clusters

    def register(self, registry: CollectorRegistry) -> None:
        """Put what is counted here into the worker's registry."""
        self.metrics.register(registry, self.running)
        registry.register(self._drift)

    def run(self, records: Sequence[Record], as_of: Instant, *, labels: Labels = NO_LABELS) -> list[Outcome]:
        """Give exactly one outcome a record, in order, all by one pair; the shadow's are only counted and sampled.

        `labels` overrule the models of both.
        """
        serving = self.serving
        decided = decide_with(serving, records, as_of, labels)
        self._drift.take(decided.run)
        if serving.shadow is not None:
            self.metrics.count(decided.changes)
            self._samples.take(decided.changes, serving, as_of)
        return decided.outcomes

    # From one pair to the next.

    async def on_start(self) -> None:
        """Say what the worker starts with."""
        if self.aside is not None:
            await self.aside.start()
            self.add_future(self._samples.say_all(self.aside, self.topic_shadow))
        self._tell("live")
        if self._refused is not None:
            self.metrics.refusals.inc()
            self._tell_refused(self._refused)
        self._tell_shadow(self._loaded)
        self._watch()
        self.add_future(self._say_regularly())
        self.add_future(self._follow())

    async def on_stop(self) -> None:
        """Say that the worker is gone."""
        if self.aside is not None:
            if self.topic_control is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.aside.say(self.topic_control, self._key(), None), LAST_WORD_SECONDS)
            await self.aside.stop()

    async def _follow(self) -> None:
        async for offer in self.offers.follow():
            await self.consider(offer)

    async def consider(self, offer: Offer) -> None:
        """Take what is offered, or refuse it and go on."""
        began = time.monotonic()
        try:
            with self.metrics.loading.time():
                loaded = await asyncio.to_thread(offer.load, self._now())
        except BadSetup as bad:
            self._refuse(refusal_of(offer.control_id, bad.problems, self._now()))
        else:
            self._take(loaded, time.monotonic() - began)
        await self._say()

    def _take(self, loaded: Loaded, seconds: float) -> None:
        self._forget_refusal()
        if _names(loaded.serving) == _names(self.serving):
            # What runs is kept, with all that it has compiled by now.
            self._loaded = loaded._replace(serving=self.serving)
            self._watch()
            return
        self._loaded, self._since = loaded, self._now()
        self.metrics.swaps.inc()
        self._tell("swapped", seconds=round(seconds, 3))
        self._tell_shadow(loaded)
        self._watch()

    def _watch(self) -> None:
        self._drift.watch(self.serving.live.pipeline.model, self._loaded.reference)

    def _forget_refusal(self) -> None:
        self._refused = None
        self.metrics.refused.set(0)

    def _refuse(self, refusal: Refusal) -> None:
        # What was refused at the start is read again by whoever follows control: the same, only later.
        if self._refused is not None and self._refused.model_copy(update={"refused_at": refusal.refused_at}) == refusal:
            return
        self._refused = refusal
        self.metrics.refusals.inc()
        self._tell_refused(refusal)

    # What is said of it.

    def running(self) -> Running:
        """Say what this worker runs."""
        live, shadow = self.serving.live, self.serving.shadow
        return Running(
            schema="keran.running/1",
            worker=self.name,
            said_at=self._now(),
            runs=live.named,
            control_id=self.serving.control_id,
            since=self._since,
            shadow=None if shadow is None else shadow.named,
            shadow_faults=[Fault(message=p.message, place=p.place, hint=p.hint) for p in self._loaded.shadow_problems],
            refused=self._refused,
        )

    def _key(self) -> bytes:
        return WORKER_KEY.format(self.name).encode()

    async def _say(self) -> None:
        if self.aside is not None and self.topic_control is not None:
            await self.aside.say(self.topic_control, self._key(), write_running(self.running()))

    async def _say_regularly(self) -> None:
        while True:
            await self._say()
            await asyncio.sleep(SAY_SECONDS)

    def _tell(self, event: str, **more: Any) -> None:
        now = self.running()
        shadow = {"shadow": now.shadow.model_dump()} if now.shadow else {}
        log.info(event, control_id=now.control_id, **now.runs.model_dump(), **shadow, **more)

    def _tell_refused(self, refusal: Refusal) -> None:
        self.metrics.refused.set(1)
        faults = [fault.model_dump() for fault in refusal.faults]
        log.error("refused", control_id=refusal.control_id, faults=faults, goes_on_with=self.running().runs.pair)

    def _tell_shadow(self, loaded: Loaded) -> None:
        if loaded.shadow_problems:
            log.error("shadow refused", faults=[str(problem) for problem in loaded.shadow_problems])


def _names(serving: Serving) -> tuple[object, ...]:
    """Give what two have in common only where all that decides is the same, and who asked for it."""
    return serving.control_id, serving.live.named, serving.shadow and serving.shadow.named
