"""`keran impact`: options come in; a report over a whole catalogue goes out, and an exit code."""

from collections.abc import Callable
from functools import partial

from stream.catalogue.files import check_catalogue
from stream.changes.budget import hold
from stream.changes.report import Asked, Before, impact_of
from stream.engines import diff_files
from stream.engines.diff_files import Wanted
from stream.engines.impact import Compared, impact
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
    gathered(problems, partial(check_catalogue, wanted.events))
    settings, wrong = check_settings()
    if wrong:
        raise BadSetup([*problems, *wrong])
    ways = compared(settings)
    sides = ways.load(problems)
    tally = impact(ways, wanted.events, processes, wanted.examples)
    places = (diff_files.readable(wanted.old), sides.old), (diff_files.readable(wanted.new), sides.new)
    asked = Asked(diff_files.readable(wanted.events), sides.model.id, sides.as_of, sides.as_known_on, *places)
    before = Before((sides.old_model or sides.model).id, sides.moment_before())
    report = impact_of(asked, before, tally, [hold(budget, tally) for budget in budgets])
    diff_files.show(report, wanted)
    return diff_files.exit_code(report)
