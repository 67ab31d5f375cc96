"""`keran impact`: options come in; a report over a whole catalogue goes out, and an exit code.

The catalogue is files, or the topic of listings against what stands on `decisions`. Every problem is told first.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from stream.catalogue.files import check_catalogue
from stream.catalogue.standing import standing_in
from stream.changes.budget import hold
from stream.changes.report import Asked, Before, impact_of
from stream.changes.stands import Stands
from stream.changes.tally import Tally
from stream.contract.impact import Stood
from stream.engines import diff_files
from stream.engines.diff import Sides
from stream.engines.diff_files import Wanted
from stream.engines.impact import Compared, Counting, Source, impact, in_files
from stream.engines.replay import STANDARD, open_file
from stream.problems import BadSetup, Problem, gathered
from stream.settings import TOPIC, Settings, check_settings


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
    for file in () if wanted.events == TOPIC else (wanted.events, *wanted.decided):
        gathered(problems, partial(check_catalogue, file))
    settings, wrong = check_settings()
    if wrong:
        raise BadSetup([*problems, *wrong])
    ways = compared(settings)
    sides = ways.load(problems)
    source, counted = _source(wanted, settings)
    with ExitStack() as stack:
        changed = open_file(stack, wanted.parquet, "wb") if wanted.parquet else None
        tally = impact(ways, source, processes, Counting(wanted.examples, wanted.samples, wanted.seed), changed)
    tally.stands.add(counted)
    report = impact_of(
        _asked(wanted, settings, sides), _before(wanted, sides, tally), tally, [hold(each, tally) for each in budgets]
    )
    diff_files.show(report, wanted)
    if wanted.html:
        from stream.changes.page import write_page  # what it needs is an extra

        diff_files.write(wanted.html, write_page(report).encode())
    return diff_files.exit_code(report)


def _source(wanted: Wanted, settings: Settings) -> tuple[Source, Stands]:
    """Give the catalogue, and the count of what stands where it is known before the catalogue is read."""
    if wanted.events == TOPIC:
        from stream.engines.impact_topic import on_topic  # files need no Kafka client

        return on_topic(settings), Stands()
    standing = standing_in(wanted.decided) if wanted.decided else None
    return in_files(wanted.events, standing), standing.stands if standing else Stands()


def _asked(wanted: Wanted, settings: Settings, sides: Sides) -> Asked:
    on_topic = wanted.events == TOPIC
    labels = settings.labels == "overrule" if on_topic else wanted.labels is not None
    events, old, new = map(diff_files.readable, (wanted.events, wanted.old, wanted.new))
    if on_topic:
        events, old = f"topic {settings.topic_listings}", f"topic {settings.topic_decisions}"
    places = (old, None if wanted.decided else sides.old), (new, sides.new)
    return Asked(events, sides.model.id, sides.as_of, sides.as_known_on, *places, on_topic, labels)


def _before(wanted: Wanted, sides: Sides, tally: Tally) -> Before:
    if not wanted.decided:
        return Before((sides.old_model or sides.model).id, sides.moment_before())
    models, skipped = map(_most_first, (tally.stands.models, tally.skipped))
    stood = Stood(
        listings=tally.stands.listings,
        models=models,
        labelled=tally.stands.labelled,
        unreadable=tally.stands.unreadable,
        skipped=skipped,
    )
    return Before(", ".join(models), None, stood)


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda counted: (-counted[1], counted[0])))


def contradictions(
    catalogue: str,
    decided: Sequence[str],
    old_policy: Sequence[Path] | None,
    old_model: str | None,
    old_as_of: str | None,
    processes: int,
) -> list[Problem]:
    """Find the options that ask for something that `--decided`, or the topic, cannot give."""
    if catalogue != TOPIC and not decided:
        return []
    given = [("--old-policy", old_policy), ("--old-model", old_model), ("--old-as-of", old_as_of)]
    if catalogue == TOPIC:
        given.append(("--decided", decided))
    stands = "--on topic" if catalogue == TOPIC else "--decided"
    hint = "leave out one of the two: what stands was decided already"
    problems = [
        Problem(f"`{stands}` and `{option}` both say what the old side is", f"command line, `{option}`", hint)
        for option, value in given
        if value
    ]
    if catalogue != TOPIC and processes > 1:
        reason = "`--decided` is compared by one process: what stands is held in memory once"
        problems.append(Problem(reason, "command line, `--processes`", "leave out `--processes`"))
    return problems


def label_contradictions(catalogue: str, labels: str | None) -> list[Problem]:
    """Find whether other labels are asked for than those that the topic's listings have."""
    if catalogue != TOPIC or labels in (None, TOPIC):
        return []
    hint = "leave out `--labels`, or set `KERAN_LABELS=off` to decide without any"
    message = "`--on topic` decides under the labels of `KERAN_TOPIC_LABELS`, as workers do"
    return [Problem(message, "command line, `--labels`", hint)]
