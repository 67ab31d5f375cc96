"""Our classifier beside scikit-learn's char TF-IDF with logistic regression and fastText: same rows, one run.

    python -m benchmarks.classifiers --rows ROWS.jsonl [--learn rows|corpus|both] [--output build/classifiers.json]
        [--folds 5] [--runs 5] [--quick]

Every contender learns the same titles and is measured on titles of sources that it never saw: folds of whole sources of
the file, with near-duplicates kept out of what is learnt (`rows`; `both` learns the project's corpus beside them), or
all of the file by what was learnt from the corpus alone. Then all of them classify the held-out titles in turn, in
batches, each on one thread. Exit code 0: measured, and what must hold does; 1: it does not; 2: it cannot be measured
here.
"""

import importlib.util
import json
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from threadpoolctl import threadpool_limits

from benchmarks import classifier_report as report
from benchmarks.classifier_report import Answers, Classified, Trained
from benchmarks.learners import LEARNERS, Learner, Learnt
from benchmarks.machine import describe_machine
from stream.problems import BadSetup, Problem
from training.entries import read_entries
from training.read_rows import read_rows
from training.rows import Row
from training.splits import Split, near_duplicate_groups, split
from training.titles import write_titles

BATCH = 2_000
# A contender answers until this much CPU time is used: a clock of milliseconds must not decide the rate.
CPU_SECONDS_A_RUN = 0.3
WIDTH = 120

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
say = Console(stderr=True, highlight=False, soft_wrap=True).print


class Learn(StrEnum):
    """What is learnt."""

    ROWS = "rows"
    CORPUS = "corpus"
    BOTH = "both"


@app.command()
def main(
    rows: Annotated[Path, typer.Option(help="Labelled rows to measure on.")],
    learn: Annotated[
        Learn, typer.Option(help="What is learnt: other sources' rows, the corpus, or both.")
    ] = Learn.ROWS,
    output: Annotated[Path, typer.Option(help="The figures, as JSON.")] = Path("build/classifiers.json"),
    folds: Annotated[int, typer.Option(min=2, help="Folds of whole sources.")] = 5,
    runs: Annotated[int, typer.Option(min=1, help="Times each contender classifies a fold.")] = 5,
    quick: Annotated[bool, typer.Option(help="Whoever is installed, one run, and nothing judged.")] = False,
) -> None:
    """Measure, write the figures, print the table."""
    try:
        learners = _installed(must_be_all=not quick)
        labelled = _read(rows)
        with threadpool_limits(1):
            measured = _measure(learners, labelled, learn, folds, 1 if quick else runs)
    except BadSetup as bad:
        say("\n\n".join(map(str, bad.problems)), markup=False)
        raise typer.Exit(2) from None
    table = report.rows_of(*measured)
    machine = describe_machine(sorted({"numpy", "scipy", *(learner.distribution for learner in learners)}))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({"machine": machine, "rows": table}, indent=1) + "\n", encoding="utf-8")
    _show(machine, table, labelled, learn)
    broken = [] if quick else report.broken(table)
    for line in broken:
        say(f"error: {line}", markup=False)
    raise typer.Exit(1 if broken else 0)


def _installed(must_be_all: bool) -> list[Learner]:
    there = [learner for learner in LEARNERS if importlib.util.find_spec(learner.module)]
    missing = sorted({learner.distribution for learner in LEARNERS if learner not in there})
    if missing and must_be_all:
        raise BadSetup(
            Problem(f"`{name}` is not installed", "benchmarks.classifiers", f"pip install {name}") for name in missing
        )
    return there


def _read(path: Path) -> list[Row]:
    found = read_rows([path])
    if found.bad:
        say(f"{len(found.bad):,} rows cannot be read and are left out: {found.counts}", markup=False)
    return found.rows


def _measure(
    learners: Sequence[Learner], rows: Sequence[Row], learn: Learn, folds: int, runs: int
) -> tuple[list[Trained], list[Classified], Answers]:
    titles = [] if learn is Learn.ROWS else write_titles(read_entries())
    trained, classified = [], []
    answers: Answers = {learner.name: ([], []) for learner in learners}
    for number, fold in enumerate(_splits(rows, learn, folds), 1):
        known, asked = [rows[i] for i in fold.train], [rows[i].text for i in fold.test]
        learnt = {learner.name: _learn(learner, titles, known, number, trained) for learner in learners}
        for name, one in learnt.items():
            found, truth = answers[name]
            found += [cluster for batch in _answer(one, asked) for cluster in one.clusters(batch)]
            truth += [rows[i].cluster for i in fold.test]
        for run in range(runs):
            classified += [Classified(name, run, len(asked), _seconds(one, asked)) for name, one in learnt.items()]
    return trained, classified, answers


def _learn(learner: Learner, titles: Sequence[Row], rows: Sequence[Row], fold: int, trained: list[Trained]) -> Learnt:
    seconds, learnt = _cpu(lambda: learner.learn(titles, rows))
    trained.append(Trained(learner.name, len(titles) + len(rows), seconds))
    say(f"fold {fold}, {learner.name}: learnt {len(titles) + len(rows):,} titles in {seconds:.1f} CPU-seconds")
    return learnt


def _splits(rows: Sequence[Row], learn: Learn, folds: int) -> list[Split]:
    if learn is Learn.CORPUS:
        none = np.empty(0, np.int64)
        return [Split(none, np.arange(len(rows)), none)]
    return split(rows, near_duplicate_groups(rows), folds)


def _seconds(learnt: Learnt, titles: Sequence[str]) -> float:
    """Classify the titles over and over; give the CPU seconds that it took once."""
    times, used = 0, 0.0
    while used < CPU_SECONDS_A_RUN:
        seconds, _ = _cpu(lambda: _answer(learnt, titles))
        times, used = times + 1, used + seconds
    return used / times


def _answer(learnt: Learnt, titles: Sequence[str]) -> list[Sequence[Any]]:
    return [learnt.answer(list(titles[i : i + BATCH])) for i in range(0, len(titles), BATCH)]


def _cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    done = work()
    return time.process_time() - start, done


def _show(machine: dict[str, Any], table: Sequence[dict[str, Any]], rows: Sequence[Row], learn: Learn) -> None:
    out = Console(highlight=False, soft_wrap=True, width=WIDTH).print
    letters = sum(len(row.text) for row in rows) / len(rows)
    sources = len({row.source for row in rows})
    facts = {"rows": len(rows), "sources": sources, "letters": letters, "batch": BATCH, "learn": learn.value}
    facts["resamples"] = report.RESAMPLES
    out(report.CAVEATS.format(**facts), markup=False)
    out("\n" + ", ".join(f"{name} {value}" for name, value in machine.items()) + "\n", markup=False)
    out(report.table_of(table))


if __name__ == "__main__":
    app()
