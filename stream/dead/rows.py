"""Dead letters as lines: a table row, a JSON line, a count; and a JSON line read back.

A JSON line holds what `keran replay --dead-letters` writes, and what only a topic knows: where the letter lies, its key
and the original's headers.
"""

import base64
from collections import Counter
from typing import Any, Literal

import orjson

from stream.contract.dead_record import DeadRecord, Place, read_dead_record
from stream.contract.record import FileRecord
from stream.dead.escaping import shortened

By = Literal["reason", "path", "topic"]
# Least widths of the columns; what is longer pushes its own row along rather than being cut.
_ROW = "{:<8}  {:<18}  {:<22}  {:<20}  {:<20}  {:<12}  {}"
MOST_OF_A_KEY, MOST_OF_A_REASON = 60, 200
HEADING = _ROW.format("AT", "CODE", "PATH", "FROM", "TIME", "KEY", "REASON")


def row(letter: DeadRecord) -> str:
    """Give a dead letter as a row of the table under `HEADING`; what its producer wrote is escaped."""
    return _ROW.format(
        f"{letter.at.partition}:{letter.at.offset}",
        letter.code,
        shortened(letter.path.encode(), MOST_OF_A_KEY),
        shortened(str(letter.origin).encode(), MOST_OF_A_REASON),
        letter.time.text if letter.time else "-",
        "-" if letter.key is None else shortened(letter.key, MOST_OF_A_KEY),
        shortened(letter.reason.encode(), MOST_OF_A_REASON),
    )


def line(letter: DeadRecord) -> bytes:
    """Give a dead letter as a JSON object; bytes that are no UTF-8 are `_base64`, as in the file of a replay."""
    told: dict[str, Any] = {"partition": letter.at.partition, "offset": letter.at.offset}
    told |= {"keran-code": letter.code, "keran-reason": letter.reason, "keran-path": letter.path}
    told |= {"keran-topic": letter.origin.topic, "keran-partition": str(letter.origin.partition)}
    told["keran-offset"] = str(letter.origin.offset)
    if letter.time is not None:
        told["keran-time"] = letter.time.text
    headers = [{"name": name, **_bytes("value", value)} for name, value in letter.headers]
    told |= {**_bytes("key", letter.key), "headers": headers, **_bytes("value", letter.value)}
    return orjson.dumps(told)


def read_line(content: bytes, topic: str, number: int) -> DeadRecord | None:
    """Give the dead letter of a JSON line, None where it holds none; without a place it lies at its line."""
    try:
        told = orjson.loads(content)
        headers = [(each["name"], _content(each, "value")) for each in told.get("headers", ())]
        headers += [(name, text.encode()) for name, text in told.items() if name.startswith("keran-")]
        at = Place(topic, int(told.get("partition", 0)), int(told.get("offset", number)))
        return read_dead_record(FileRecord(_content(told, "value"), _content(told, "key"), headers, *at))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def counted_by(letter: DeadRecord, by: By) -> str:
    """Give what a dead letter is counted under."""
    return {"reason": letter.code, "path": letter.path, "topic": letter.origin.topic}[by]


def count_rows(counts: Counter[str]) -> list[str]:
    """Give the counts as rows, the greatest first."""
    return [f"{count:>10,}  {shortened(name.encode(), MOST_OF_A_REASON)}" for name, count in _ordered(counts)]


def count_lines(counts: Counter[str], by: By) -> list[str]:
    """Give the counts as JSON objects, the greatest first."""
    return [orjson.dumps({by: name, "count": count}).decode() for name, count in _ordered(counts)]


def _ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _bytes(name: str, content: bytes | None) -> dict[str, str | None]:
    if content is None:
        return {name: None}
    try:
        return {name: content.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(content).decode()}


def _content(told: dict[str, Any], name: str) -> bytes | None:
    encoded, text = told.get(f"{name}_base64"), told.get(name)
    if encoded is not None:
        return base64.b64decode(encoded, validate=True)
    return None if text is None else text.encode()
