"""`keran impact`: options come in; a report over a whole catalogue goes out, and an exit code."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from stream.catalogue.files import check_catalogue
from stream.catalogue.standing import Standing
from stream.changes.budget import hold
from stream.changes.report import Asked, Before, impact_of
from stream.changes.tally import Tally
from stream.contract.impact import Stood
from stream.engines import diff_files
from stream.engines.diff import Sides
from stream.engines.diff_files import Wanted
from stream.engines.impact import Compared, Counting, impact
from stream.engines.replay import STANDARD, open_file
from stream.problems import BadSetup, Problem, gathered
from stream.settings import Settings, check_settings


def impact_files(
    wanted: Wanted, problems: list[Problem], compared: Callable[[Settings], Compared], processes: int
) -> int:
    """Compare two ways of deciding on a catalogue; gives 1 where a budget is not kept, else 0.

    Raises BadSetup with all problems, `problems` those found before; and ProcessDied.
    """
    budgets = diff_files.budgets_of(wanted, problems)
    problems += diff_files.output_problems(wanted)
    if wanted.parquet == STANDARD:
        problems.append(
            Problem("Parquet is not written to standard output", "command line, `--parquet`", "name a file")
        )
    for file in (wanted.events, *wanted.decided):
        gathered(problems, partial(check_catalogue, file))
    settings, wrong = check_settings()
    if wrong:
        raise BadSetup([*problems, *wrong])
    ways = compared(settings)
    sides = ways.load(problems)
    standing = Standing(wanted.decided) if wanted.decided else None
    counting = Counting(wanted.examples, wanted.samples, wanted.seed, standing)
    with ExitStack() as stack:
        changed = open_file(stack, wanted.parquet, "wb") if wanted.parquet else None
        tally = impact(ways, wanted.events, processes, counting, changed)
    places = (
        (diff_files.readable(wanted.old), None if standing else sides.old),
        (diff_files.readable(wanted.new), sides.new),
    )
    asked = Asked(diff_files.readable(wanted.events), sides.model.id, sides.as_of, sides.as_known_on, *places)
    before = _before(sides, standing, tally)
    report = impact_of(asked, before, tally, [hold(budget, tally) for budget in budgets])
    diff_files.show(report, wanted)
    if wanted.html:
        from stream.changes.page import write_page  # what it needs is an extra

        diff_files.write(wanted.html, write_page(report).encode())
    return diff_files.exit_code(report)


def _before(sides: Sides, standing: Standing | None, tally: Tally) -> Before:
    if standing is None:
        return Before((sides.old_model or sides.model).id, sides.moment_before())
    models = dict(sorted(standing.models.items(), key=lambda counted: (-counted[1], counted[0])))
    skipped = dict(sorted(tally.skipped.items(), key=lambda counted: (-counted[1], counted[0])))
    stood = Stood(listings=standing.listings, models=models, unreadable=standing.unreadable, skipped=skipped)
    return Before(", ".join(models), None, stood)


def contradictions(
    decided: Sequence[str],
    old_policy: Sequence[Path] | None,
    old_model: str | None,
    old_as_of: str | None,
    processes: int,
) -> list[Problem]:
    """Find the options that ask for something that `--decided` cannot give."""
    if not decided:
        return []
    given = [("--old-policy", old_policy), ("--old-model", old_model), ("--old-as-of", old_as_of)]
    hint = "leave out one of the two: what stands was decided already"
    problems = [
        Problem(f"`--decided` and `{option}` both say what the old side is", f"command line, `{option}`", hint)
        for option, value in given
        if value
    ]
    if processes > 1:
        reason = "`--decided` is compared by one process: what stands is held in memory once"
        problems.append(Problem(reason, "command line, `--processes`", "leave out `--processes`"))
    return problems
