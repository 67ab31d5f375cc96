"""The page *Live*: how much is decided and how, the workers' lag, and the stream of decisions with its filters."""

from collections import Counter
from typing import Any, NamedTuple

from stream.console.asked import Asked, Page
from stream.console.board import Board
from stream.console.desk import Desk
from stream.console.questions import Row
from stream.console.sorts import Sort, Wanted

ROWS, DEAD_ROWS = 40, 20
SPANS = {"5": 5, "60": 60, "1440": 1_440}
POINTS, HEIGHT = 90, 48
OUTCOMES = ("allow", "block", "review", "removed")


class Shown(NamedTuple):
    """A decision in the stream, with its sort's words."""

    row: Row
    sort: Sort


def live(asked: Asked, desk: Desk) -> Page:
    """Give the whole page."""
    return Page("live.html", _words(asked, desk))


def board(asked: Asked, desk: Desk) -> Page:
    """Give the part of the page that is fetched anew every second."""
    return Page("live_board.html", _words(asked, desk))


def _words(asked: Asked, desk: Desk) -> dict[str, Any]:
    held, now = desk.board, desk.now().micros // 1_000_000
    span = asked.get("span") if asked.get("span") in SPANS else "60"
    filters = {name: asked.get(name) for name in ("q", "outcome", "cluster", "market", "span", "before")}
    return {
        "filters": {**filters, "span": span},
        "said": {name: value for name, value in filters.items() if value and name != "before"},
        "markets": held.sorts.named("market"),
        "clusters": held.sorts.named("cluster"),
        "outcomes": OUTCOMES,
        "spans": list(SPANS),
        "a_second": held.tally.a_second(now),
        "reading": held.reading,
        "total": held.tally.total,
        "kept": held.questions.kept(),
        "sampled": held.sampling.share,
        "lines": _lines(held, now),
        "groups": _groups(held, SPANS[span], now),
        "dead": held.dead_tally.within(SPANS[span], now).total(),
        "letters": held.questions.dead(DEAD_ROWS),
        "rows": [Shown(row, held.sorts.all[row.sort]) for row in _found(asked, held)],
        "rows_at_most": ROWS,
    }


def _found(asked: Asked, held: Board) -> list[Row]:
    q, before = asked.get("q").strip(), asked.get("before")
    rule = q if q and Wanted(rule=q) and held.sorts.matching(Wanted(rule=q)) else ""
    wanted = Wanted(asked.get("outcome"), asked.get("cluster"), asked.get("market"), rule)
    sorts = None if wanted == Wanted() else held.sorts.matching(wanted)
    upper = int(before) if before.isdigit() and len(before) < 19 else None
    if q and not rule:
        return held.questions.about(q, sorts, ROWS, upper)
    return held.questions.latest(sorts, ROWS, upper)


def _groups(held: Board, minutes: int, now: int) -> list[tuple[str, str, Counter[str]]]:
    """Give for each market and cluster how many had each outcome, the most first; removals stand alone."""
    groups: dict[tuple[str, str], Counter[str]] = {}
    for number, found in held.tally.within(minutes, now).items():
        sort = held.sorts.all[number]
        counts = groups.setdefault((sort.market, sort.cluster), Counter())
        counts[sort.outcome] += found
        counts["review"] += found * sort.review
        counts["all"] += found
    return sorted(((*names, counts) for names, counts in groups.items()), key=lambda group: -group[2]["all"])[:60]


def _lines(held: Board, now: int) -> dict[str, Any]:
    """Give the last three minutes as two lines of a drawing: all decisions, and those that block."""
    series = held.tally.series(now, POINTS, 2)
    blocks = set(held.sorts.matching(Wanted("block")))
    every = [found.total() / 2 for found in series]
    blocked = [sum(count for sort, count in found.items() if sort in blocks) / 2 for found in series]
    top = max(*every, 1)
    return {"top": max(every), "all": _points(every, top), "block": _points(blocked, top)}


def _points(values: list[float], top: float) -> str:
    step = 100 / (POINTS - 1)
    return " ".join(f"{i * step:.2f},{HEIGHT - value / top * HEIGHT:.1f}" for i, value in enumerate(values))
