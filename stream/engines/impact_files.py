"""`keran impact`: options come in; the report of a diff goes out, over a whole catalogue, and an exit code."""

import sys
from collections.abc import Callable
from functools import partial

from stream.catalogue.files import check_catalogue
from stream.changes.budget import hold
from stream.changes.change import Cause
from stream.changes.report import Asked, diff_of
from stream.changes.tally import Tally
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
    before = sides.old_model or sides.model
    model = sides.model.id if before is sides.model else f"{before.id} -> {sides.model.id}"
    places = (diff_files.readable(wanted.old), sides.old), (diff_files.readable(wanted.new), sides.new)
    asked = Asked(diff_files.readable(wanted.events), model, sides.as_of, sides.as_known_on, *places)
    report = diff_of(asked, tally, [hold(budget, tally) for budget in budgets])
    diff_files.show(report, wanted)
    print(causes_line(tally), end="", file=sys.stderr)
    return diff_files.exit_code(report)


def causes_line(tally: Tally) -> str:
    """Say whose the flips are where the model is another; nothing where it is not."""
    counts = {cause: sum(n for (_, each), n in tally.causes.items() if each is cause) for cause in Cause}
    if not any(counts.values()):
        return ""
    words = {
        Cause.MODEL: "the model's alone",
        Cause.POLICY: "the policies' alone",
        Cause.EITHER: "brought by either",
        Cause.BOTH: "need both",
    }
    return f"flips: {', '.join(f'{counts[cause]:,} {words[cause]}' for cause in Cause)}\n"
