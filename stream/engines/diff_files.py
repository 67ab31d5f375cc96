"""`keran policy diff`: what the options say comes in; reports in files and at the terminal go out, and an exit code.

Every problem of options, settings, model, policies and files is told before anything runs or is written.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.console import Console

from stream.changes.budget import MAX_FLIPS, MAX_LOCAL_BLOCKS, Budget, hold, read_budget
from stream.changes.markdown import markdown
from stream.changes.report import Asked, diff_of
from stream.changes.terminal import shown
from stream.changes.visible import visible_name
from stream.changes.wording import budget_line
from stream.compose import load_sets
from stream.contract.answer import NO_LABELS, Labels
from stream.contract.diff import Diff
from stream.contract.instant import Instant
from stream.engines.diff import Sides, diff
from stream.engines.replay import STANDARD, open_file, reading_progress
from stream.on_disk import is_folder, is_there
from stream.problems import Problem, gathered
from stream.settings import TOPIC, Settings

OVER_BUDGET = 1
PLAIN_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options say, as they were written; `labels` are those in force that they name."""

    old: Path
    new: Path
    events: str
    model: str | None = None
    json: str | None = None
    markdown: str | None = None
    max_flips: str | None = None
    max_local_blocks: str | None = None
    examples: int = 3
    decided: Sequence[str] = ()
    samples: int = 0
    seed: int = 1
    parquet: str | None = None
    html: str | None = None
    labels: Labels | None = None


def diff_files(
    wanted: Wanted,
    problems: list[Problem],
    moments: Callable[[Settings], tuple[Instant | None, Instant | None]],
) -> int:
    """Compare two policy sets on a file of listing events; gives 1 where a budget is not kept, else 0.

    `problems` are those found before, and `moments` says what to decide as of and as known on. Raises BadSetup with all
    problems.
    """
    budgets = budgets_of(wanted, problems)
    problems += output_problems(wanted)
    with ExitStack() as stack:
        lines = gathered(problems, lambda: open_file(stack, wanted.events, "rb"))
        settings, model, (old, new) = load_sets([[wanted.old], [wanted.new]], problems, model=wanted.model)
        sides = Sides(model, old, new, *moments(settings), labels=wanted.labels or NO_LABELS)
        progress = stack.enter_context(reading_progress(wanted.events, "comparing"))
        rows = settings.run_rows
        tally = diff(sides, lines, wanted.events, examples=wanted.examples, run_rows=rows, progress=progress)
    places = (readable(wanted.old), old), (readable(wanted.new), new)
    labelled = wanted.labels is not None
    asked = Asked(readable(wanted.events), model.id, sides.as_of, sides.as_known_on, *places, labels=labelled)
    report = diff_of(asked, tally, [hold(budget, tally) for budget in budgets])
    show(report, wanted)
    return exit_code(report)


def budgets_of(wanted: Wanted, problems: list[Problem]) -> list[Budget]:
    """Read the budgets that are asked for; what is wrong with them is added to the problems."""
    given = {MAX_FLIPS: wanted.max_flips, MAX_LOCAL_BLOCKS: wanted.max_local_blocks}
    asked = [(option, text) for option, text in given.items() if text is not None]
    read = [gathered(problems, lambda option=option, text=text: read_budget(option, text)) for option, text in asked]
    return [budget for budget in read if budget]


def output_problems(wanted: Wanted) -> Iterator[Problem]:
    """Find what is wrong with where reports are to go."""
    named = ("--json", "--markdown", "--html", "--parquet")
    paths = (wanted.json, wanted.markdown, wanted.html, wanted.parquet)
    outputs = [(option, path) for option, path in zip(named, paths, strict=True) if path]
    taken = {_same(wanted.events): "--on"} if wanted.events not in (STANDARD, TOPIC) else {}
    taken |= {_same(file): "--decided" for file in wanted.decided if wanted.events != TOPIC}
    for option, path in outputs:
        other = taken.setdefault(_same(path), option)
        if other != option:
            yield Problem(f"`{other}` and `{option}` name the same file", path, "name another file")
        elif path != STANDARD and (reason := _unwritable(Path(path))):
            yield Problem(f"file cannot be written: {reason}", path, "name another file")


def _same(path: str) -> str:
    return path if path == STANDARD else os.path.realpath(path)


def _unwritable(file: Path) -> str:
    if not is_folder(file.parent):
        return "No such folder"
    if is_folder(file):
        return "Is a folder"
    return "" if os.access(file if is_there(file) else file.parent, os.W_OK) else "Permission denied"


def show(report: Diff, wanted: Wanted) -> None:
    """Write the reports that are asked for, and show one where standard output is free."""
    plain = orjson.dumps(report.model_dump(mode="json", by_alias=True), option=orjson.OPT_INDENT_2)
    write(wanted.json, plain + b"\n")
    write(wanted.markdown, markdown(report).encode())
    if STANDARD not in (wanted.json, wanted.markdown, wanted.html):
        width = None if sys.stdout.isatty() else PLAIN_WIDTH
        Console(highlight=False, width=width).print(shown(report))


def write(path: str | None, content: bytes) -> None:
    """Write a report, if it is asked for. Raises BadSetup."""
    if path is None:
        return
    with ExitStack() as stack:
        open_file(stack, path, "wb").write(content)


def exit_code(report: Diff) -> int:
    """Tell which budgets are not kept; gives 1 where one is not."""
    exceeded = [held for held in report.budgets if not held.kept]
    for held in exceeded:
        print(f"over budget: {budget_line(held, visible_name)}", file=sys.stderr)
    return OVER_BUDGET if exceeded else 0


def readable(path: str | Path) -> str:
    """Give a path as a report can hold it."""
    # A file's name need not be UTF-8; a report must be.
    return str(path).encode("utf-8", "replace").decode()
