"""Three-valued logic (Kleene's): true, false, and None for unknown, which is never taken for false.

Truths come in, one truth goes out; it refuses to know what they are about.
"""

from collections.abc import Iterable

Truth = bool | None


def opposite(truth: Truth) -> Truth:
    """Negate a truth; what is unknown stays unknown.

    >>> opposite(True), opposite(False), opposite(None)
    (False, True, None)
    """
    return None if truth is None else not truth


def every(truths: Iterable[Truth]) -> Truth:
    """All of them: one false settles it, else one unknown leaves it open.

    >>> every([True, None]), every([None, False]), every([])
    (None, False, True)
    """
    known = list(truths)
    return False if False in known else None if None in known else True


def some(truths: Iterable[Truth]) -> Truth:
    """At least one of them: one true settles it, else one unknown leaves it open.

    >>> some([False, None]), some([None, True]), some([])
    (None, True, False)
    """
    known = list(truths)
    return True if True in known else None if None in known else False
