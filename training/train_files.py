"""Files of labelled rows -> a published model, or a refusal that says which gate failed: what `keran train` does.

It reads, calls what trains and measures, writes and says; nothing is learnt or counted here.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from stream.classify import artifact
from stream.problems import BadSetup, Problem
from training.gates import load_gates
from training.held_out import plan
from training.label_errors import LabelError, rank_label_errors
from training.label_rows import Labels, fields_of
from training.learning_curve import SHARES, Point, learning_curve
from training.material import gather
from training.measure import measure
from training.publish import ask_gates, check_name_is_free, find_candidate, publish
from training.read_rows import ReadRows, check_share_of_bad, first_of_each, read_rows
from training.row_files import BadRow
from training.tables import write_table
from training.tracking import record, tracker_at
from training.train import NO_ROWS, Recipe, Trained, check_clusters, known_clusters, say, train, write_corpus

SHOWN_BAD_ROWS = 3
NO_CHAMPION = "none"


class Wanted(NamedTuple):
    """What the command line asks for, beside the recipe. `served` is the model that KERAN_MODEL names."""

    shelf: Path
    served: str | None = None
    rows: Sequence[Path] = ()
    clusters: Sequence[str] = ()
    candidates: Path | None = None
    candidate_only: bool = False
    champion: str | None = None
    gates: Path | None = None
    bad_rows: Path | None = None
    label_errors: Path | None = None
    track: str | None = None
    labels: Labels | None = None

    @property
    def has_rows(self) -> bool:
        """Whether there is anything to learn from beside the corpus."""
        return bool(self.rows) or self.labels is not None


def train_files(recipe: Recipe, wanted: Wanted, console: Console) -> int:
    """Train, measure, publish, and say how it went; gives 1 if a gate refuses and 0 otherwise. Raises BadSetup.

    `console` is where steps and bars go; what came of it goes to standard output.
    """
    _check_request(recipe, wanted)
    with tracker_at(wanted.track, recipe.model_id) as tracker, show_progress(console) as progress:
        read = _read(recipe, wanted, progress)
        strengths = load_gates(wanted.gates).strengths if wanted.gates else None
        place = candidates_of(wanted.shelf, wanted.candidates)
        trained = train(recipe, place, read, progress=progress, strengths=strengths)
        evaluation = measure(trained, find_champion(wanted), progress)
        if tracker:
            record(tracker, trained.place, evaluation)
        if wanted.label_errors:
            _write_label_errors(trained, wanted.label_errors, progress)
    if wanted.candidate_only:
        print(f"candidate {trained.place}")
        return 0
    return publish_candidate(trained.place, wanted.shelf, wanted.gates)


def publish_candidate(candidate: Path, shelf: Path, gates: Path | None = None) -> int:
    """Publish a candidate, or say which gates refuse it and give 1. Raises BadSetup."""
    check_name_is_free(shelf, candidate.name)
    if problems := ask_gates(candidate, gates):
        print(*problems, sep="\n\n", file=sys.stderr)
        print(f"refused {candidate}")
        return 1
    print(f"published {publish(candidate, shelf)}")
    return 0


def publish_named(name: str, shelf: Path, candidates: Path | None = None, gates: Path | None = None) -> int:
    """The same for a candidate's id or folder."""
    return publish_candidate(find_candidate(candidates_of(shelf, candidates), name), shelf, gates)


def learning_curve_files(
    recipe: Recipe, wanted: Wanted, shares: Sequence[float], out: Path | None, console: Console
) -> Table:
    """Measure the learning curve of labelled rows, write it to `out` and give it as a table. Raises BadSetup."""
    with show_progress(console) as progress:
        read = _read(recipe, wanted, progress)
        titles = write_corpus(recipe)[1]
        check_clusters(titles, read.rows)
        material = gather(titles, read.rows)
        points = learning_curve(material, plan(material), progress, shares or SHARES, recipe.weight_rows, recipe.seed)
    if out:
        write_table(out, Point, points)
    table = Table("share of rows", "rows learnt from", "macro-F1, held out", "95 % interval")
    for point in points:
        interval = f"{point.low:.3f} to {point.high:.3f}"
        table.add_row(f"{point.share:.0%}", f"{point.rows:,}", f"{point.macro_f1:.3f}", interval)
    return table


def candidates_of(shelf: Path, candidates: Path | None) -> Path:
    """Say where candidates lie: where they are told to, else in `candidates` beside the shelf."""
    return candidates or shelf.resolve().with_name("candidates")


def show_progress(console: Console) -> Progress:
    """Make the bars that steps are shown with."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


def _check_request(recipe: Recipe, wanted: Wanted) -> None:
    # All that can be known before the first minute is spent.
    if not re.fullmatch("[a-z0-9][a-z0-9._-]{0,63}", recipe.model_id):
        message = f"expected an id of small letters, digits, `.`, `_` and `-`, got `{recipe.model_id}`"
        raise BadSetup([Problem(message, "command line, `ID`", "such as `cluster-2`")])
    if not wanted.candidate_only:
        check_name_is_free(wanted.shelf, recipe.model_id)
    if not (recipe.corpus or wanted.has_rows):
        hint = "give `--rows FILE` or `--labels FILE`"
        raise BadSetup([Problem("nothing to learn from", "command line, `--no-corpus`", hint)])
    if wanted.gates:
        load_gates(wanted.gates)
    if wanted.champion not in (None, NO_CHAMPION):
        artifact.find_entry(wanted.shelf, wanted.champion)


def _read(recipe: Recipe, wanted: Wanted, progress: Progress) -> ReadRows:
    if not wanted.has_rows:
        return NO_ROWS
    task = progress.add_task("reading", total=None)
    known = known_clusters(recipe, wanted.clusters)
    read = read_rows(wanted.rows, known, lambda rows: progress.advance(task, rows), fields_of(wanted.labels))
    progress.remove_task(task)
    if wanted.bad_rows:
        write_table(wanted.bad_rows, BadRow, read.bad)
    for line in _bad_words(read):
        say(progress, line)
    check_share_of_bad(read)
    return read


def _bad_words(read: ReadRows) -> Iterable[str]:
    if read.bad:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in read.counts.items())
        yield f"{len(read.bad):,} bad rows left out: {counts}; `--bad-rows FILE` writes all"
        yield from (f"  {row}" for row in first_of_each(read.bad, SHOWN_BAD_ROWS))


def find_champion(wanted: Wanted) -> Path | None:
    """Find the published model to compare with: the one named, else the one served, else the only one there is; none
    without rows.
    """
    if not wanted.has_rows or wanted.champion == NO_CHAMPION:
        return None
    names = artifact.list_entries(wanted.shelf)
    name = wanted.champion or (wanted.served if wanted.served in names else None)
    return artifact.find_entry(wanted.shelf, name) if name or len(names) == 1 else None


def _write_label_errors(trained: Trained, out: Path, progress: Progress) -> None:
    errors = rank_label_errors(trained.material, trained.plan, trained.held_out, trained.calibration)
    write_table(out, LabelError, errors)
    say(progress, f"{len(errors):,} labels are likely wrong, the likeliest first in {out}")
