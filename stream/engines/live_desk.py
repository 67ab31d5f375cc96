"""`keran live`: options come in; a record goes to the control topic, words to the terminal, and out comes an exit code.

Everything is checked before anything is written, and told whole.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson
from rich.console import Console
from rich.table import Table

from stream.contract.control import LIVE_KEY, Control, Replaced, Shadow, write_control
from stream.contract.instant import Instant, instant_at
from stream.engines.control_log import ControlLog
from stream.engines.live_start import control_log
from stream.live.differences import differences
from stream.live.load import load_shadow, read_pair
from stream.live.pair import Pair, pair_in, replaced_by
from stream.live.read_control import CONTROL_BYTES_AT_MOST, BadRecord
from stream.live.sources import name_shadow
from stream.live.state import State, answer_of, state_of
from stream.pipeline import Pipeline
from stream.problems import BadSetup, Problem, gathered
from stream.settings import Settings, check_settings

DONE, NOT_ALL = 0, 1
_LOOK_AGAIN_SECONDS = 1.0
_TOPIC = "environment, `KERAN_TOPIC_CONTROL`"


class Wanted(NamedTuple):
    """What the options say, as they were written."""

    model: str | None = None
    policies: Sequence[Path] = ()
    shadow_model: str | None = None
    shadow_policies: Sequence[Path] = ()


class Signed(NamedTuple):
    """Who asks, why, whether only to show it, and how many seconds to wait for the workers' word."""

    by: str
    note: str | None = None
    dry_run: bool = False
    wait: float = 0.0


def publish(wanted: Wanted, signed: Signed) -> int:
    """Make a pair live. Raises BadSetup with all problems of settings, model, policies and shadow."""
    settings, problems = check_settings()
    ready = gathered(problems, lambda: _read(wanted, settings))
    live = ready and ready[1]
    shadow = gathered(problems, lambda: _shadow(wanted, settings, live and live.model.clusters))
    if ready is not None and shadow is not None:
        gathered(problems, lambda: load_shadow(shadow, *ready, settings.shelf, "the shadow"))
    if problems or ready is None:
        raise BadSetup(dict.fromkeys(problems))
    return asyncio.run(_publish(control_log(settings), ready[0], shadow, signed))


def _read(wanted: Wanted, settings: Settings) -> tuple[Pair, Pipeline]:
    model = wanted.model or settings.model
    return read_pair(settings.shelf, model, list(wanted.policies) or [settings.policies])


def _shadow(wanted: Wanted, settings: Settings, clusters: Sequence[str] | None) -> Shadow | None:
    if wanted.shadow_model is None and not wanted.shadow_policies:
        return None
    return name_shadow(settings.shelf, wanted.shadow_model, wanted.shadow_policies, clusters)


async def _publish(control: ControlLog, pair: Pair, shadow: Shadow | None, signed: Signed) -> int:
    now = await _readable(control)
    same = now is not None and pair_in(now).digest == pair.digest
    if same and now.shadow == shadow:
        print(f"{now.control_id} is live and says the same; nothing to publish")
        return DONE
    # A pair that only gets another shadow replaces nothing.
    replaced = None if now is None else now.replaced if same else replaced_by(now)
    _show_changes(now, pair, shadow)
    return await _issue(control, pair, shadow, replaced, signed)


async def _readable(control: ControlLog) -> Control | None:
    try:
        return await _current(control)
    except BadRecord as bad:
        print(f"what is on control cannot be read and is written over:\n{bad}")
        return None


async def _current(control: ControlLog) -> Control | None:
    state = state_of(await control.read())
    await control.check_compacted()
    return state.control()


def _show_changes(now: Control | None, pair: Pair, shadow: Shadow | None) -> None:
    if now is None:
        print("control says nothing yet: workers run what lies in their folders")
    for line in differences(now and pair_in(now), pair):
        print(line)
    if shadow is not None:
        model = f"model {shadow.model.id}#{shadow.model.digest[:8]}" if shadow.model else "the same model"
        policies = ", ".join(policy.name for policy in shadow.policies) if shadow.policies else "the same policies"
        print(f"shadow: {model}, {policies}")
    elif now is not None and now.shadow is not None:
        print("shadow: none any more")


async def _issue(
    control: ControlLog, pair: Pair, shadow: Shadow | None, replaced: Replaced | None, signed: Signed
) -> int:
    moment = _now()
    record = Control(
        schema="keran.control/1",
        control_id=name_of(pair, moment),
        issued_at=moment,
        issued_by=signed.by,
        model=pair.model,
        policies=list(pair.policies),
        note=signed.note,
        shadow=shadow,
        replaced=replaced,
    )
    value = write_control(record)
    if len(value) > CONTROL_BYTES_AT_MOST:
        found = f"the record would have {len(value):,} bytes, at most {CONTROL_BYTES_AT_MOST:,} are read"
        raise BadSetup([Problem(found, _TOPIC, "publish smaller tables; the pair that is replaced is in it too")])
    return await _write(control, value, record.control_id, signed)


