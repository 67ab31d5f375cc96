"""`keran sweep`: options in, a sweep of the catalogue run, an exit code out.

0 done; 1 stopped by a budget, or requests without an answer; 2 bad setup.
"""

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from stream.contract.instant import Instant, parse_instant
from stream.problems import BadSetup, Problem, gathered

# What may stand in a consumer group's name without trouble anywhere.
_NAME = re.compile(r"[a-zA-Z0-9._-]{1,200}")


def sweep(
    on: Annotated[
        list[str] | None,
        typer.Option("--on", metavar="FILE", help="JSONL or Parquet in place of the topic; may be repeated."),
    ] = None,
    policy: Annotated[
        list[Path] | None, typer.Option("--policy", help="What must be live; may be repeated. Default: what is.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="What must be live. Default: what is.")] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="SWEEP", help="A run of the same name goes on."),
    ] = None,
    rate: Annotated[float | None, typer.Option("--rate", min=0.01, metavar="N", help="Requests a second.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Publish nothing; say what would be asked for.")] = False,
    max_flips: Annotated[
        str | None, typer.Option("--max-flips", metavar="N|N%", help="Stop before more flips than this.")
    ] = None,
    max_local_blocks: Annotated[
        str | None, typer.Option("--max-local-blocks", metavar="N", help="Stop before more local sellers' blocks.")
    ] = None,
    changes: Annotated[
        Literal["flips", "review", "reasons"],
        typer.Option("--changes", help="What counts as a change: flips; and review; and reasons."),
    ] = "review",
    at_next_phase: Annotated[bool, typer.Option("--at-next-phase", help="Wait for the next phase's second.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="Wait for this time.")] = None,
    wait: Annotated[
        float | None,
        typer.Option("--wait", min=0, metavar="SECONDS", help="Wait at most so long for the answers; check them."),
    ] = None,
) -> None:
    """Have every listing decided again whose decision changes."""
    problems: list[Problem] = []
    moment = gathered(problems, lambda: _read_time(at)) if at else None
    if at and at_next_phase:
        problems.append(Problem("`--at` and `--at-next-phase` exclude each other", "command line", "give one of them"))
    if on and "-" in on:
        message = "standard input cannot be swept: a sweep that is stopped reads its catalogue again"
        problems.append(Problem(message, "command line, `--on`", "write it to a file, JSONL or Parquet"))
    if wait is not None and dry_run:
        message = "`--wait` and `--dry-run` exclude each other"
        problems.append(Problem(message, "command line", "nothing is asked for, so nobody answers"))
    if name is not None and not _NAME.fullmatch(name):
        message = f"expected a name of letters, digits, `.`, `_` and `-`, got `{name}`"
        problems.append(Problem(message, "command line, `--name`", "such as `phase-2`"))
    try:
        from stream.engines.sweep_run import Wanted, run
    except ModuleNotFoundError as missing:
        if missing.name != "pyarrow":
            raise
        problems.append(Problem("`keran sweep` needs pyarrow", "this environment", "pip install 'keran[catalogue]'"))
        raise BadSetup(problems) from None
    options = Wanted(
        model,
        policy or (),
        name,
        rate,
        dry_run,
        max_flips,
        max_local_blocks,
        changes,
        at_next_phase,
        moment,
        wait,
        [Path(path) for path in on or ()],
    )
    raise typer.Exit(run(options, problems))


def _read_time(text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError as reason:
        hint = "such as `2021-08-03T00:00:00+07:00`"
        raise BadSetup([Problem(f"expected a time, got `{text}`: {reason}", "command line, `--at`", hint)]) from None
