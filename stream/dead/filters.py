"""Which dead letters are asked for: options in, a yes or no for each dead letter out.

Options are held to what they can mean before anything is read, all problems at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from stream.contract.dead_letter import Code
from stream.contract.dead_record import DeadRecord
from stream.contract.instant import Instant, parse_instant
from stream.dead.escaping import spelled
from stream.problems import BadSetup, Problem, did_you_mean, gathered


@dataclass(frozen=True, slots=True)
class Filters:
    """What a dead letter must be, None and nothing asking nothing; `topic` and `partition` are the original's.

    `path` takes the fields below it too. A letter without a time is in no span of time.
    """

    codes: Sequence[str] = ()
    path: str | None = None
    topic: str | None = None
    partition: int | None = None
    since: Instant | None = None
    until: Instant | None = None
    key: str | None = None


def read_filters(
    *,
    codes: Sequence[str] = (),
    path: str | None = None,
    topic: str | None = None,
    partition: int | None = None,
    since: str | None = None,
    until: str | None = None,
    key: str | None = None,
) -> Filters:
    """Give the filters that options mean. Raises BadSetup with every option that means nothing."""
    problems = [_unknown(code) for code in codes if code not in get_args(Code)]
    first = gathered(problems, lambda: _instant("--since", since))
    last = gathered(problems, lambda: _instant("--until", until))
    if first and last and last.micros <= first.micros:
        message = f"`--until` must be later than `--since`, got `{last.text}` and `{first.text}`"
        problems.append(Problem(message, "command line, `--until`", "a span begins with `--since` and ends before"))
    if problems:
        raise BadSetup(problems)
    return Filters(codes, path, topic, partition, first, last, key)


def asked_for(letter: DeadRecord, filters: Filters) -> bool:
    """Say whether a dead letter is one of those asked for."""
    return (
        (not filters.codes or letter.code in filters.codes)
        and (filters.path is None or _at_or_below(letter.path, filters.path))
        and filters.topic in (None, letter.origin.topic)
        and filters.partition in (None, letter.origin.partition)
        and (filters.key is None or _is_key(letter.key, filters.key))
        and _in_span(letter.time, filters)
    )


def _at_or_below(path: str, asked: str) -> bool:
    return path == asked or path.startswith((f"{asked}.", f"{asked}["))


def _is_key(key: bytes | None, asked: str) -> bool:
    # As it is, or as a table shows it: only so can bytes that are no text be typed.
    return key is not None and (key == asked.encode("utf-8", "surrogateescape") or spelled(key) == asked)


def _in_span(time: Instant | None, filters: Filters) -> bool:
    if filters.since is None and filters.until is None:
        return True
    return (
        time is not None
        and (filters.since is None or time.micros >= filters.since.micros)
        and (filters.until is None or time.micros < filters.until.micros)
    )


def _unknown(code: str) -> Problem:
    known = get_args(Code)
    hint = f"one of: {', '.join(known)}"
    return Problem(f"unknown reason `{code}`{did_you_mean(code, known)}", "command line, `--reason`", hint)


def _instant(option: str, text: str | None) -> Instant | None:
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        message = f"expected an RFC 3339 time with an offset, got `{text}`"
        raise BadSetup([Problem(message, f"command line, `{option}`", "such as `2021-08-03T09:00:00+07:00`")]) from None
