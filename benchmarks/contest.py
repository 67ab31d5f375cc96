"""One run: a contender, a topic of events, and what it took to decide them.

1. The contender starts, joins its group, and decides warm-up events until all are decided and committed. It is idle.
2. It is held still (SIGSTOP) while the events to measure are written to the topic, so that neither the writing nor
   waiting for it is measured, and no part of the work is done ahead.
3. The clock starts as it goes on, and stops when the broker holds the last decision. CPU time counts until the last
   offset is committed too: a commit interval of idling included.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contenders import Contender
from benchmarks.events import Event
from benchmarks.process import Process, started
from benchmarks.topics import Topics

LISTINGS = "listings"
# A cold start compiles for some ten seconds, and a group takes a few to form.
PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Work:
    """What is the same for all contenders: the broker, the shelf entry, and the events that come on one topic.

    `settings` are the worker's, where they are not what they are by default.
    """

    topics: Topics
    entry: Path
    warm_up: Sequence[Event]
    events: Sequence[Event]
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What one run measured, and the word of each decision by event id."""

    contender: str
    events: int
    cpu_seconds: float
    wall_seconds: float
    decisions: Mapping[str, str]


def measure(contender: Contender, work: Work, events: int, name: str) -> Run:
    """Let a contender decide the first `events` events, under a name of this run's own.

    Raises ContenderFailed unless each event is decided once and every offset committed.
    """
    topics = work.topics
    outputs = topics.create_outputs(name)
    topics.put_group(name, LISTINGS, topics.ends(LISTINGS))
    asked = work.events[:events]
    running = started(contender, environment_of(work, name, outputs))
    with running as process, topics.counting(outputs["decisions"]) as count:
        topics.append(LISTINGS, work.warm_up)
        until(process, count, len(work.warm_up), "decisions")
        until_committed(process, topics, name)
        with process.held():
            topics.append(LISTINGS, asked)
            cpu, wall = process.cpu_seconds(), time.perf_counter()
        until(process, count, len(work.warm_up) + events, "decisions")
        wall = time.perf_counter() - wall
        until_committed(process, topics, name)
        cpu = process.cpu_seconds() - cpu
        decisions = read_decisions(process, topics, outputs["decisions"], [*work.warm_up, *asked], contender.decides)
    topics.delete(*outputs.values())
    return Run(contender.name, events, cpu, wall, decisions)


def environment_of(work: Work, name: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """Give the environment that tells a contender everything: the worker's own variables and no others of them."""
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("KERAN_")},
        "KERAN_BROKER": work.topics.address,
        "KERAN_GROUP": name,
        "KERAN_TOPIC_LISTINGS": LISTINGS,
        **{f"KERAN_TOPIC_{role.upper()}": topic for role, topic in outputs.items()},
        "KERAN_SHELF": str(work.entry.parent),
        "KERAN_MODEL": work.entry.name,
        "KERAN_HTTP_PORT": "0",
        # A pool of threads that wait by spinning would count against whoever has one.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        **work.settings,
    }


def until_committed(process: Process, topics: Topics, group: str, listings: str = LISTINGS) -> None:
    """Wait until a group has committed all that is on its input. Raises ContenderFailed."""
    ends = topics.ends(listings)
    until(process, lambda: sum(topics.committed(group, listings).values()), sum(ends.values()), "offsets committed")


def until(process: Process, found: Callable[[], int], expected: int, what: str, look: float = LOOK_SECONDS) -> None:
    """Wait until as much is found as expected, for as long as it becomes more."""
    seen, deadline = found(), time.monotonic() + PATIENCE_SECONDS
    while seen < expected:
        process.must_run()
        time.sleep(look)
        before, seen = seen, found()
        if seen > before:
            deadline = time.monotonic() + PATIENCE_SECONDS
        elif time.monotonic() > deadline:
            raise process.failed(
                f"came to {seen:,} of {expected:,} {what}, and no further for {PATIENCE_SECONDS:.0f} s"
            )


def read_decisions(
    process: Process, topics: Topics, decisions: str, events: Sequence[Event], decides: bool = True
) -> dict[str, str]:
    """Give the word of each decision by event id, empty where events were copied.

    Raises ContenderFailed unless every event has exactly one.
    """
    found = [(decision["event_id"], decision["decision"] if decides else "") for decision in topics.read(decisions)]
    words = dict(found)
    if len(found) != len(events) or words.keys() != {event.event_id for event in events}:
        raise process.failed(f"made {len(found):,} decisions of {len(words):,} events where {len(events):,} were given")
    if decides and (strays := set(words.values()) - {"allow", "block"}):
        raise process.failed(f"decided neither allow nor block but {strays}")
    return words
