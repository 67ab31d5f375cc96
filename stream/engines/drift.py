"""How far what a worker decides has drifted from its model's profile: runs in, metrics and words in the log out.

Some titles of some runs are looked at, by the clock and not by the run, so that watching takes the same small part of
a core however fast the worker is. Nothing reads it back, and it decides nothing.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np
import structlog
from numpy.typing import NDArray
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from stream.classify.classifier import Model
from stream.classify.unseen import said_buckets
from stream.drift.alarms import LIMIT, Drifted, drifted
from stream.drift.signals import titles_in, values_of
from stream.drift.window import Window
from stream.live.look import look
from stream.live.reference import Found, Reference
from stream.pipeline import ClassifiedRun

# 128 titles a second at most, a sample that fills the window in a minute.
TITLES_A_LOOK, LOOK_SECONDS = 32, 0.25
JUDGE_SECONDS = 10.0

log = structlog.get_logger("keran.drift")


@dataclass(slots=True)
class Watched:
    """One model's stream beside its profile; `standing` is how it was last judged, by signal."""

    model: Model
    reference: Reference | None
    said: NDArray[np.bool_] = field(repr=False)
    window: Window
    standing: dict[str, Drifted] = field(default_factory=dict)


class Drift(Collector):
    """The watch over one worker's stream. Another model begins anew."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._watched = now, None
        self._next_look = self._next_judgement = -np.inf
        self._titles = 0

    def watch(self, model: Model, found: Found) -> None:
        """Hold what comes beside this model's profile from now on, and say beside which."""
        watched = self._watched
        if watched is None or watched.model.id != model.id:
            watched = Watched(model, None, said_buckets(model), Window(model.clusters))
        elif watched.reference == found.reference and not found.problems:
            return
        self._watched, watched.reference, watched.standing = watched, found.reference, {}
        self._next_judgement = self._now() + JUDGE_SECONDS
        _tell_reference(model, found)

    def take(self, run: ClassifiedRun) -> None:
        """Look at some titles of a run, if it is time to."""
        now = self._now()
        if self._watched is None or now < self._next_look or not len(run.classifications):
            return
        self._next_look = now + LOOK_SECONDS
        rows = np.unique(np.linspace(0, len(run.classifications) - 1, TITLES_A_LOOK).astype(np.int64))
        counts = look(self._watched.model, self._watched.said, run, rows)
        self._titles += titles_in(counts)
        self._watched.window.take(counts, now)
        if now >= self._next_judgement:
            self._next_judgement = now + JUDGE_SECONDS
            self._judge()

    def _judge(self) -> None:
        watched = self._watched
        if watched.reference is None:
            return
        counts, before = watched.window.counts(), watched.standing
        alarms = {signal: each.alarm for signal, each in before.items()}
        for each in drifted(watched.reference.profile, counts, alarms):
            if each.alarm != alarms.get(each.signal, False):
                _tell(each, watched.reference, titles_in(counts))
            before[each.signal] = each

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Give the window's shares beside the profile's, the distances and the alarms."""
        yield CounterMetricFamily("keran_drift_titles", "Titles looked at for drift", value=self._titles)
        if self._watched is not None:
            yield from _families(self._watched)


def _families(watched: Watched) -> Iterator[GaugeMetricFamily]:
    counts, reference = watched.window.counts(), watched.reference
    titles = titles_in(counts)
    yield GaugeMetricFamily("keran_drift_window_titles", "Titles in the window", value=titles)
    shares = GaugeMetricFamily("keran_drift_share", "Share of the window's titles", labels=("signal", "value"))
    expected = GaugeMetricFamily("keran_drift_profile_share", "The same in the profile", labels=("signal", "value"))
    for signal, values in values_of(watched.model.clusters).items():
        then = () if reference is None else reference.profile.shares(signal)
        for value, found, share in zip_longest(values, counts[signal], then):
            shares.add_metric((signal, value), found / max(titles, 1))
            if share is not None:
                expected.add_metric((signal, value), share)
    yield from (shares, expected, *_judged(watched))


def _judged(watched: Watched) -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
    labels = ("signal", "profile")
    far = GaugeMetricFamily("keran_drift_distance", "Jensen-Shannon divergence from the profile, bits", labels=labels)
    alarm = GaugeMetricFamily("keran_drift_alarm", "1 while a signal has drifted", labels=labels)
    for signal, each in watched.standing.items():
        of = _of(watched.reference)
        far.add_metric((signal, of), each.distance)
        alarm.add_metric((signal, of), each.alarm)
    return far, alarm


def _of(reference: Reference) -> str:
    return "own" if reference.own else "entry"


def _tell_reference(model: Model, found: Found) -> None:
    if found.problems:
        log.error("profile refused", model=model.id, faults=[str(problem) for problem in found.problems])
    elif found.reference is None:
        log.info("no profile", model=model.id)
    else:
        log.info("profile", model=model.id, profile=_of(found.reference), of=found.reference.profile.of)


def _tell(each: Drifted, reference: Reference, titles: int) -> None:
    tell, event = (log.warning, "drifted") if each.alarm else (log.info, "drift over")
    tell(
        event,
        signal=each.signal,
        distance=round(each.distance, 4),
        limit=LIMIT,
        reason=each.reason,
        titles=titles,
        profile=_of(reference),
    )
