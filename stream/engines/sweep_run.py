"""`keran sweep`: what the options say comes in; requests go out on the brokers, words to the terminal, an exit code.

Every problem of options, settings, rights and pair is told before anything is published. It reads the clock.
"""

import asyncio
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import errors as told

from stream.catalogue.fates import lines_of
from stream.catalogue.files import check_catalogue, digest_of_files
from stream.catalogue.flips import Changes
from stream.changes.budget import MAX_FLIPS, MAX_LOCAL_BLOCKS, Budget, read_budget
from stream.contract.instant import Instant, instant_at
from stream.decide.asks import Moment
from stream.decide.policy import PolicySet
from stream.engines.catalogue_split import split_catalogue
from stream.engines.catalogue_topic import catalogue_topic
from stream.engines.dead_letters import dead_progress
from stream.engines.live_desk import now
from stream.engines.rights import Right, check_rights
from stream.engines.sweep import Plan, Swept, resume, sweep
from stream.engines.sweep_answers import requests_topic, wait_and_verify
from stream.engines.sweep_pair import Asked, LivePair, check_live, live_pair
from stream.engines.sweep_progress import Identity
from stream.engines.sweep_publisher import name_on_brokers, sweep_publisher
from stream.engines.sweep_source import FILES, catalogue_of
from stream.engines.sweep_words import summary
from stream.problems import BadSetup, Problem, gathered
from stream.settings import Settings, check_settings

DONE, STOPPED = 0, 1
# A long sleep is cut, so that a clock that is set meanwhile is seen.
_LOOK_SECONDS = 30.0


@dataclass(frozen=True)
class Wanted:
    """What the options say, as they were written; `at` is a moment or None, `next_phase` waits for the next one.

    `wait` is how many seconds the workers' answers are waited for; None does not wait.
    Without `on`, files of listing events, the catalogue is the topic of listings.
    """

    model: str | None = None
    policies: Sequence[Path] = ()
    name: str | None = None
    rate: float | None = None
    dry_run: bool = False
    max_flips: str | None = None
    max_local_blocks: str | None = None
    changes: Changes = "review"
    next_phase: bool = False
    at: Instant | None = None
    wait: float | None = None
    on: Sequence[Path] = ()


def run(wanted: Wanted, problems: list[Problem]) -> int:
    """Sweep; give the exit code. Raises BadSetup with all problems, those that were found before included."""
    settings, wrong = check_settings()
    problems += wrong
    given = ((MAX_FLIPS, wanted.max_flips), (MAX_LOCAL_BLOCKS, wanted.max_local_blocks))
    read = [gathered(problems, lambda o=o, text=text: read_budget(o, text)) for o, text in given if text is not None]
    for path in (path for path in wanted.on if str(path) != "-"):
        gathered(problems, lambda path=path: check_catalogue(path))
    if problems:
        raise BadSetup(problems)
    with _telling(settings, wanted):
        return asyncio.run(_run(settings, wanted, [budget for budget in read if budget]))


async def _run(settings: Settings, wanted: Wanted, budgets: Sequence[Budget]) -> int:
    asyncio.get_running_loop().set_exception_handler(_tell_fencing_once)
    asked = Asked(wanted.model, wanted.policies)
    live = await live_pair(settings, asked, settings.as_of or now())
    as_of = settings.as_of or now()
    if wanted.next_phase or wanted.at:
        as_of = wanted.at or _next_phase(live.pipeline.policies, as_of)
        if not wanted.dry_run:
            await _wait_until(as_of)
            live = await live_pair(settings, asked, as_of)
            as_of = now()
    plan = _plan(settings, wanted, budgets, live, as_of)
    rights = rights_of_sweep(settings, plan.name, publish=not wanted.dry_run, wait=wanted.wait is not None)
    await check_rights(settings, rights)
    return await _sweep(plan, wanted)


async def _sweep(plan: Plan, wanted: Wanted) -> int:
    swept = Swept()
    async with AsyncExitStack() as stack:
        # Topic and workers are looked at before anything is fenced or written; how far earlier runs came is read after.
        listings = await stack.enter_async_context(catalogue_topic(plan.settings))
        await check_live(plan.settings, plan.identity.pair)
        catalogue = catalogue_of(listings)
        if wanted.on:
            catalogue = stack.enter_context(split_catalogue(wanted.on, len(listings.ends)))
        by, asked = None, {}
        if not wanted.dry_run:
            asked = await _ends_of_requests(plan.settings, len(listings.ends))
            by = await stack.enter_async_context(sweep_publisher(plan.settings, plan.name))
        plan = await resume(plan, by, swept, catalogue, asked)
        if swept.done and swept.resumed:
            print(f"sweep {plan.name} is finished; another is begun with `--name`", file=sys.stderr)
        try:
            left = sum(part.end - catalogue.begins.get(p, 0) for p, part in swept.parts.items() if not part.done)
            with dead_progress(left, "sweeping") as advance:
                await sweep(plan, by, swept, catalogue, lambda: check_live(plan.settings, plan.identity.pair), advance)
        finally:
            print("\n".join(summary(plan, swept, dry_run=wanted.dry_run)), flush=True)
    answered = await _answered(plan, swept, wanted.wait)
    return STOPPED if swept.over or not answered else DONE


