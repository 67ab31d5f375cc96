"""`keran live`: options come in; a record goes to the control topic, words to the terminal, and out comes an exit code.

Everything is checked before anything is written, and told whole.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from stream.contract.control import LIVE_KEY, Control, Replaced, Shadow, write_control
from stream.contract.instant import Instant, instant_at
from stream.engines.control_log import ControlLog
from stream.engines.live_start import control_log
from stream.live.differences import differences
from stream.live.load import load_shadow, read_pair
from stream.live.pair import Pair, pair_in, replaced_by
from stream.live.read_control import CONTROL_BYTES_AT_MOST, BadRecord
from stream.live.sources import name_shadow
from stream.live.state import State, answer_of, forgotten, state_of
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
    state = await _state(control)
    current = _readable(state)
    same = current is not None and pair_in(current).digest == pair.digest
    if same and current.shadow == shadow:
        print(f"{current.control_id} is live and says the same; nothing to publish")
        return DONE
    # A pair that only gets another shadow replaces nothing.
    replaced = None if current is None else current.replaced if same else _last_taken(state, current)
    _show_changes(current, pair, shadow)
    return await _issue(control, pair, shadow, replaced, signed)


async def _state(control: ControlLog) -> State:
    state = state_of(await control.read())
    await control.check_compacted()
    return state


def _readable(state: State) -> Control | None:
    try:
        return state.control()
    except BadRecord as bad:
        print(f"what is on control cannot be read and is written over, and a rollback leads to the folders:\n{bad}")
        return None


def _last_taken(state: State, current: Control) -> Replaced | None:
    """Give what workers go back to from the next pair: not to one that every worker refuses."""
    answers = {answer_of(worker, current.control_id, now()) for worker in state.workers} - {"silent"}
    return current.replaced if answers == {"refuses"} else replaced_by(current)


def _show_changes(current: Control | None, pair: Pair, shadow: Shadow | None) -> None:
    if current is None:
        print("control says nothing yet: workers run what lies in their folders")
    for line in differences(current and pair_in(current), pair):
        print(line)
    if shadow is not None:
        print(f"shadow: {in_words(shadow)}")
    elif current is not None and current.shadow is not None:
        print("shadow: none any more")


def in_words(shadow: Shadow) -> str:
    """Name what decides beside the live pair."""
    model = f"model {shadow.model.id}#{shadow.model.digest[:8]}" if shadow.model else "the same model"
    policies = ", ".join(policy.name for policy in shadow.policies) if shadow.policies else "the same policies"
    return f"{model}, {policies}"


async def _issue(
    control: ControlLog, pair: Pair, shadow: Shadow | None, replaced: Replaced | None, signed: Signed
) -> int:
    moment = now()
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
    for key in forgotten(state_of(await control.read()), now()):
        await control.write(key, None)
    print(f"published {asked}" if asked else "published: workers go back to their own folders")
    return await _wait(control, asked, signed.wait) if signed.wait else DONE


async def _wait(control: ControlLog, asked: str | None, seconds: float) -> int:
    deadline = time.monotonic() + seconds
    while True:
        state, moment = state_of(await control.read()), now()
        answers = {worker.worker: answer_of(worker, asked, moment) for worker in state.workers}
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
    state = await _state(control)
    current = state.control()
    if current is None:
        hint = "workers run what lies in their folders; publish with `keran live publish`"
        raise BadSetup([Problem("control says nothing, so there is nothing to go back from", _TOPIC, hint)])
    if current.replaced is None:
        print(f"{current.control_id} is the first; before it workers ran what lies in their folders")
        return await _write(control, None, None, signed)
    pair = pair_in(current.replaced)
    print(f"back from {current.control_id} to the pair of {current.replaced.control_id}")
    _show_changes(current, pair, None)
    return await _issue(control, pair, None, _last_taken(state, current), signed)


def now() -> Instant:
    """Read the clock."""
    return instant_at(time.time_ns() // 1000)
