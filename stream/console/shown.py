"""How values are shown: times, counts and shares as text; sellers' own text without what steers a page or a reader."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from stream.changes.visible import visible

LEVELS = 4
# Log odds of a letter's share from which on it is coloured, and as much more a level.
_LEVEL = 0.08


def clock(milliseconds: int) -> str:
    """Give the time of day in UTC.

    >>> clock(0)
    '00:00:00'
    """
    return _moment(milliseconds).strftime("%H:%M:%S")


def moment(milliseconds: int) -> str:
    """Give day and time in UTC."""
    return _moment(milliseconds).strftime("%Y-%m-%d %H:%M:%S")


def count(number: float) -> str:
    """Give a number as people read it.

    >>> count(1234567), count(0.25)
    ('1,234,567', '0.2')
    """
    return f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"


def share(part: float) -> str:
    """Give a part of 1.

    >>> share(0.9997)
    '0.9997'
    """
    return f"{part:.4f}"


def seller_text(text: object, most: int = 120) -> str:
    """Give what a seller wrote, cut, on one line, its unseen signs written out."""
    return visible(str(text), most)


def lettered(title: str, letters: dict, most: int = 600) -> Iterator[tuple[str, str]]:
    """Give a title's pieces with a class each: `for1` to `for4` spoke for the cluster, `against1` to `4` against it.

    Each span's weight is shared among its letters.
    """
    shares = [0.0] * len(title)
    for span in letters["spans"]:
        for place in range(span["start"], span["end"]):
            shares[place] += span["weight"] * letters["unit"] / (span["end"] - span["start"])
    begin = 0
    shown = min(len(title), most)
    classes = [_class(each) for each in shares[:shown]]
    for place in range(1, shown + 1):
        if place == shown or classes[place] != classes[begin]:
            yield visible(title[begin:place], most), classes[begin]
            begin = place
    if len(title) > most:
        yield "…", ""


def _class(weight: float) -> str:
    level = min(int(abs(weight) / _LEVEL), LEVELS)
    return f"{'for' if weight > 0 else 'against'}{level}" if level else ""


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(min(max(milliseconds, 0), 253_402_300_799_000) / 1000, UTC)


FILTERS = {
    "clock": clock,
    "moment": moment,
    "count": count,
    "share": share,
    "seller": seller_text,
    "quoted": lambda text: quote(text, safe=""),
}
