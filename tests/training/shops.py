"""What the tests of training share: labelled rows of made-up shops, from the project's corpus, and one tiny training."""

import json
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from training.entries import read_entries
from training.rows import Row
from training.titles import write_titles

SHOPS = ("toko-a", "toko-b", "toko-c", "toko-d", "toko-e")
CLUSTERS = ("craft", "culinary", "other", "textile_fashion")


@cache
def shop_rows(every: int = 100) -> tuple[Row, ...]:
    """About 80,000 / `every` dressed titles of Indonesia's part of the corpus, dealt to five shops."""
    entries = [entry for entry in read_entries() if entry.language == "id"]
    titles = write_titles(entries[::every], seed=7)[1::2]
    return tuple(
        row._replace(source=SHOPS[n % len(SHOPS)], weight=1.0, place=f"rows.jsonl:{n + 1}")
        for n, row in enumerate(titles)
    )


def write_rows(place: Path, rows: tuple[Row, ...] = (), *more: object) -> Path:
    """Write rows as JSONL, and whatever else a file might hold."""
    lines = [{"text": row.text, "cluster": row.cluster, "source": row.source, "language": row.language} for row in rows]
    place.write_text("".join(json.dumps(line) + "\n" for line in [*lines, *more]), encoding="utf-8")
    return place


def quiet() -> Progress:
    """Bars that nobody sees."""
    return Progress(console=Console(quiet=True))
