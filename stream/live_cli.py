"""`keran live`: what is live on the control topic, and who runs it."""

import getpass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

live_app = typer.Typer(no_args_is_help=True, help="Make a model and policies live through the control topic.")

ByOption = Annotated[str | None, typer.Option("--by", help="Who asks for it. Default: the user's name.")]
NoteOption = Annotated[str | None, typer.Option("--note", help="Why, for whoever reads it later.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Check, show what would change, publish nothing.")]
WaitOption = Annotated[
    float,
    typer.Option(
        "--wait", min=0, metavar="SECONDS", help="Wait for every worker's word; exit with 1 if one refuses or is late."
    ),
]
PolicyOption = Annotated[
    list[Path] | None, typer.Option("--policy", help="Policy file or folder; may be repeated. Default: KERAN_POLICIES.")
]


@live_app.command()
def publish(
    model: Annotated[
        str | None, typer.Option("--model", help="Id of the model. Default: KERAN_MODEL, or the only one on the shelf.")
    ] = None,
    policy: PolicyOption = None,
    shadow_model: Annotated[
        str | None, typer.Option("--shadow-model", help="Id of a model that decides beside it, unpublished.")
    ] = None,
    shadow_policy: Annotated[
        list[Path] | None, typer.Option("--shadow-policy", help="Policies that do the same; may be repeated.")
    ] = None,
    note: NoteOption = None,
    by: ByOption = None,
    dry_run: DryRunOption = False,
    wait: WaitOption = 0.0,
) -> None:
    """Check a model and policies, and make them live on every worker as one pair."""
    from stream.engines.live_desk import Wanted
    from stream.engines.live_desk import publish as run

    wanted = Wanted(model, policy or (), shadow_model, shadow_policy or ())
    raise typer.Exit(run(wanted, _signed(by, note, dry_run, wait)))


@live_app.command()
def rollback(
    note: NoteOption = None, by: ByOption = None, dry_run: DryRunOption = False, wait: WaitOption = 0.0
) -> None:
    """Make live what was live before."""
    from stream.engines.live_desk import rollback as run

    raise typer.Exit(run(_signed(by, note, dry_run, wait)))


@live_app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="The same as one JSON object.")] = False) -> None:
    """Show what control says is live, and what each worker runs."""
    from stream.engines.live_show import show as run

    run(Console(highlight=False, soft_wrap=True), as_json=as_json)


def _signed(by: str | None, note: str | None, dry_run: bool, wait: float):
    from stream.engines.live_desk import Signed

    return Signed(by or getpass.getuser(), note, dry_run, wait)
