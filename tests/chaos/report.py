"""The report of a play: what was done and when, what the topics held, what was objected to. Markdown for people, JSON for programs."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.invariants import LAWS
from tests.chaos.play import Plot, Verdict

# Of each law, so that one fault does not fill the page.
SHOWN = 10


def write_report(plot: Plot, verdict: Verdict, brokers: int, stem: Path) -> None:
    """Write `stem`.md and `stem`.json."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    stem.with_suffix(".md").write_text(as_markdown(plot, verdict, brokers))
    stem.with_suffix(".json").write_text(json.dumps(as_json(plot, verdict, brokers), indent=1) + "\n")


def as_json(plot: Plot, verdict: Verdict, brokers: int) -> dict[str, object]:
    """Give everything that is known of a play."""
    asked = {name: value for name, value in asdict(plot).items() if name != "tracks"}
    return {
        "plot": {**asked, "brokers": brokers, "environment": dict(plot.environment)},
        "done": [act._asdict() for act in verdict.done],
        "counts": dict(verdict.counts),
        "exits": {str(code): count for code, count in verdict.exits.items()},
        "last_exits": verdict.last_exits,
        "seconds": verdict.seconds,
        "settled": verdict.settled,
        "laws": [law.__name__ for law in LAWS],
        "objections": [objection._asdict() for objection in verdict.objections],
    }


def as_markdown(plot: Plot, verdict: Verdict, brokers: int) -> str:
    """Give the page."""
    broken = Counter(objection.law for objection in verdict.objections)
    lines = [
        "# What was done to Keran, and what held",
        "",
        f"Seed {plot.seed}: {plot.events:,} records over {plot.seconds / 60:.1f} min to {plot.workers} workers, {brokers} brokers and "
        f"{plot.partitions} partitions; {verdict.seconds / 60:.1f} min until all was decided and judged. {verdict.settled:.0f} s after "
        "the last act nothing was left to decide.",
        "",
        "## Laws",
        "",
        "| law | objections |",
        "|---|---|",
        *(f"| {name.replace('_', ' ')} | {broken[name] or 'none'} |" for name in _laws(broken)),
        "",
        *(f"- {line}" for line in _shown(verdict)),
        "## Topics, at the end",
        "",
        *(f"- {name}: {count:,}" for name, count in verdict.counts.items()),
        f"- exit codes of workers on the way: {_exits(verdict.exits)}; at the end: {verdict.last_exits}",
        "",
        "## Acts",
        "",
        *(
            f"- {name.replace('_', ' ')}: {_times(name, verdict)}; {FAULTS[name].__doc__}"
            for name in FAULTS
            if _times(name, verdict)
        ),
        "",
        "| began, s | ended, s | act | whom |",
        "|---|---|---|---|",
        *(
            f"| {act.began:.1f} | {act.ended:.1f} | {act.fault.replace('_', ' ')} | {act.whom} |"
            for act in sorted(verdict.done, key=lambda act: act.began)
        ),
    ]
    return "\n".join(lines) + "\n"


def _laws(broken: Counter[str]) -> list[str]:
    names = [law.__name__ for law in LAWS]
    return [*names, *(name for name in broken if name not in names)]


def _shown(verdict: Verdict) -> list[str]:
    seen: Counter[str] = Counter()
    lines = []
    for law, where in verdict.objections:
        seen[law] += 1
        if seen[law] <= SHOWN:
            lines.append(f"{law}: {where}")
    return [*lines, ""] if lines else []


def _exits(exits: Counter[int]) -> str:
    return ", ".join(f"{count} with {code}" for code, count in sorted(exits.items())) or "none"


def _times(name: str, verdict: Verdict) -> int:
    return sum(act.fault == name for act in verdict.done)
