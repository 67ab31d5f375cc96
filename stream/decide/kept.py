"""Answers that are kept: a key in, what was worked out for it before out, within bounds whatever the keys are."""

from collections.abc import Callable
from typing import Any

REMEMBERED_KEYS = 1 << 16
REMEMBERED_LENGTH = 256  # characters of a key: with the number of keys this keeps a table within some twenty megabytes


class Kept(dict[Any, Any]):
    """Keeps what was worked out for keys of our own making, such as bits; forgets all when full."""

    def __init__(self, work_out: Callable[[Any], Any], limit: int = REMEMBERED_KEYS) -> None:
        super().__init__()
        self.work_out = work_out
        self.limit = limit

    def __missing__(self, key: Any) -> Any:
        found = self.work_out(key)
        self.keep(key, found)
        return found

    def keep(self, key: Any, found: Any) -> None:
        if len(self) >= self.limit:
            self.clear()
        self[key] = found


class Remembered(Kept):
    """Keeps what was worked out for keys that events choose, unless a key is long."""

    def keep(self, key: Any, found: Any) -> None:
        if _length(key) <= REMEMBERED_LENGTH:
            super().keep(key, found)


_NESTED = (tuple, frozenset)


def _length(key: Any) -> int:
    """Count a key's characters, those of its parts included."""
    if isinstance(key, str):
        return len(key)
    return sum(map(_length, key)) if isinstance(key, _NESTED) else 0
