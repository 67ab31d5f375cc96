"""The command line: options in, one engine or check called, an exit code out.

0 done; 1 the command ran and the answer is no (a worker that could not go on, a failed demo); 2 bad setup,
every problem shown. Each command imports what it needs, so that a worker's machine needs neither the training nor the
demo extra.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stream.contract.instant import Instant, parse_instant
from stream.problems import BadSetup, Problem
from stream.settings import Settings, read_settings, settings_rows

BAD_SETUP = 2

app = typer.Typer(
    name="keran",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The import tap as software.",
)
policy_app = typer.Typer(no_args_is_help=True, help="Check policies.")
app.add_typer(policy_app, name="policy")

PolicyOption = Annotated[
    list[Path] | None, typer.Option("--policy", help="Policy file or folder; may be repeated. Default: KERAN_POLICIES.")
]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Id of the model. Default: KERAN_MODEL, or the only one on the shelf.")
]
AsKnownOn = Annotated[
    str | None, typer.Option("--as-known-on", metavar="TIME", help="Leave out what was published later.")
]


def main() -> None:
    """Run the command line. Bad setup shows every problem and exits with 2; our own bugs show a traceback."""
    try:
        app()
    except BadSetup as bad:
        print("\n\n".join(map(str, bad.problems)), file=sys.stderr)
        sys.exit(BAD_SETUP)


@app.command()
def demo(
    events: Annotated[int, typer.Option(min=1, help="How many records to send.")] = 240,
    rate: Annotated[float, typer.Option(min=0.1, help="Records a second.")] = 20.0,
) -> None:
    """Embedded broker, worker, sample traffic, a live table of decisions."""
    run = _import_extra("demo", "stream.engines.demo.run", "confluent_kafka")
    raise typer.Exit(run.demo(events, rate, Console()))


@app.command()
def worker() -> None:
    """The Faust worker, against KERAN_BROKER."""
    from stream.compose import load
    from stream.engines.worker import run_worker

    raise typer.Exit(run_worker(*load()))


@app.command()
def replay(
    source: Annotated[
        str, typer.Argument(metavar="IN.jsonl", help="Listing events, one a line; `-` reads standard input.")
    ],
    output: Annotated[
        str, typer.Option(metavar="OUT.jsonl", help="Decisions and tombstones; `-` writes standard output.")
    ],
    dead_letters: Annotated[
        str | None, typer.Option(metavar="DEAD.jsonl", help="What could not be read, and why.")
    ] = None,
    policy: PolicyOption = None,
    model: ModelOption = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME|event",
            help="Decide as of this time, or as of each event's own. Default: KERAN_AS_OF, else event.",
        ),
    ] = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """The pipeline over a file: the same bytes in give the same bytes out."""
    from stream.compose import load
    from stream.engines.replay import reading_progress
    from stream.engines.replay import replay as run

    settings, pipeline = load(policy or (), model=model)
    moment, known = _moments(settings, as_of, as_known_on)
    with reading_progress(source) as progress:
        tally = run(
            pipeline,
            source,
            output,
            dead_letters,
            as_of=moment,
            as_known_on=known,
            run_rows=settings.run_rows,
            progress=progress,
        )
    words = ", ".join(f"{count:,} {name}" for name, count in sorted(tally.items())) or "no records"
    print(f"{tally.total():,} outcomes: {words}", file=sys.stderr)


@app.command()
def explain(
    listing: Annotated[
        str, typer.Argument(metavar="LISTING.json", help="One listing event; `-` reads standard input.")
    ] = "-",
    policy: PolicyOption = None,
    model: ModelOption = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME|event", help="As of when. Default: KERAN_AS_OF, else the event's own time."),
    ] = None,
    as_known_on: AsKnownOn = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as one JSON object.")] = False,
) -> None:
    """One listing, the whole path, in words."""
    from stream.compose import load
    from stream.explain import explain as run
    from stream.explain import in_words

    settings, pipeline = load(policy or (), model=model)
    moment, known = _moments(settings, as_of, as_known_on)
    explanation = run(pipeline, _read_bytes(listing), moment, known)
    if as_json:
        import orjson

        print(orjson.dumps(explanation, option=orjson.OPT_INDENT_2).decode())
    else:
        Console(highlight=False, soft_wrap=True).print(in_words(explanation), markup=False)
    raise typer.Exit(1 if "dead_letter" in explanation else 0)


@policy_app.command("check")
def policy_check(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE|FOLDER]...", help="Default: KERAN_POLICIES.")
    ] = None,
    model: ModelOption = None,
) -> None:
    """Find every problem of settings, model and policies together; decides nothing."""
    from stream.compose import load

    _, pipeline = load(paths or (), model=model)
    print(f"{len(pipeline.policies.policies)} policies, no problems")


@app.command()
def train(
    model_id: Annotated[str, typer.Argument(metavar="ID", help="The new entry's name on the shelf.")],
    shelf: Annotated[Path | None, typer.Option(help="Default: KERAN_SHELF.")] = None,
) -> None:
    """Train a model on the project's corpus and publish it on the shelf."""
    run = _import_extra("train", "training.train", "sklearn")
    place = run.train(shelf or read_settings().shelf, model_id, say=lambda text: print(text, file=sys.stderr))
    print(f"published {place}")


@app.command()
def models() -> None:
    """List the shelf."""
    from stream.classify.artifact import list_entries, read_manifest

    settings = read_settings()
    table = Table("id", "digest", "clusters", "temperature", "abstains below")
    for name in list_entries(settings.shelf):
        manifest, digest = read_manifest(settings.shelf / name)
        thresholds = ", ".join(f"{c} {t:.2f}" for c, t in manifest.abstain_below.items())
        table.add_row(name, digest[:8], ", ".join(manifest.clusters), str(manifest.temperature), thresholds)
    Console().print(table)


@app.command()
def settings(
    markdown: Annotated[bool, typer.Option(help="As the table of the README.")] = False,
) -> None:
    """List every setting with its default."""
    if markdown:
        print("| variable | default | what it is |\n|---|---|---|")
        for name, default, words in settings_rows():
            print(f"| `{name}` | {f'`{default}`' if default else ''} | {words} |")
        return
    table = Table("variable", "default", "what it is", "now")
    now = read_settings()
    for name, default, words in settings_rows():
        value = getattr(now, name.removeprefix("KERAN_").lower())
        table.add_row(name, default, words, "" if value is None else str(value))
    Console().print(table)


def _moments(settings: Settings, as_of: str | None, as_known_on: str | None) -> tuple[Instant | None, Instant | None]:
    known = _instant("--as-known-on", as_known_on) if as_known_on else None
    if as_of is None:
        return settings.as_of, known
    return (None if as_of == "event" else _instant("--as-of", as_of)), known


def _instant(option: str, text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError:
        message = f"expected an RFC 3339 time with an offset, such as `2021-09-01T00:00:00+07:00`, got `{text}`"
        raise BadSetup([Problem(message, f"command line, `{option}`", "`--as-of` also takes `event`")]) from None


def _read_bytes(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise BadSetup(
            [Problem(f"file cannot be read: {error.strerror}", path, "name a file with one listing event")]
        ) from None


def _import_extra(extra: str, module: str, needs: str):
    import importlib

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name is None or not missing.name.startswith((needs, "joblib", "scipy")):
            raise
        problem = Problem(
            f"`{missing.name}` is not installed",
            f"command line, `keran {sys.argv[1]}`",
            f"pip install 'keran[{extra}]'",
        )
        raise BadSetup([problem]) from None


if __name__ == "__main__":
    main()
