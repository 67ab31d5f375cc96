"""What warnings are given beside the policies, by whoever checks: the model's clusters, the time, what cases reach."""

from collections.abc import Mapping
from typing import NamedTuple


class Given(NamedTuple):
    """`as_of` is the moment of checking in microseconds since 1970; None where nobody says what time it is.

    `reached` gives by a policy's file the rules that its cases reach, each as phase and rule; a file that is not in it
    has no cases. None where nobody looked.
    """

    clusters: tuple[str, ...] | None = None
    as_of: int | None = None
    reached: Mapping[str, frozenset[tuple[str, str]]] | None = None
