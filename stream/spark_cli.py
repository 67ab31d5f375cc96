"""`keran spark`: options in, one job called."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def spark(
    source: Annotated[
        str, typer.Argument(metavar="IN.parquet", help="Parquet file or folder, local or a URL that Spark knows.")
    ],
    output: Annotated[str, typer.Option(metavar="OUT.parquet", help="Folder of outcomes; must not be there yet.")],
    policy: Annotated[
        list[Path] | None,
        typer.Option("--policy", help="Policy file or folder; may be repeated. Default: KERAN_POLICIES."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Id of the model. Default: KERAN_MODEL, or the only one on the shelf.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME|event",
            help="Decide as of this time, or as of each event's own. Default: KERAN_AS_OF, else event.",
        ),
    ] = None,
    as_known_on: Annotated[
        str | None, typer.Option("--as-known-on", metavar="TIME", help="Leave out what was published later.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Keep a column beside the outcomes; may be repeated.")
    ] = None,
    master: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Spark's master, such as `local[2]`. Default: spark-submit's, else all cores."
        ),
    ] = None,
) -> None:
    """The pipeline over Parquet on Spark, local or a cluster: the bytes that the worker publishes."""
    from stream.cli import _import_extra, _moments, _time_problems
    from stream.settings import check_settings

    _import_extra("spark", "pyspark", "pyspark")
    run = _import_extra("spark", "stream.engines.spark_files", "pyarrow")
    settings, problems = check_settings(model=model)
    problems += _time_problems(as_of, as_known_on)
    moment, known = (None, None) if problems else _moments(settings, as_of, as_known_on)
    way = run.Way(settings.shelf, policy or [settings.policies], settings.model, moment, known)
    tally = run.decide_files(run.Job(source, output, way, keep or (), master), problems)
    words = ", ".join(f"{count:,} {name}" for name, count in sorted(tally.items())) or "no records"
    print(f"{tally.total():,} outcomes: {words}", file=sys.stderr)