async def _ends_of_requests(settings: Settings, partitions: int) -> dict[int, int]:
    async with requests_topic(settings) as requests:
        if len(requests.ends) != partitions:
            raise BadSetup([_uneven(settings, len(requests.ends), partitions)])
        return requests.ends


async def _answered(plan: Plan, swept: Swept, seconds: float | None) -> bool:
    """Wait for the workers, say what became of every request, and give whether all were answered."""
    if seconds is None:
        return True
    waited, fates = await wait_and_verify(plan, swept, seconds)
    if waited.left:
        print(f"after {waited.seconds:.0f} s the workers had {waited.left:,} requests still to take")
    print("\n".join(lines_of(fates)), flush=True)
    return fates.complete


def _plan(settings: Settings, wanted: Wanted, budgets: Sequence[Budget], live: LivePair, as_of: Instant) -> Plan:
    in_force = _in_force(live.pipeline.policies, as_of)
    files = f"{FILES}{digest_of_files(wanted.on)}" if wanted.on else ""
    identity = Identity(live.pair.digest, as_of.text, in_force, wanted.changes, files or settings.topic_listings)
    name = wanted.name or _default_name(live.pair.digest, in_force, files)
    return Plan(settings, name, live.pipeline, as_of, identity, wanted.rate, budgets)


def _default_name(pair: str, in_force: Sequence[str], files: str = "") -> str:
    """Name a sweep by the pair, what is in force and the files, if it is of files: a run again goes on, and the next
    phase is another sweep.

    >>> _default_name("0123456789abcdef", ["id-akar@3/2021-08#a1b2c3d4"])
    '0123456789abcdef-2021-08'
    """
    phases = [each.rpartition("/")[2].partition("#")[0] for each in in_force]
    return re.sub(r"[^a-zA-Z0-9._-]", "_", "-".join(filter(None, [pair, *phases, files])))[:200]


def _in_force(policies: PolicySet, as_of: Instant) -> list[str]:
    moment = Moment(as_of.micros, as_of.micros)
    phases = [(policy, policy.phase_at(moment)) for policy in policies.policies]
    return sorted(policy.id_at(phase, moment) for policy, phase in phases if phase)


def _next_phase(policies: PolicySet, as_of: Instant) -> Instant:
    """Say when which phase starts. Raises BadSetup where none is known to."""
    # A phase binds once it is both in effect and published, whichever comes later.
    bounds = {
        at
        for policy in policies.policies
        for phase in policy.phases
        for at in (phase.effective, phase.published, phase.until)
        if at is not None and at > as_of.micros
    }
    for micros in sorted(bounds):
        for policy in policies.policies:
            before, after = (policy.phase_at(Moment(at, at)) for at in (as_of.micros, micros))
            if before is not after:
                said = f"phase `{after.name}` of policy `{policy.name}` starts" if after else f"`{policy.name}` ends"
                print(f"{said} at {instant_at(micros).text}", file=sys.stderr)
                return instant_at(micros)
    hint = "`keran policy show` tells what is coming; `--at` names any moment"
    raise BadSetup([Problem("no phase of a live policy is known to start or end", "`--at-next-phase`", hint)])


async def _wait_until(moment: Instant) -> None:
    while (left := (moment.micros - now().micros) / 1_000_000) > 0:
        await asyncio.sleep(min(left, _LOOK_SECONDS))


def rights_of_sweep(settings: Settings, name: str, *, publish: bool, wait: bool = False) -> list[Right]:
    """Give every right that a sweep needs; `Describe` comes with each."""
    rights = [Right("topic", settings.topic_listings, "Read"), Right("topic", settings.topic_decisions, "Read")]
    if settings.labels == "overrule":
        rights.append(Right("topic", settings.topic_labels, "Read"))
    if settings.live == "control":
        rights.append(Right("topic", settings.topic_control, "Read"))
    if publish:
        rights += [
            Right("topic", settings.topic_redecide, "Write"),
            Right("group", name_on_brokers(name), "Read"),
            Right("transactional-id", name_on_brokers(name), "Write"),
        ]
    if wait:
        rights += [Right("topic", settings.topic_redecide, "Read"), Right("group", settings.group, "Describe")]
    return rights


def _uneven(settings: Settings, found: int, expected: int) -> Problem:
    message = f"`{settings.topic_redecide}` has {found} partitions, `{settings.topic_listings}` has {expected}"
    return Problem(message, "environment, `KERAN_TOPIC_REDECIDE`", "give both as many; workers refuse them too")


def _tell_fencing_once(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # The client's sender leaves the reason in futures of its own that nobody awaits; `_telling` says it.
    if not isinstance(context.get("exception"), (told.ProducerFenced, told.InvalidProducerEpoch)):
        loop.default_exception_handler(context)


@contextmanager
def _telling(settings: Settings, wanted: Wanted) -> Iterator[None]:
    """Turn what brokers refuse into bad setup."""
    try:
        yield
    except (told.ProducerFenced, told.InvalidProducerEpoch):
        message = "another run of this sweep was started, and this one stopped"
        hint = "run one at a time; what this one asked for is accounted for in the other"
        raise BadSetup([Problem(message, "command line, `--name`", hint)]) from None
    except (told.KafkaError, TimeoutError) as reason:
        hint = "run it again when that is mended: it goes on where it stopped"
        message = f"the brokers refused: `{type(reason).__name__}` {reason}"
        raise BadSetup([Problem(message, f"broker `{settings.broker}`", hint)]) from None
