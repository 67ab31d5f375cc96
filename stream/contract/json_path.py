"""Where in a broken JSON text something stands: a position in, a path such as `$.listing.title` out.

Only refusals are worded with it, so it may be slow. It refuses to judge: the text before the position is taken as it
comes.
"""

import re

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([{}\[\],:])', re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_DEEPEST = 32


def json_path(parts: tuple[str | int, ...]) -> str:
    """Spell a path: names after a dot, positions in brackets, anything unusual quoted; the middle of a very deep one is
    left out.

    >>> json_path(("listing", "category_path", 0))
    '$.listing.category_path[0]'
    """
    if len(parts) > _DEEPEST:
        half = _DEEPEST // 2
        return json_path(parts[:half]) + "..." + json_path(parts[-half:])[1:]
    return "$" + "".join(_step(part) for part in parts)


def path_at(text: str, position: int) -> str:
    """Give the path of the value that stands at, or is missing at, a character position of a JSON text.

    >>> path_at('{"listing": {"price": NaN}}', 22)
    '$.listing.price'
    """
    stack: list[str | int | None] = []
    last_string = None
    for token in _TOKEN.finditer(text, 0, position):
        string, mark = token.groups()
        if mark is None:
            last_string = string
        elif mark in "{[":
            stack.append(None if mark == "{" else 0)
        elif mark in "}]":
            del stack[-1:]
        elif mark == ":" and stack:
            stack[-1] = last_string
        elif mark == "," and stack:
            stack[-1] = stack[-1] + 1 if isinstance(stack[-1], int) else None
    return json_path(tuple(part for part in stack if part is not None))


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    shown = part if len(part) <= 60 else part[:57] + "..."
    return f".{shown}" if _PLAIN.fullmatch(shown) else f"[{shown!r}]"
