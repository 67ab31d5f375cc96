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


def _an_archive(folder: Path) -> Path:
    if not is_folder(folder / "records"):
        raise BadSetup([Problem("no archive here", str(folder), "a folder that `keran archive --to` wrote")])
    return folder


def _of_archive(module: str) -> Any:
    import importlib

    try:
        return importlib.import_module(f"stream.archive.{module}")
    except ModuleNotFoundError as missing:
        if missing.name != "pyarrow":
            raise
        hint = "pip install 'keran[catalogue]'"
        raise BadSetup([Problem("`pyarrow` is not installed", "command line, `keran audit`", hint)]) from None
