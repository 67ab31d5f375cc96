"""The value of a dead letter, laid out to be read, with a caret at the field that could not be.

JSON is printed a field a line with numbers as they were written; what is no JSON is printed as it came, escaped, and
the caret stands where reading stopped. A part of a very long value is left out, never silently.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from stream.contract.json_path import json_path
from stream.dead.escaping import spelled

DEEPEST = 60
MOST_CHARACTERS = 20_000
# Bytes of a row of what is no JSON, and characters that are kept of a long line of JSON.
WIDTH, LONGEST = 100, 2_000
_SURROGATE = re.compile("[\ud800-\udfff]")


class Literal(str):
    """A number, or one of the words that JSON does not have, as it was written."""

    __slots__ = ()


class Line(NamedTuple):
    """One line of the layout; `path` is the value's that begins on it, `column` where."""

    text: str
    path: tuple[str | int, ...] | None = None
    column: int = 0


def value_lines(value: bytes | None, path: str) -> list[str]:
    """Lay out a value; `path` is that of its dead letter, `$.listing.title`."""
    if value is None:
        return ["(null)"]
    if not value:
        return ["(empty)"]
    try:
        found = json.loads(value.decode(), parse_int=Literal, parse_float=Literal, parse_constant=Literal)
        lines = list(_laid_out(found, (), "", "", ""))
    except UnicodeDecodeError as error:
        return _as_it_came(value, error.start)
    except json.JSONDecodeError as error:
        return _as_it_came(value, len(error.doc[: error.pos].encode()))
    except RecursionError:
        return _as_it_came(value, None)
    return _kept(*_with_caret(lines, path))


def _laid_out(found: Any, path: tuple[str | int, ...], indent: str, name: str, comma: str) -> Iterator[Line]:
    begin = indent + name
    if not isinstance(found, dict | list) or not found or len(path) > DEEPEST:
        yield Line(begin + _written(found) + comma, path, len(begin))
        return
    opening, closing = "{}" if isinstance(found, dict) else "[]"
    yield Line(begin + opening, path, len(begin))
    parts = list(found.items()) if isinstance(found, dict) else list(enumerate(found))
    for number, (part, inner) in enumerate(parts):
        label = f"{_quoted(part)}: " if isinstance(found, dict) else ""
        yield from _laid_out(inner, (*path, part), indent + "  ", label, "," * (number < len(parts) - 1))
    yield Line(indent + closing + comma)


def _written(found: Any) -> str:
    if isinstance(found, Literal):
        return spelled(found.encode("utf-8", "backslashreplace"))
    if isinstance(found, str):
        return _quoted(found)
    if isinstance(found, dict | list):
        return str(type(found)()) if not found else "{…}" if isinstance(found, dict) else "[…]"
    return json.dumps(found)


def _quoted(text: str) -> str:
    # JSON's own escapes for what it must escape, ours for what else cannot be seen.
    written = _SURROGATE.sub(lambda alone: f"\\u{ord(alone[0]):04x}", json.dumps(text, ensure_ascii=False))
    return "\\".join(spelled(part.encode()) for part in written.split("\\"))


def _with_caret(lines: list[Line], path: str) -> tuple[list[str], int | None]:
    # The field itself, or where it is missing the nearest thing around it.
    depths = [(len(line.path), number) for number, line in enumerate(lines) if _leads_to(line.path, path)]
    if not path.startswith("$") or not depths:
        return [line.text for line in lines], None
    number = max(depths)[1]
    return _pointed([line.text for line in lines], number, lines[number].column)


def _leads_to(path: tuple[str | int, ...] | None, asked: str) -> bool:
    if path is None:
        return False
    spelt = json_path(path)
    return asked == spelt or asked.startswith((f"{spelt}.", f"{spelt}["))


def _pointed(lines: list[str], number: int, column: int) -> tuple[list[str], int]:
    return [*lines[: number + 1], " " * column + "^", *lines[number + 1 :]], number


def _as_it_came(value: bytes, at: int | None) -> list[str]:
    rows = list(_folded(value))
    texts = [spelled(row) for _, row in rows]
    if at is None:
        return _kept(texts, None)
    number = bisect_right(rows, at, key=lambda row: row[0]) - 1
    begin, row = rows[number]
    return _kept(*_pointed(texts, number, len(spelled(row[: at - begin]))))


def _folded(value: bytes) -> Iterator[tuple[int, bytes]]:
    # Where each row begins, and its bytes: cut at line ends, else at a width, but not within a character.
    begin = 0
    while begin < len(value):
        newline = value.find(b"\n", begin, begin + WIDTH)
        end = min(begin + WIDTH, len(value)) if newline < 0 else newline
        if newline < 0:
            end -= next((back for back in range(4) if end == len(value) or value[end - back] & 0xC0 != 0x80), 0)
        yield begin, value[begin:end]
        begin = end + (newline >= 0)


def _kept(lines: list[str], caret: int | None) -> list[str]:
    if sum(map(len, lines)) <= MOST_CHARACTERS:
        return lines
    first = max(0, (caret or 0) - 40)
    kept, room = [], MOST_CHARACTERS
    for line in lines[first:]:
        room -= len(line)
        if room < 0 and kept:
            break
        kept.append(line if len(line) <= LONGEST else f"{line[:LONGEST]}… ({len(line):,} characters)")
    told = [f"({first:,} lines before)"] * (first > 0)
    left = len(lines) - first - len(kept)
    return [*told, *kept, *[f"({left:,} lines more)"] * (left > 0)]
