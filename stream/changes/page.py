"""An impact as a page that stands alone: a report in, HTML with pictures out.

Bars are parts of whatever width there is: one page serves a telephone and a desk. What sellers wrote is text. It
refuses to know files and clocks.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from stream.changes import wording
from stream.changes.visible import visible, visible_name
from stream.changes.wording import CAUSES, CHANGED, EFFECTS, MOST_GROUPS, group_name
from stream.contract.diff import Group
from stream.contract.impact import Impact
from stream.pages import render

MOST_SORTS = 20
_SHORTEST = 0.004  # a part of the width that is still seen
_SHOWN = {
    "cluster": "By cluster",
    "value": "By price, in the currency of each",
    "seller": "Sellers most affected, local ones that are newly blocked first",
    "country": "By declared country of origin",
    "seller_type": "By seller type",
    "market": "By market",
}


class Part(NamedTuple):
    """A stretch of a bar: what it shows, and where, in parts of the width."""

    shows: str
    at: float
    width: float


class Bar(NamedTuple):
    """A line of a picture: a name, its figures in words, and a bar."""

    name: str
    said: str
    parts: list[Part]


class Picture(NamedTuple):
    """Bars on one scale, and what is left out."""

    title: str
    bars: list[Bar]
    left_out: str = ""


def write_page(impact: Impact) -> str:
    """Write the page."""
    shown = [_effects(impact), *_causes(impact), *(_groups(name, impact) for name in _SHOWN)]
    return render(
        Path(__file__).parent,
        "impact.html.jinja",
        {"seen": visible},
        impact=impact,
        said=wording,
        show=visible_name,
        pictures=[picture for picture in shown if picture.bars],
        legend=[(effect.value, EFFECTS[effect]) for effect in CHANGED],
        sorts=impact.sorts[:MOST_SORTS],
    )


def _effects(impact: Impact) -> Picture:
    counts = [(EFFECTS[effect], effect.value, getattr(impact.effects, effect.value)) for effect in CHANGED]
    return _counted("What changes", counts, impact.decided)


def _causes(impact: Impact) -> list[Picture]:
    counts = [(words, "cause", getattr(impact.causes, cause.value)) for cause, words in CAUSES.items()]
    counts.append(("by what nobody can tell apart", "cause", impact.causes.untold))
    told = [count for count in counts if count[2]]
    return [_counted("Flips by whose they are", told, impact.flips.listings)]


def _counted(title: str, counts: Sequence[tuple[str, str, int]], of: int) -> Picture:
    most = max((count for *_, count in counts), default=0) or 1
    bars = [
        Bar(words, f"{count:,} ({wording.percent(count / of)})", _parts([(shows, count)], most))
        for words, shows, count in (counts if of else ())
    ]
    return Picture(title, bars)


def _groups(name: str, impact: Impact) -> Picture:
    groups = [group for group in getattr(impact.groups, name) if _changed(group)]
    most = max(map(_changed, groups[:MOST_GROUPS]), default=0)
    more = (impact.sellers_changed if name == "seller" else len(groups)) - MOST_GROUPS
    left_out = f"{more:,} more with changes" if more > 0 else ""
    return Picture(_SHOWN[name], [_bar(group, most) for group in groups[:MOST_GROUPS]], left_out)


def _bar(group: Group, most: int) -> Bar:
    counts = [(effect, getattr(group.effects, effect.value)) for effect in CHANGED]
    told = ", ".join(f"{count:,} {EFFECTS[effect]}" for effect, count in counts if count)
    parts = _parts([(effect.value, count) for effect, count in counts], most)
    return Bar(visible_name(group_name(group)), f"of {group.listings:,}: {told}", parts)


def _parts(counts: Sequence[tuple[str, int]], most: int) -> list[Part]:
    parts, at = [], 0.0
    for shows, count in counts:
        width = max(count / most, _SHORTEST) if count else 0
        parts += [Part(shows, min(at, 1 - width), width)] if count else []
        at += width
    return parts


def _changed(group: Group) -> int:
    return group.listings - group.effects.unchanged
