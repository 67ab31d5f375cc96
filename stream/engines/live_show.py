"""`keran live show`: what control says is live, and what each worker answers; as words, or as one JSON object."""

import asyncio
from collections.abc import Iterable

import orjson
from rich.console import Console
from rich.table import Column, Table

from stream.contract.control import Control
from stream.contract.instant import Instant
from stream.engines.live_desk import in_words, now
from stream.engines.live_start import control_log
from stream.engines.offers import control_id_of, live_record
from stream.live.pair import pair_in
from stream.live.read_control import BadRecord
from stream.live.state import State, answer_of, state_of
from stream.problems import BadSetup
from stream.settings import check_settings


def show(console: Console, *, as_json: bool) -> None:
    """Show what control says is live and what each worker runs."""
    settings, problems = check_settings()
    if problems:
        raise BadSetup(problems)
    records = asyncio.run(control_log(settings).read())
    state, moment = state_of(records), now()
    if as_json:
        print(_plain(state, state.control(), moment).decode())
        return
    try:
        control = state.control()
        asked, told = control and control.control_id, _told(control)
    except BadRecord as bad:
        # It has no name of its own; workers refuse it by its place, and what they run is still to be seen.
        asked = control_id_of(live_record(records))
        told = ["live     cannot be read, and every worker refuses it", *str(bad).splitlines()]
    for line in told:
        console.print(line, markup=False)
    console.print(_table(state, asked, moment))


def _told(control: Control | None) -> Iterable[str]:
    if control is None:
        return ["live     nothing is said: workers run what lies in their folders"]
    lines = [
        f"live     {control.control_id}, pair {pair_in(control).digest}",
        f"issued   {control.issued_at.text} by {control.issued_by}",
        f"model    {control.model.id}#{control.model.digest[:8]}",
        f"policies {', '.join(policy.name for policy in control.policies)}",
    ]
    lines += [f"note     {control.note}"] if control.note else []
    lines += [f"shadow   {in_words(control.shadow)}"] if control.shadow else []
    before = control.replaced.control_id if control.replaced else "what lies in the workers' folders"
    return [*lines, f"before   {before}"]


def _table(state: State, asked: str | None, moment: Instant) -> Table:
    # Folded, never cut: names are there to be compared, and to be pasted.
    words = ("worker", "answer", "control", "pair", "model", "policies", "since")
    table = Table(*(Column(word, overflow="fold") for word in words))
    for worker in state.workers:
        runs = worker.runs
        answer = answer_of(worker, asked, moment)
        reasons = [fault.message for fault in worker.refused.faults] if answer == "refuses" else []
        reasons += [f"no shadow: {fault.message}" for fault in worker.shadow_faults]
        names = (worker.worker, "\n".join([answer, *reasons]), worker.control_id or "-", runs.pair, runs.model)
        table.add_row(*names, "\n".join(runs.policies), worker.since.text)
    return table


def _plain(state: State, control: Control | None, moment: Instant) -> bytes:
    asked = control and control.control_id
    workers = [
        {"answer": answer_of(worker, asked, moment), **worker.model_dump(mode="json", by_alias=True)}
        for worker in state.workers
    ]
    live = control and control.model_dump(mode="json", by_alias=True, exclude={"policies", "replaced", "shadow"})
    named = {**live, "pair": pair_in(control).digest} if control else None
    return orjson.dumps({"live": named, "workers": workers}, option=orjson.OPT_INDENT_2)
