"""Titles of one's own through the whole path: a file of rows in, a table by source out.

    python -m benchmarks.real ROWS.jsonl       # or: make real ROWS=ROWS.jsonl

A row is a JSON object with `title`, and where they are known `source` (whose table line it is) and `cluster` (its
truth). Every row is wrapped as the event of a cross-border listing in Indonesia, replayed from a file as `keran replay`
would, and must come to exactly one decision. Nothing of the rows is kept.
"""

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from rich.console import Console
from rich.table import Column, Table

from stream.compose import load
from stream.contract.decision import Decision
from stream.engines.replay import replay
from stream.problems import BadSetup, Problem

CLOSED = {"textile_fashion", "culinary", "craft"}


class Row(NamedTuple):
    """A title, where it is from, and its cluster if somebody said so."""

    title: str
    source: str
    cluster: str | None


class Line(NamedTuple):
    """What the titles of a source came to. `right` counts those whose likeliest cluster is the one that was said."""

    source: str
    rows: int
    labelled: int
    right: int
    abstained: int
    blocked: int
    blocked_wrongly: int


def read_rows(path: Path) -> list[Row]:
    """Read the rows. Raises BadSetup with every line that is none."""
    rows, problems = [], []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            row = orjson.loads(line)
            rows.append(Row(str(row["title"]), str(row.get("source", "-")), row.get("cluster")))
        except (orjson.JSONDecodeError, KeyError, AttributeError, TypeError) as error:
            problems.append(
                Problem(
                    f"expected an object with `title`, got: {error!r}", f"{path}:{number}", "one JSON object a line"
                )
            )
    if problems:
        raise BadSetup(problems)
    return rows


def event_of(number: int, row: Row) -> dict[str, Any]:
    """Wrap a title as the event of a cross-border listing."""
    return {
        "schema": "keran.listing/1",
        "event_id": f"real-{number}",
        "event_type": "listing.created",
        "occurred_at": "2021-08-03T09:00:00+07:00",
        "market": "ID",
        "listing": {"id": f"R-{number}", "title": row.title},
        "origin": {"country": "CN", "ship_from": "CN"},
        "seller": {"id": "S-1", "type": "cross_border", "country": "CN"},
    }


def measure(rows: list[Row]) -> list[Line]:
    """Replay the rows and count by source. Raises AssertionError unless each row came to one readable decision, in
    order.
    """
    _, pipeline = load()
    with tempfile.TemporaryDirectory() as folder:
        events, decisions, dead = (Path(folder) / name for name in ("events.jsonl", "decisions.jsonl", "dead.jsonl"))
        events.write_text("".join(json.dumps(event_of(n, row)) + "\n" for n, row in enumerate(rows)), encoding="utf-8")
        replay(pipeline, str(events), str(decisions), str(dead), as_of=None)
        assert not dead.read_bytes(), f"dead letters: {dead.read_text()[:500]}"
        decided = [Decision.model_validate_json(line) for line in decisions.read_bytes().splitlines()]
    assert [decision.listing_id for decision in decided] == [f"R-{n}" for n in range(len(rows))]
    return list(_lines(rows, decided))


def _lines(rows: list[Row], decided: list[Decision]) -> Iterator[Line]:
    by_source: dict[str, list[tuple[Row, Decision]]] = defaultdict(list)
    for row, decision in zip(rows, decided, strict=True):
        by_source[row.source].append((row, decision))
    for source, pairs in sorted(by_source.items()):
        labelled = [(row, decision) for row, decision in pairs if row.cluster is not None]
        blocked = [(row, decision) for row, decision in pairs if decision.decision == "block"]
        yield Line(
            source,
            len(pairs),
            len(labelled),
            sum(decision.classification.cluster == row.cluster for row, decision in labelled),
            sum(decision.classification.abstained for _, decision in pairs),
            len(blocked),
            sum(row.cluster is not None and row.cluster not in CLOSED for row, _ in blocked),
        )


def show(lines: list[Line]) -> Table:
    """Give the table."""
    table = Table(Column("source", no_wrap=True), "rows", "outcomes", "right", "abstained", "blocked", "wrongly")
    for column in table.columns[1:]:
        column.justify = "right"
    for line in lines:
        right = f"{line.right / line.labelled:.1%}" if line.labelled else "-"
        abstained, blocked = (f"{count / line.rows:.1%}" for count in (line.abstained, line.blocked))
        table.add_row(
            line.source, f"{line.rows:,}", f"{line.rows:,}", right, abstained, blocked, f"{line.blocked_wrongly:,}"
        )
    total = sum(line.rows for line in lines)
    table.add_row("all", f"{total:,}", f"{total:,}", "", "", "", "", style="bold")
    return table


if __name__ == "__main__":
    try:
        Console().print(show(measure(read_rows(Path(sys.argv[1])))))
    except BadSetup as bad:
        sys.exit("\n".join(map(str, bad.problems)))
