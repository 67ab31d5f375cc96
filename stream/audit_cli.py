"""`keran audit`: what an archive of decisions says, and whether it is whole. Options in, an exit code out.

0 done, and the archive is whole; 1 something is wrong with it, or it has no such listing; 2 bad setup.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from stream.on_disk import is_folder
from stream.problems import BadSetup, Problem

audit_app = typer.Typer(
    no_args_is_help=True, help="Verify an archive of decisions, and say what it holds of a listing."
)
FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="The archive.")]


@audit_app.command()
def verify(
    folder: FolderArgument,
    receipt: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A receipt that was kept elsewhere: finds a cut end too.")
    ] = None,
) -> None:
    """Find every record, segment, policy or model that is missing or altered; exits with 1 if any is."""
    run, receipts = _of_archive("verify"), _of_archive("receipt")
    given = receipts.load_receipt(receipt) if receipt else None
    found = run.verify(_an_archive(folder), given)
    for fault in found.faults:
        print(fault)
    whole = "whole" if not found.faults else f"{len(found.faults)} faults"
    print(f"{found.records:,} records in {found.segments:,} segments, {whole}", file=sys.stderr)
    if found.uncertain:
        why = "absent offsets that lay unread too long to tell a transaction's marker from what compaction took"
        print(f"{found.uncertain:,} segments have {why}", file=sys.stderr)
    raise typer.Exit(1 if found.faults else 0)


@audit_app.command()
def receipt(folder: FolderArgument) -> None:
    """Print where each partition ends, for keeping elsewhere; exits with 1 where the archive is not whole."""
    run, receipts = _of_archive("verify"), _of_archive("receipt")
    found = run.verify(_an_archive(folder))
    for fault in found.faults:
        print(fault, file=sys.stderr)
    if not found.faults:
        print(receipts.write_receipt(receipts.Receipt(partitions=found.heads)), end="")
    raise typer.Exit(1 if found.faults else 0)


@audit_app.command()
def export(
    listing: Annotated[str, typer.Argument(metavar="LISTING", help="The listing's id.")],
    folder: Annotated[Path, typer.Option("--from", metavar="FOLDER", help="The archive.")],
    json: Annotated[str, typer.Option(metavar="OUT", help="As `keran.audit/1`; `-` is standard output.")] = "-",
    html: Annotated[Path | None, typer.Option(metavar="OUT", help="As a page too.")] = None,
    events: Annotated[
        Path | None, typer.Option(metavar="EVENTS.jsonl", help="Listing events: decide them again, and compare.")
    ] = None,
    redress: Annotated[str | None, typer.Option(help="Where the seller can complain, for the statements.")] = None,
) -> None:
    """Every decision of a listing with its reasons, the texts in force, and whether it comes out the same again."""
    run = _of_archive("export")
    page = _of_archive("page") if html else None
    audit = run.export(_an_archive(folder), listing, run.load_events(events) if events else {}, redress)
    _write(json, audit.model_dump_json(by_alias=True, indent=1) + "\n")
    if page and html:
        _write(str(html), page.write_page(audit))
    raise typer.Exit(0 if audit.entries else 1)


def _write(place: str, text: str) -> None:
    if place == "-":
        print(text, end="")
        return
    try:
        Path(place).write_text(text, encoding="utf-8")
    except OSError as reason:
        problem = Problem(f"file cannot be written: {reason.strerror}", place, "name another place")
        raise BadSetup([problem]) from None


def _an_archive(folder: Path) -> Path:
    if not is_folder(folder / "records"):
        raise BadSetup([Problem("no archive here", str(folder), "a folder that `keran archive --to` wrote")])
    return folder


def _of_archive(module: str) -> Any:
    import importlib

    try:
        return importlib.import_module(f"stream.archive.{module}")
    except ModuleNotFoundError as missing:
        extra = {"pyarrow": "catalogue", "jinja2": "report"}.get(missing.name or "")
        if extra is None:
            raise
        hint = f"pip install 'keran[{extra}]'"
        raise BadSetup([Problem(f"`{missing.name}` is not installed", "command line, `keran audit`", hint)]) from None
