"""`keran labels`: options in, labels of a file or of their topic summed up or written as rows to learn from.

0 done; 2 bad setup. Rows and tables stand on standard output, counts and bad labels on standard error.
"""

import asyncio
import csv
import io
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stream.contract.answer import Labels
from stream.labels.in_force import answers_in_force
from stream.labels.read_labels import BadLabel, LabelRecord, ReadLabels, read_labels
from stream.labels.settle import Settled, disagreement_lines, settle, write_rows
from stream.problems import BadSetup, Problem
from stream.settings import TOPIC, read_settings

SHOWN_BAD_LABELS = 3

labels_app = typer.Typer(no_args_is_help=True, help="Show people's answers, and export them as rows to learn from.")

FromArgument = Annotated[
    str, typer.Argument(metavar="FROM", help="Labels, JSONL; `-` reads standard input, `topic` KERAN_TOPIC_LABELS.")
]


@labels_app.command()
def export(
    source: FromArgument,
    output: Annotated[str, typer.Option(metavar="ROWS.jsonl", help="Rows; `-` writes standard output.")],
    disagreements: Annotated[
        str | None, typer.Option(metavar="OUT.csv", help="Every answer to a title that people disagree about.")
    ] = None,
) -> None:
    """Write labels as rows that `keran train --rows` takes: each title once, its latest answer."""
    read, settled = load_labels(source)
    _write(output, write_rows(settled.rows))
    if disagreements:
        table = io.StringIO()
        csv.writer(table, lineterminator="\n").writerows(disagreement_lines(settled.disagreements))
        _write(disagreements, table.getvalue().encode())
    tell_bad_labels(read.bad)
    print(summary(read, settled), file=sys.stderr)


@labels_app.command()
def show(source: FromArgument) -> None:
    """Rows that labels come to, by cluster, and titles that people disagree about."""
    read, settled = load_labels(source)
    clusters = Counter(label.cluster for label in settled.rows)
    table = Table("cluster", "rows")
    for cluster, count in sorted(clusters.items()):
        table.add_row(_plain(cluster), f"{count:,}")
    Console(highlight=False).print(table)
    for each in settled.disagreements:
        told = ", ".join(f"`{_plain(label.cluster)}` by {_plain(label.labelled_by)}" for label in each.answers)
        print(f"{_plain(each.answers[-1].title)}: {told}")
    tell_bad_labels(read.bad)
    print(summary(read, settled), file=sys.stderr)


def load_labels(source: str) -> tuple[ReadLabels, Settled]:
    """Read labels from a file, standard input or the topic, and settle them. Raises BadSetup."""
    read = read_labels(_of_topic() if source == TOPIC else _of_file(source))
    return read, settle(read.labels)


def load_answers(source: str | None, other: str = "") -> Labels:
    """Load the answers in force of a file, standard input or the topic; bad labels are told. Raises BadSetup.

    `other` is a file that is read beside it: both cannot be standard input.
    """
    if source is None:
        return {}
    if source == other == "-":
        hint = "name a file for one of them"
        raise BadSetup(
            [Problem("listing events and labels cannot both be standard input", "command line, `--labels`", hint)]
        )
    read = read_labels(_of_topic() if source == TOPIC else _of_file(source))
    tell_bad_labels(read.bad)
    return answers_in_force(read.labels)


def summary(read: ReadLabels, settled: Settled) -> str:
    """Give the counts in one line."""
    counts = (
        (len(read.labels), "label"),
        (len(read.bad), "bad label"),
        (settled.listings, "listing"),
        (len(settled.rows), "row"),
        (len(settled.disagreements), "disagreement"),
    )
    return ", ".join(f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counts)


def tell_bad_labels(bad: list[BadLabel]) -> None:
    """Say on standard error what the first bad labels are and how many more there are."""
    for label in bad[:SHOWN_BAD_LABELS]:
        print(f"bad label left out: {label}", file=sys.stderr)
    if len(bad) > SHOWN_BAD_LABELS:
        print(f"  and {len(bad) - SHOWN_BAD_LABELS:,} more", file=sys.stderr)


def _of_topic() -> list[LabelRecord]:
    from stream.engines.labels_log import read_labels_topic

    return asyncio.run(read_labels_topic(read_settings()))


def _of_file(path: str) -> list[LabelRecord]:
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        hint = "name a file of labels, one a line, or `topic`"
        raise BadSetup([Problem(f"file cannot be read: {error.strerror}", path, hint)]) from None
    lines = enumerate(content.split(b"\n"), 1)
    return [LabelRecord(f"{path}:{number}", line) for number, line in lines if line.strip()]


def _write(path: str, content: bytes) -> None:
    try:
        sys.stdout.buffer.write(content) if path == "-" else Path(path).write_bytes(content)
    except OSError as error:
        problem = Problem(f"file cannot be written: {error.strerror}", path, "name another place")
        raise BadSetup([problem]) from None


def _plain(text: str) -> str:
    """Write out what would steer a terminal or turn the line around: what people typed may hold anything.

    >>> _plain("kopi\\x1b[2J")
    'kopi\\\\x1b[2J'
    """
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
