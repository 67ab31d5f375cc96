"""The page *Protection*: local sellers and local origin by cluster over time, what each phase changed, who took advice.

Shares are of decisions that were counted, by the hour or the day in UTC; sellers are counted each once.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from stream.console.advised import ADVICE
from stream.console.asked import Asked, Page
from stream.console.desk import Desk
from stream.console.questions import Hours
from stream.decide.phase_calendar import Span
from stream.timeline import phrases
from stream.timeline.languages import words_of
from stream.timeline.timeline import timeline_of

HOUR_MICROS = 3_600_000_000
# The word in the address -> hours a point stands for, and how many points.
STEPS = {"hours": (1, 48), "days": (24, 90)}
LINES_AT_MOST, HEIGHT = 6, 60
# So many hours on each side of a phase's start are compared.
BESIDE = 7 * 24


class Line(NamedTuple):
    """A cluster's share over time: the pieces of a drawing, parted where nothing was counted, and the last share."""

    cluster: str
    pieces: list[str]
    last: float


class Row(NamedTuple):
    """A cluster's figures over the whole span; shares are None where nothing was counted."""

    cluster: str
    decisions: int
    local_sellers: int
    sellers: int
    by_local: float | None
    local_origin: float | None
    unknown_origin: float | None
    blocked: float | None


class Change(NamedTuple):
    """What was blocked of a cluster in the days before a phase began, and since: blocked and decided, each."""

    cluster: str
    before: tuple[int, int]
    after: tuple[int, int]


def protection(asked: Asked, desk: Desk) -> Page:
    """Give the page."""
    span, market = asked.get("span") if asked.get("span") in STEPS else "hours", asked.get("market")
    step, points = STEPS[span]
    now = desk.now().micros // HOUR_MICROS
    begin = (now // step - points + 1) * step
    found = desk.board.questions.hours(begin, now + 1, market, step)
    words = {
        "filters": {"span": span, "market": market},
        "spans": list(STEPS),
        "markets": desk.board.sorts.named("market"),
        "sellers": _lines(found, begin, step, points, _by_local),
        "origins": _lines([each for each in found if each.origin != "unknown"], begin, step, points, _from_here),
        "rows": _rows(found, desk, range(begin // 24, now // 24 + 1), market),
        "since": desk.board.questions.counted_since(),
        "changes": list(_changes(desk, now)),
        "days_beside": BESIDE // 24,
        "uptake": desk.board.shares.advised.uptake(market),
        "advising": list(_advising(desk)),
        "said": phrases,
        "sentences": words_of(asked.language),
    }
    return Page("protection.html", words)


def _by_local(each: Hours) -> bool:
    return each.seller == "local"


def _from_here(each: Hours) -> bool:
    return each.origin == "local"


def _lines(found: Iterable[Hours], begin: int, step: int, points: int, counts: Callable[[Hours], bool]) -> list[Line]:
    """Give a line a cluster, for those with the most decisions."""
    whole: defaultdict[str, Counter[int]] = defaultdict(Counter)
    part: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for each in found:
        place = (each.hour - begin) // step
        whole[each.cluster][place] += each.n
        part[each.cluster][place] += each.n * counts(each)
    most = sorted(whole, key=lambda cluster: -whole[cluster].total())[:LINES_AT_MOST]
    shares = {cluster: {place: part[cluster][place] / n for place, n in whole[cluster].items()} for cluster in most}
    return [Line(name, _pieces(shares[name], points), shares[name][max(shares[name])]) for name in sorted(most)]


def _pieces(shares: Mapping[int, float], points: int) -> list[str]:
    pieces: list[list[str]] = []
    for place in sorted(shares):
        point = f"{place * 100 / (points - 1):.2f},{HEIGHT - shares[place] * HEIGHT:.1f}"
        if place - 1 not in shares:
            # A point alone is drawn as a line of no length, which has round ends.
            pieces.append([point])
        pieces[-1].append(point)
    return [" ".join(piece) for piece in pieces]


def _rows(found: Iterable[Hours], desk: Desk, days: range, market: str) -> list[Row]:
    of_cluster: defaultdict[str, list[Hours]] = defaultdict(list)
    for each in found:
        of_cluster[each.cluster].append(each)
    return [_row(cluster, of_cluster[cluster], desk, days, market) for cluster in sorted(of_cluster)]


def _row(cluster: str, found: list[Hours], desk: Desk, days: range, market: str) -> Row:
    whole = sum(each.n for each in found)
    known = sum(each.n for each in found if each.origin != "unknown")
    local, abroad = (desk.board.shares.sellers.count(days, market, cluster, kind) for kind in ("local", "cross_border"))
    return Row(
        cluster,
        whole,
        local,
        local + abroad,
        _share(sum(each.n for each in found if _by_local(each)), whole),
        _share(sum(each.n for each in found if _from_here(each)), known),
        _share(whole - known, whole),
        _share(sum(each.n for each in found if each.outcome == "block"), whole),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _changes(desk: Desk, now: int) -> Iterable[dict[str, Any]]:
    """Give for every phase that has begun what was blocked before and after, by cluster."""
    timeline = timeline_of(desk.serving.live.pipeline.policies, desk.now())
    for calendar in timeline.calendars:
        for span in calendar.spans:
            if span.binds and span.begins <= timeline.on.micros:
                yield {
                    "policy": calendar.policy,
                    "span": span,
                    "clusters": _beside(desk, span, calendar.policy.markets, now),
                }


def _beside(desk: Desk, span: Span, markets: Iterable[str], now: int) -> list[Change]:
    start = span.begins // HOUR_MICROS
    end = min(start + BESIDE, now + 1 if span.ends is None else span.ends // HOUR_MICROS)
    before, after = (_blocked(desk, begin, until, markets) for begin, until in ((start - BESIDE, start), (start, end)))
    return [Change(name, before[name], after[name]) for name in sorted(before | after)]


def _blocked(desk: Desk, begin: int, end: int, markets: Iterable[str]) -> defaultdict[str, tuple[int, int]]:
    counts: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for market in markets:
        for each in desk.board.questions.hours(begin, end, market):
            blocked, whole = counts[each.cluster]
            counts[each.cluster] = (blocked + each.n * (each.outcome == "block"), whole + each.n)
    return counts


def _advising(desk: Desk) -> Iterable[tuple[str, Any]]:
    """Give the rules in force that advise, each with its policy's name."""
    for calendar in timeline_of(desk.serving.live.pipeline.policies, desk.now()).calendars:
        rules = calendar.in_force.phase.rules if calendar.in_force else ()
        yield from ((calendar.policy.name, rule) for rule in rules if ADVICE in rule.then.advice)
