"""How far apart real titles lie by the signals of drift: by chance, by the order of their file, by a shift.

    python -m benchmarks.drift_shifts ROWS.jsonl [--shops 4]

Rows have `title` and `source`. Each of the largest sources is held beside a profile of a half of its own, by chance,
then with a part of the other half swapped for titles of the other sources, and beside the entry's profile. The figures
of docs/why/023-drift.md are from titles that are no part of the project.
"""

import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from stream.classify.artifact import load_model
from stream.classify.classifier import Model, classify
from stream.classify.unseen import said_buckets, unseen_shares
from stream.drift.alarms import TITLES_AT_LEAST
from stream.drift.distance import distance, noise
from stream.drift.profile import PROFILE, Profile, profile_of, read_profile
from stream.drift.signals import Counts, count, titles_in
from stream.settings import read_settings

SWAPPED = (0.0, 0.1, 0.2, 0.5)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Argument(help="JSON lines with `title` and `source`.")],
    shops: Annotated[int, typer.Option(min=1, help="So many of the largest sources.")] = 4,
) -> None:
    """Measure, print a line a comparison."""
    settings = read_settings()
    model = load_model(settings.shelf, settings.model)
    entry = read_profile(settings.shelf / model.id.partition("#")[0] / PROFILE)
    titles = _by_source(data)
    table = Table("titles", "beside", *entry.signals, box=SIMPLE_HEAD)
    for n in (TITLES_AT_LEAST, 3 * TITLES_AT_LEAST):
        table.add_row(f"{n:,} drawn from it", "entry", *(f"{noise(entry.shares(s), n):.4f}" for s in entry.signals))
    for name in sorted(titles, key=lambda source: -len(titles[source]))[:shops]:
        others = [title for source, held in titles.items() if source != name for title in held]
        for what, beside, found in _comparisons(model, entry, titles[name], others):
            table.add_row(f"{name}, {what}", beside, *(f"{far:.4f}" for far in found.values()))
    Console(width=140).print(table)


def _comparisons(model: Model, entry: Profile, own: Sequence[str], others: Sequence[str]):
    chance = random.Random(1)
    mixed = chance.sample(own, len(own))
    half = len(mixed) // 2
    reference, rest = _profile(model, mixed[:half]), mixed[half:]
    yield "whole", "entry", _far(entry, _counts(model, own))
    for part in SWAPPED:
        swapped = chance.sample(others, min(int(part * len(rest)), len(others)))
        yield f"{part:.0%} swapped", "own half", _far(reference, _counts(model, [*rest[len(swapped) :], *swapped]))
    whole, step = _profile(model, own), TITLES_AT_LEAST
    rows = [_far(whole, _counts(model, own[at : at + step])) for at in range(0, len(own) - step + 1, step)]
    if rows:
        yield f"{step:,} in a row, the most", "whole", {s: max(row[s] for row in rows) for s in whole.signals}


def _by_source(data: Path) -> Mapping[str, list[str]]:
    titles: dict[str, list[str]] = defaultdict(list)
    with data.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            titles[row["source"]].append(row["title"])
    return titles


def _counts(model: Model, titles: Sequence[str]) -> Counts:
    held = classify(model, titles)
    best = held.scores[np.arange(len(held)), held.likeliest]
    unseen = unseen_shares(said_buckets(model), titles, model.fold_table)
    return count(model.clusters, held.likeliest, best, held.abstained, unseen, titles)


def _profile(model: Model, titles: Sequence[str]) -> Profile:
    return profile_of(model.id, model.clusters, _counts(model, titles), "a part of a source")


def _far(profile: Profile, counts: Counts) -> dict[str, float]:
    return {signal: distance(profile.shares(signal), found / titles_in(counts)) for signal, found in counts.items()}


if __name__ == "__main__":
    app()