def name_of(pair: Pair, moment: Instant) -> str:
    """Name a control record by its time and pair, so that names sort and tell.

    >>> from stream.contract.control import LiveModel
    >>> name_of(Pair(LiveModel(id="m", digest="0" * 64), ()), instant_at(1_627_956_001_000_000))[:16]
    '20210803T020001Z'
    """
    return f"{moment.text[:19].replace('-', '').replace(':', '')}Z-{pair.digest[:8]}"


async def _write(control: ControlLog, value: bytes | None, asked: str | None, signed: Signed) -> int:
    if signed.dry_run:
        print("dry run: nothing is published")
        return DONE
    await control.write(LIVE_KEY, value)
    print(f"published {asked}" if asked else "published: workers go back to their own folders")
    return await _wait(control, asked, signed.wait) if signed.wait else DONE


async def _wait(control: ControlLog, asked: str | None, seconds: float) -> int:
    deadline = time.monotonic() + seconds
    while True:
        state, now = state_of(await control.read()), _now()
        answers = {worker.worker: answer_of(worker, asked, now) for worker in state.workers}
        if "not yet" not in answers.values() or time.monotonic() > deadline:
            break
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    _print_answers(state, answers)
    return DONE if set(answers.values()) <= {"as asked", "silent"} else NOT_ALL


def _print_answers(state: State, answers: dict[str, str]) -> None:
    if not answers:
        print("no worker says what it runs")
    for worker in state.workers:
        print(f"{worker.worker}: {answers[worker.worker]}")
        if answers[worker.worker] == "refuses":
            for fault in worker.refused.faults:
                print(Problem(fault.message, fault.place, fault.hint))


def rollback(signed: Signed) -> int:
    """Make live what was live before. Raises BadSetup where there is nothing to go back to."""
    settings, problems = check_settings()
    if problems:
        raise BadSetup(problems)
    return asyncio.run(_rollback(control_log(settings), signed))


async def _rollback(control: ControlLog, signed: Signed) -> int:
    now = await _current(control)
    if now is None:
        hint = "workers run what lies in their folders; publish with `keran live publish`"
        raise BadSetup([Problem("control says nothing, so there is nothing to go back from", _TOPIC, hint)])
    if now.replaced is None:
        print(f"{now.control_id} is the first; before it workers ran what lies in their folders")
        return await _write(control, None, None, signed)
    pair = pair_in(now.replaced)
    print(f"back from {now.control_id} to the pair of {now.replaced.control_id}")
    _show_changes(now, pair, None)
    return await _issue(control, pair, None, replaced_by(now), signed)


def show(console: Console, *, as_json: bool) -> int:
    """Show what control says is live and what each worker runs."""
    settings, problems = check_settings()
    if problems:
        raise BadSetup(problems)
    state, now = state_of(asyncio.run(control_log(settings).read())), _now()
    control = state.control()
    if as_json:
        print(_plain(state, control, now).decode())
        return DONE
    for line in _told(control):
        console.print(line, markup=False)
    console.print(_table(state, control and control.control_id, now))
    return DONE


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
    before = control.replaced.control_id if control.replaced else "what lies in the workers' folders"
    return [*lines, f"before   {before}"]


def _table(state: State, asked: str | None, now: Instant) -> Table:
    table = Table("worker", "answer", "control", "pair", "model", "policies", "since")
    for worker in state.workers:
        runs = worker.runs
        answer = answer_of(worker, asked, now)
        reasons = [fault.message for fault in worker.refused.faults] if answer == "refuses" else []
        names = (worker.worker, "\n".join([answer, *reasons]), worker.control_id or "-", runs.pair, runs.model)
        table.add_row(*names, "\n".join(runs.policies), worker.since.text)
    return table


def _plain(state: State, control: Control | None, now: Instant) -> bytes:
    asked = control and control.control_id
    workers = [
        {"answer": answer_of(worker, asked, now), **worker.model_dump(mode="json", by_alias=True)}
        for worker in state.workers
    ]
    live = control and control.model_dump(mode="json", by_alias=True, exclude={"policies", "replaced", "shadow"})
    named = {**live, "pair": pair_in(control).digest} if control else None
    return orjson.dumps({"live": named, "workers": workers}, option=orjson.OPT_INDENT_2)


def _now() -> Instant:
    return instant_at(time.time_ns() // 1000)
