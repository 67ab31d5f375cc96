"""The plainest listing event: what an event must say, and no more. Cases and test vectors say what differs from it."""

from copy import deepcopy
from typing import Any

from stream.contract.instant import instant_at
from stream.decide.attributes import steps_of

# The title is no name of anything: titles let on where goods are sent from, and rules look for patterns in them.
_PLAINEST = {
    "schema": "keran.listing/1",
    "event_id": "E-1",
    "event_type": "listing.updated",
    "listing": {"id": "L-1", "title": "listing"},
    "seller": {"id": "S-1", "type": "local"},
}


def plainest(market: str, as_of: int) -> dict[str, Any]:
    """Give the event as it stands on the wire; it happened at `as_of`, in microseconds since 1970."""
    return {**deepcopy(_PLAINEST), "occurred_at": instant_at(as_of).text, "market": market}


def put(event: dict[str, Any], path: str, value: Any) -> None:
    """Let an event say something at a path; None takes away what is there, so that it is unknown."""
    *above, last = steps_of(path)
    part = event
    for step in above:
        if not isinstance(part.get(step), dict):
            part[step] = {}
        part = part[step]
    if value is None:
        part.pop(last, None)
    else:
        part[last] = value
