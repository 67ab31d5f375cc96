"""A sweep in words for a terminal: what it was to do and how far it came in, lines out."""

from collections import Counter

from stream.catalogue.flips import Skipped
from stream.changes.change import Effect
from stream.changes.wording import EFFECTS
from stream.engines.sweep import Plan, Swept
from stream.engines.sweep_progress import REQUESTED


def summary(plan: Plan, swept: Swept, *, dry_run: bool) -> list[str]:
    """Say what was done so far, earlier runs included."""
    counts = swept.counts
    done = sum(part.done for part in swept.parts.values())
    model, policies = plan.pipeline.model.id, ", ".join(plan.identity.in_force) or "no policy"
    state = "done" if swept.done else "stopped"
    lines = [
        f"sweep {plan.name}{' (dry run)' if dry_run else ''}: {state}, {done} of {len(swept.parts)} partitions",
        f"decided by {model} and {policies}, as of {plan.as_of.text}",
        f"read {counts['read']:,}: {_listed(counts, Skipped)}",
        f"decided: {_listed(counts, Effect, EFFECTS)}",
        f"{'would be ' if dry_run else ''}requested {counts[REQUESTED]:,} (`--changes {plan.identity.changes}`)",
    ]
    if swept.over:
        lines.append(f"stopped: one more would pass `{swept.over.option} {swept.over.text}`")
    return lines


def _listed(counts: Counter[str], words: type, named: dict | None = None) -> str:
    found = [f"{counts[word]:,} {named[word] if named else word}" for word in words if counts[word]]
    return ", ".join(found) or ("none skipped" if words is Skipped else "none")
