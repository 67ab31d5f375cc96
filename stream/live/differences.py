"""What a new pair changes in an old one, in words for whoever publishes it."""

from collections.abc import Iterator
from difflib import unified_diff

from stream.live.pair import Pair, texts_of

LINES_AT_MOST = 200


def differences(old: Pair | None, new: Pair) -> list[str]:
    """Give the lines that tell old from new; none where both are the same."""
    if old is None:
        return [f"model {new.model.id}#{new.model.digest[:8]}", *(f"policy {policy.name}" for policy in new.policies)]
    lines = list(_lines(old, new))
    left = len(lines) - LINES_AT_MOST
    return lines if left <= 0 else [*lines[:LINES_AT_MOST], f"and {left} lines more"]


def _lines(old: Pair, new: Pair) -> Iterator[str]:
    if old.model != new.model:
        was, now = (f"{model.id}#{model.digest[:8]}" for model in (old.model, new.model))
        yield f"model {was} -> {now}"
    before, after = texts_of(old.policies), texts_of(new.policies)
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was is None:
            yield f"added {name}"
        elif now is None:
            yield f"removed {name}"
        else:
            yield from unified_diff(was.splitlines(), now.splitlines(), f"live/{name}", f"new/{name}", lineterm="")
