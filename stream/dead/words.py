"""One dead letter whole, in words: where it lies and lay, why it is one, its headers, key and value, its replay."""

from stream.contract.dead_letter import DeadLetter
from stream.contract.dead_record import DeadRecord, Place
from stream.contract.read import read_record
from stream.contract.record import FileRecord
from stream.dead.escaping import spelled
from stream.dead.values import value_lines


def in_words(letter: DeadRecord, mark: Place | None) -> str:
    """Give a dead letter as text for a person; `mark` is where the topic says that it was replayed."""
    lines = [
        f"dead letter  {letter.at}",
        f"original     {spelled(str(letter.origin).encode())}",
        f"time         {letter.time.text if letter.time else 'not said'}",
        f"reason       {letter.code}: {spelled(letter.reason.encode())}",
        f"today        {today(letter)}",
        f"replayed     {f'yes, marked at {mark}' if mark else 'no'}",
        *_headers(letter),
        f"key          {_content(letter.key)}",
        *["             ^"] * (letter.path == "key"),
        f"value        {_size(letter.value)}",
        *(f"  {line}" for line in value_lines(letter.value, letter.path)),
    ]
    return "\n".join(lines)


def can_be_read(letter: DeadRecord) -> bool:
    """Say whether today's contract reads the original."""
    return not isinstance(read_record(original(letter)), DeadLetter)


def today(letter: DeadRecord) -> str:
    """Say what today's contract makes of the original."""
    read = read_record(original(letter))
    return f"{read.code}: {spelled(read.reason.encode())}" if isinstance(read, DeadLetter) else "can be read"


def original(letter: DeadRecord) -> FileRecord:
    """Give the original of a dead letter as it lay in its topic."""
    return FileRecord(letter.value, letter.key, letter.headers, *letter.origin)


def _headers(letter: DeadRecord) -> list[str]:
    if not letter.headers:
        return ["headers      none"]
    texts = [f"{spelled(name.encode())}: {_content(value)}" for name, value in letter.headers]
    return [f"{'headers' if not number else '':<13}{text}" for number, text in enumerate(texts)]


def _content(content: bytes | None) -> str:
    return "(null)" if content is None else spelled(content) or "(empty)"


def _size(value: bytes | None) -> str:
    return "null" if value is None else f"{len(value):,} bytes"
