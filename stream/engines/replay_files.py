"""`keran replay` on a catalogue: options come in, files go out; every problem is told before one is written."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from os.path import realpath
from pathlib import Path

from stream.catalogue.files import check_catalogue
from stream.compose import load_sets
from stream.contract.answer import Labels
from stream.contract.instant import Instant
from stream.engines.replay import STANDARD
from stream.engines.replay_catalogue import Deciding, Outputs, replay_catalogue
from stream.problems import Problem, gathered
from stream.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options say, as they were written."""

    source: str
    output: str
    dead_letters: str | None
    policies: Sequence[Path]
    model: str | None
    processes: int
    labels: Labels = field(default_factory=dict)


def replay_files(
    wanted: Wanted, problems: list[Problem], moments: Callable[[Settings], tuple[Instant | None, Instant | None]]
) -> Counter[str]:
    """Decide a catalogue. Raises BadSetup with all problems, `problems` those found before; and ProcessDied."""
    problems += _path_problems(wanted)
    if wanted.source != STANDARD:
        gathered(problems, partial(check_catalogue, wanted.source))
    settings, _, _ = load_sets([wanted.policies], problems, model=wanted.model)
    deciding = Deciding(wanted.policies, wanted.model, *moments(settings), wanted.labels)
    return replay_catalogue(deciding, wanted.source, Outputs(wanted.output, wanted.dead_letters), wanted.processes)


def _path_problems(wanted: Wanted) -> Iterator[Problem]:
    if wanted.source == STANDARD:
        hint = "leave out `--processes` and write lines, or name a file"
        yield Problem("a catalogue cannot be read from standard input", "command line, `IN.jsonl`", hint)
    given = [path for path in (wanted.source, wanted.output, wanted.dead_letters) if path and path != STANDARD]
    if len({realpath(path) for path in given}) < len(given):
        yield Problem("two of the files are the same", wanted.output, "name another file")
