"""The pair that workers run, for whoever asks them to decide again: settings and control in, a loaded pipeline out.

A pair that is asked for and is not what they run is refused, with what runs and what to do. It decides nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from stream.contract.instant import Instant
from stream.engines.live_desk import now
from stream.engines.live_start import control_log
from stream.engines.offers import live_record
from stream.live.load import load_pair, read_pair, warm
from stream.live.pair import Pair, pair_in
from stream.live.read_control import read_control
from stream.live.state import State, answer_of, state_of
from stream.pipeline import Pipeline
from stream.problems import BadSetup, Problem
from stream.settings import Settings


class Asked(NamedTuple):
    """What the options name; nothing means whatever is live."""

    model: str | None = None
    policies: Sequence[Path] = ()


class LivePair(NamedTuple):
    """What workers run, loaded; without a `control_id` it lies in the folders of the settings."""

    pair: Pair
    pipeline: Pipeline
    control_id: str | None


async def live_pair(settings: Settings, asked: Asked, as_of: Instant) -> LivePair:
    """Give the pair that is live, loaded. Raises BadSetup where it is not what is asked for.

    Whether every worker runs it is `check_live`'s to find.
    """
    live = await _live(settings)
    problems = []
    if asked.model or asked.policies:
        wanted, _ = read_pair(
            settings.shelf, asked.model or settings.model, list(asked.policies) or [settings.policies]
        )
        problems += _not_live(wanted, live, settings)
    if problems:
        raise BadSetup(problems)
    warm(live.pipeline, as_of)
    return live


async def check_live(settings: Settings, expected: str) -> None:
    """Return if a pair of that digest is live on every worker. Raises BadSetup."""
    if settings.live != "control":
        return
    state = state_of(await control_log(settings).read())
    control = state.control()
    if control is not None and pair_in(control).digest != expected:
        message = f"control `{control.control_id}` made another pair live: `{pair_in(control).digest}`"
        raise BadSetup([Problem(message, "control", "begin another sweep, with a name of its own")])
    if problems := _others(state, expected, control and control.control_id):
        raise BadSetup(problems)


async def _live(settings: Settings) -> LivePair:
    if settings.live == "control":
        record = live_record(await control_log(settings).read())
        if record is not None and record.value is not None:
            control = read_control(record.value)
            pair = pair_in(control)
            pipeline = load_pair(pair, settings.shelf, f"control {control.control_id}")
            return LivePair(pair, pipeline, control.control_id)
    return LivePair(*read_pair(settings.shelf, settings.model, [settings.policies]), None)


def _not_live(wanted: Pair, live: LivePair, settings: Settings) -> list[Problem]:
    if wanted.digest == live.pair.digest:
        return []
    runs = f"control `{live.control_id}`" if live.control_id else f"`{settings.policies}` under the settings' model"
    message = f"pair `{wanted.digest}` is asked for, and the workers run `{live.pair.digest}`, {runs}"
    hint = "`keran live publish` makes a pair live; `keran impact` compares one that is not"
    if settings.live == "folders":
        hint = "put it into the workers' folders and name them here with `KERAN_POLICIES`, or use `KERAN_LIVE=control`"
    return [Problem(message, "command line, `--policy` and `--model`", hint)]


def _others(state: State, expected: str, asked: str | None) -> list[Problem]:
    moment = now()
    others = [w for w in state.workers if answer_of(w, asked, moment) != "silent" and w.runs.pair != expected]
    hint = "`keran live show` says why; sweep when every worker runs the live pair"
    return [
        Problem(f"worker `{each.worker}` runs pair `{each.runs.pair}`, not `{expected}`", "control", hint)
        for each in others
    ]
