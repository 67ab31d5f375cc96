"""Files of labelled rows and a shelf -> the files and words that `keran evaluate` gives.

It reads, calls what measures, writes and says; no figure is counted here.
"""

import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from stream.classify.artifact import load_model
from stream.classify.classifier import Model
from stream.problems import BadSetup, Problem
from training.compare import compare_answers
from training.disputed import find_disputed
from training.evaluate import AS_SHIPPED, Asked, evaluate_answers
from training.evasion.measure import measure_evasion
from training.figures.answers import Answers, answers_of
from training.figures.evaluation import Evaluation
from training.gates import SHIPPED, Gates, check_gates, load_gates, name_refusing
from training.hard_pairs import read_hard_pairs
from training.read_rows import ReadRows, first_of_each, read_rows
from training.row_files import BadRow, read_fields
from training.rows import Row
from training.summary import summary_of

__all__ = ["SHIPPED", "Wanted", "asked_with", "evaluate_files"]

SHOWN_BAD_ROWS = 5


class Wanted(NamedTuple):
    """What the command line asks for."""

    data: Sequence[Path]
    json: Path
    html: Path | None = None
    model: str | None = None
    champion: str | None = None
    evasion: bool = False
    gates: Path | None = None
    disputed: Path | None = None
    asked: Asked = AS_SHIPPED


def asked_with(closed: Sequence[str] | None, block_at: float) -> Asked:
    """Give the shipped way of measuring with another block rule."""
    rule = AS_SHIPPED.rule._replace(at=block_at)
    return AS_SHIPPED._replace(rule=rule._replace(closed=tuple(closed)) if closed else rule)


def evaluate_files(shelf: Path, wanted: Wanted, console: Console) -> int:
    """Measure, write, say; gives 1 if a gate refuses and 0 otherwise. Raises BadSetup."""
    _check_places(wanted.json, wanted.html)
    gates = load_gates(wanted.gates) if wanted.gates else None
    write_html = _report_writer() if wanted.html else None
    model = load_model(shelf, wanted.model)
    champion = load_model(shelf, wanted.champion) if wanted.champion else None
    with console.status("reading"):
        read = read_rows(wanted.data, model.clusters)
    _say_bad(read)
    with console.status(f"measuring {len(read.rows):,} rows"):
        answers, evaluation = _measure(model, champion, read, wanted, (gates or load_gates()).strengths)
        evaluation, problems = _ask_gates(evaluation, gates)
    _write(wanted.json, evaluation.as_json())
    if write_html:
        _write(wanted.html, write_html(evaluation, answers, read.rows, gates, problems))
    console.print(summary_of(evaluation))
    if problems:
        print(*problems, sep="\n\n", file=sys.stderr)
    return 1 if problems else 0


def countries_of(paths: Sequence[Path], rows: Sequence[Row]) -> list[str | None]:
    """Give the country that the files say of each row."""
    said = {found.place: found.country for path in paths for found in read_fields(path) if type(found) is not BadRow}
    return [country if isinstance(country := said.get(row.place), str) else None for row in rows]


def _measure(
    model: Model, champion: Model | None, read: ReadRows, wanted: Wanted, strengths: Mapping[str, float]
) -> tuple[Answers, Evaluation]:
    rows, asked = read.rows, wanted.asked
    countries = countries_of(wanted.data, rows)
    answers = answers_of(model, rows, countries)
    disputed = find_disputed(wanted.disputed, rows) if wanted.disputed else ()
    evaluation = evaluate_answers(model, answers, [row.text for row in rows], read_hard_pairs(), disputed, asked)
    known = {
        "data": ", ".join(path.name for path in wanted.data),
        "sha256": _digest(wanted.data),
        "bad_rows": len(read.bad),
    }
    found = {"measured": evaluation.measured.model_copy(update=known)}
    if champion:
        old = answers_of(champion, rows, countries)
        found["champion"] = compare_answers((champion.id, old), (model.id, answers), asked.resamples, asked.seed)
    if wanted.evasion:
        found["evasion"] = measure_evasion(model, rows, strengths, countries=countries, rule=asked.rule)
    return answers, evaluation.model_copy(update=found)


def _ask_gates(evaluation: Evaluation, gates: Gates | None) -> tuple[Evaluation, list[Problem]]:
    if gates is None:
        return evaluation, []
    problems = check_gates(evaluation, gates, evaluation.champion)
    return evaluation.model_copy(update={"refused": name_refusing(problems, gates)}), problems


def _say_bad(read: ReadRows) -> None:
    if not read.bad:
        return
    counts = ", ".join(f"{count:,} {reason}" for reason, count in read.counts.items())
    print(f"{len(read.bad):,} bad rows left out: {counts}", file=sys.stderr)
    for row in first_of_each(read.bad, SHOWN_BAD_ROWS):
        print(f"  {row}", file=sys.stderr)


def _report_writer():
    try:
        from training.report.page import write_page
    except ModuleNotFoundError as missing:
        if missing.name not in ("jinja2", "matplotlib"):
            raise
        problem = Problem(f"`{missing.name}` is not installed", "command line, `--html`", "pip install 'keran[report]'")
        raise BadSetup([problem]) from None
    return write_page


def _check_places(*paths: Path | None) -> None:
    """Refuse a file that could not be written, before anything is measured."""
    nowhere = [path for path in paths if path and not path.parent.is_dir()]
    if nowhere:
        raise BadSetup(Problem("no such folder", str(path), "make it, or name another file") for path in nowhere)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadSetup([Problem(f"file cannot be written: {error.strerror}", str(path), "name another")]) from None


def _digest(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
