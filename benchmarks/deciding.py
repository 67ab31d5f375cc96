"""What deciding costs: ten policies of twenty rules in force, CPU time an event, beside asking rule after rule.

Three figures of ours: the first batch of a start (compiling included), events that no batch saw before, and the same
events again. The other one walks every rule's condition for every event, with lists and rates settled once and every
fact read once an event; a test holds the two to the same decisions by the same rules. What is held is the ratio, since
both are measured in one process: below it the exit code is 1.
"""

import gc
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated, Any, NamedTuple

import typer
from rich import print as say

from benchmarks.machine import describe_machine
from benchmarks.ten_policies import AS_OF, classified, listing_events, ten_policies
from stream.contract.classification import Classifications
from stream.contract.event import ListingEvent
from stream.contract.events import events_of
from stream.decide.asks import Moment
from stream.decide.batches import Batch
from stream.decide.conditions import Condition, settled, truth_of
from stream.decide.decide import decide
from stream.decide.facts import SIGNALS, Fact
from stream.decide.origin import Origin, Signals, infer_origin
from stream.decide.policy import PolicySet
from stream.decide.rules import Rule
from stream.decide.ruling import Ruling

ROWS = 2_000
WARMING = 8  # batches until what is new to a batch is what stays new: a busy worker's first seconds
FEWEST_TIMES = (
    100  # as quick as asking rule after rule, on events not seen before; measured on a busy machine: 220 to 290
)
app = typer.Typer(add_completion=False)


class Load(NamedTuple):
    """A batch of events with their scores."""

    events: list[ListingEvent]
    scores: Classifications


class Matched(NamedTuple):
    """A decision, and the rules that matched, each with its policy."""

    decision: str
    rules: list[tuple[str, str]]


class Costs(NamedTuple):
    """Microseconds of CPU an event."""

    first: float
    fresh: float
    best: float
    again: float
    naive: float

    @property
    def times(self) -> float:
        return self.naive / self.fresh


@app.command()
def main(
    output: Annotated[Path, typer.Option(help="The figures, as JSON.")] = Path("build/deciding.json"),
    batches: Annotated[int, typer.Option(min=1, help="Batches of 2,000 events, after warming.")] = 20,
) -> None:
    """Measure, write the figures, print them."""
    costs = measure(batches)
    figures = {**costs._asdict(), "times": costs.times}
    machine = describe_machine(["numpy", "msgspec"])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({"machine": machine, "microseconds": figures}, indent=1) + "\n", encoding="utf-8")
    say(f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, {machine['date']}")
    say("ten policies of twenty rules, microseconds of CPU an event:")
    say(f"first batch {costs.first:.1f}, the same events again {costs.again:.2f}")
    say(f"events not seen before {costs.fresh:.2f}, in the best batch {costs.best:.2f}")
    say(f"rule after rule {costs.naive:.0f}: {costs.times:.0f} times as much")
    if costs.times < FEWEST_TIMES:
        say(f"error: expected at least {FEWEST_TIMES} times, found {costs.times:.0f}")
    raise typer.Exit(1 if costs.times < FEWEST_TIMES else 0)


def measure(batches: int, warming: int = WARMING, rows: int = ROWS) -> Costs:
    """Measure on loads that are made between the measurements, so that none was seen before."""
    policies, fresh, again = ten_policies(), [], []
    for seed in range(warming + batches):
        load = Load(listing_events(rows, seed), classified(rows, seed))
        fresh.append(_microseconds(rulings, policies, load))
        again.append(_microseconds(rulings, policies, load))
    naive = _microseconds(rule_after_rule, policies, load)
    return Costs(fresh[0], median(fresh[warming:]), min(fresh[warming:]), median(again[warming:]), naive)


def _microseconds(how: Callable[[PolicySet, Load], object], policies: PolicySet, load: Load) -> float:
    gc.disable()  # as `timeit` does: what it takes depends on all else that a process holds
    before = time.process_time()
    how(policies, load)
    took = time.process_time() - before
    gc.enable()
    return took / len(load.events) * 1e6


def rulings(policies: PolicySet, load: Load) -> list[Ruling]:
    """Decide a batch as the worker does."""
    return decide(policies, *load, [AS_OF] * len(load.events))


def rule_after_rule(policies: PolicySet, load: Load) -> list[Matched]:
    """Decide as the promises read: every event by every rule, up to the one that decides."""
    moment = Moment(AS_OF.micros, AS_OF.micros)
    phases = [(policy, policy.phase_at(moment)) for policy in policies.policies]
    rules = [[(p.name, rule, settled(rule.condition, moment)) for rule in phase.rules] for p, phase in phases if phase]
    events, classifications = load
    value_of = Columns(Batch(events_of(events), classifications)).value_of
    return [_matched(rules, value_of(row)) for row in range(len(load.events))]


class Columns:
    """What a batch says: each column made once, and each fact of an event read once."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.made: dict[str, list[Any]] = {}

    def of(self, fact: Fact) -> list[Any]:
        name = fact.reading.name
        if name not in self.made:
            self.made[name] = self.origins() if fact.reading is SIGNALS else fact.reading.keys(self.batch)
        return self.made[name]

    def origins(self) -> list[Origin]:
        told = zip(SIGNALS.keys(self.batch), self.batch.events, strict=True)
        return [infer_origin(Signals(*signals), event.market) for signals, event in told]

    def value_of(self, row: int) -> Callable[[Fact], Any]:
        known: dict[int, Any] = {}

        def value(fact: Fact) -> Any:
            if id(fact) not in known:
                known[id(fact)] = fact.value(self.of(fact)[row])
            return known[id(fact)]

        return value


def _matched(rules: list[list[tuple[str, Rule, Condition]]], value_of: Callable[[Fact], Any]) -> Matched:
    block, matched = False, []
    for policy in rules:
        for name, rule, condition in policy:
            if truth_of(condition, value_of) is True:
                matched.append((name, rule.name))
                block = block or rule.then.decision == "block"
                if rule.then.decision:
                    break
    return Matched("block" if block else "allow", matched)


if __name__ == "__main__":
    app()
