"""The path of a figure, such as `indonesian.craft.f1` or `blocks["0.10"].precision`, and where it leads in a value.

A step is a name, a name in brackets where it holds a dot, a number in brackets for the end of an interval, or `*` for
each name there is. Knows no gate and no file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stream.problems import did_you_mean

Path = tuple[str | int, ...]
_STEP = re.compile(r"""\.?(?:(?P<name>[\w-]+|\*)|\["(?P<quoted>[^"]+)"\]|\[(?P<number>-?\d+)\])""")


class NoSuchFigure(LookupError):  # noqa: N818 - it is told as a problem, not raised to a user
    """No path leads there. The text says which step is unknown and which was perhaps meant."""


def parse_path(text: str) -> Path | None:
    """Read a path; None if it is none.

    >>> parse_path('blocks["0.10"].precision_interval[0]')
    ('blocks', '0.10', 'precision_interval', 0)
    >>> parse_path("by..f1") is None
    True
    """
    steps, at = [], 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or (at == 0 and text.startswith(".")):
            return None
        steps.append(int(found["number"]) if found["number"] else found["name"] or found["quoted"])
        at = found.end()
    return tuple(steps) or None


def show_path(path: Path) -> str:
    """Write a path as it is read.

    >>> show_path(("blocks", "0.10", "recall_interval", 0))
    'blocks["0.10"].recall_interval[0]'
    """
    return "".join(map(_show_step, path)).removeprefix(".")


def figures_at(value: Any, path: Path, before: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give every place that a path leads to, and what stands there: None where these rows do not give the figure.

    `*` leads to the names from which the rest of the path goes on. Raises NoSuchFigure where no name is as a step says.
    """
    if not path or value is None:
        yield before + path, value
    elif path[0] == "*" and isinstance(value, Mapping):
        yield from _each(value, path[1:], before)
    else:
        yield from figures_at(_take(value, path[0], before), path[1:], (*before, path[0]))


def _each(value: Mapping[str, Any], rest: Path, before: Path) -> Iterator[tuple[Path, Any]]:
    found, missing = [], None
    for name, inner in value.items():
        try:
            found += figures_at(inner, rest, (*before, name))
        except NoSuchFigure as error:
            missing = error
    if missing is not None and not found:
        raise missing
    yield from found


def _take(value: Any, step: str | int, before: Path) -> Any:
    if isinstance(value, Mapping) and step in value:
        return value[step]
    if isinstance(value, Sequence) and not isinstance(value, str) and isinstance(step, int) and step < len(value):
        return value[step]
    within = f" in `{show_path(before)}`" if before else ""
    near = did_you_mean(str(step), map(str, value)) if isinstance(value, Mapping) else ""
    raise NoSuchFigure(f"`{step}`{within}{near}")


def _show_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(r"[\w-]+|\*", step) else f'["{step}"]'
