"""The event of a case: what differs from the plainest event in, by dotted path; a listing event out.

What can be written follows from the wire's own model, and the wire's own reader has the last word. Texts stay texts:
`NO` is Norway. It refuses to know policies.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin
from zoneinfo import ZoneInfo

import orjson
from pydantic import BaseModel

from stream.contract.dead_letter import DeadLetter
from stream.contract.event import ListingEvent
from stream.contract.instant import Instant, instant_at, parse_instant
from stream.contract.listing import ListingEventModel, Price
from stream.contract.read import read_listing
from stream.decide.facts import FACTS
from stream.decide.kinds import CHOICE, CODE, COUNTRY, IDENTIFIER, MONEY, PATH, SET, TEXT, TIME
from stream.decide.local_time import read_time
from stream.decide.plainest import put
from stream.decide.unreadable import Unreadable
from stream.decide.yaml_nodes import Fields, Items, Node, Place, Scalar, is_empty, shown
from stream.problems import Problem, did_you_mean

_GIVEN = ("schema",)  # what no case may change
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,39})(\.[0-9]{1,40})?")  # all of which JSON reads as finite numbers
_FREE = Any
_WIRE_TYPES = {
    **{kind.name: str for kind in (TEXT, IDENTIFIER, CODE, COUNTRY, CHOICE)},
    **{kind.name: list for kind in (PATH, SET)},
    MONEY.name: Price,
    TIME.name: Instant,
}


class Written(NamedTuple):
    """How values are written: times in `zone`, attributes by the kinds that are declared for them, by path."""

    zone: ZoneInfo
    kinds: Mapping[str, str]


@cache
def event_fields() -> dict[str, Any]:
    """Give every path that a case may write, with the type that the wire asks for there."""
    return dict(_fields(ListingEventModel, ""))


def _fields(model: type[BaseModel], above: str) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        path, kind = f"{above}{field.alias or name}", _kind(field.annotation)
        if path in _GIVEN:
            continue
        yield path, kind
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _fields(kind, f"{path}.")


def _kind(annotation: Any) -> Any:
    """Give a field's type without `| None`, and a list or mapping without what it holds."""
    origin, held = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _kind(next(each for each in held if each is not type(None)))
    if origin is Annotated:
        return _kind(held[0])
    return origin if origin in (list, dict) else annotation


def read_event(
    node: Node | None, said: dict[str, Any], written: Written, problems: list[Problem]
) -> ListingEvent | None:
    """Read what an event says otherwise than `said`; None when the wire would not take it as a listing event."""
    before, places = len(problems), {}
    if node is not None and not isinstance(node, Fields):
        message = f"expected parts of an event, found {shown(node)}"
        return problems.append(node.place.problem(message, "write `{seller.type: cross_border}`"))
    for path, leaf in _leaves(node, "", problems) if node else ():
        places[path] = leaf
        put(said, path, _value(leaf, event_fields().get(path) or _declared(path, written), written.zone))
    return _taken(said, places, node, problems) if len(problems) == before else None


def _leaves(node: Fields, above: str, problems: list[Problem]) -> Iterator[tuple[str, Node]]:
    for key, value in node.entries:
        path = f"{above}{key.text}"
        kind = event_fields().get(path) or (_FREE if _in_attributes(path) else None)
        if kind is None:
            problems.append(_unknown(path, key.place))
        elif isinstance(value, Fields) and value.entries and kind is not _FREE:
            yield from _leaves(value, f"{path}.", problems)
        else:
            yield path, value


def _unknown(path: str, place: Place) -> Problem:
    if path in FACTS:
        hint = "write the parts that it follows from; what the model says is the case's `classification`"
        return place.problem(f"`{path}` is no part of an event, it follows from one", hint)
    known = event_fields()
    leaves = [name for name in known if not any(other.startswith(f"{name}.") for other in known)]
    hint = f"an event has {', '.join(f'`{name}`' for name in leaves)}"
    return place.problem(f"unknown part of an event `{path}`{did_you_mean(path, known)}", hint)


def _in_attributes(path: str) -> bool:
    return any(path.startswith(f"{name}.") for name, kind in event_fields().items() if kind is dict)


def _declared(path: str, written: Written) -> Any:
    """Give the type in which the wire has an attribute, by the kind that is declared for it."""
    return _WIRE_TYPES.get(written.kinds.get(path, ""), _FREE)


def _value(node: Node, kind: Any, zone: ZoneInfo) -> Any:
    """Give what a node says as the wire writes it; what does not fit goes as it is, for the wire to refuse."""
    if is_empty(node):
        return None
    if kind in (_FREE, dict):
        return _json(node)
    if kind is list:
        return _list(node)
    if not isinstance(node, Scalar):
        return _json(node)
    if kind is Price:
        amount, _, currency = node.text.partition(" ")
        return {"amount": amount, "currency": currency.strip()}
    if kind is Instant:
        return _time(node.text, zone)
    return _json(node) if kind in (int, float) else node.text


def _time(text: str, zone: ZoneInfo) -> str:
    """Give a date or time of the policy's zone as the wire writes it; what has an offset, or is no time, as it is."""
    try:
        parse_instant(text)
    except ValueError:
        with suppress(Unreadable):
            return instant_at(read_time(text, zone)).text
    return text


def _list(node: Node) -> Any:
    """Give a list of texts; `Fashion > Muslim` is the steps of a path, one text is a list of one."""
    if isinstance(node, Scalar):
        return [step.strip() for step in node.text.split(">")]
    if isinstance(node, Items):
        return [item.text if isinstance(item, Scalar) else _json(item) for item in node.nodes]
    return _json(node)


def _json(node: Node) -> Any:
    """Give a node as JSON: unquoted numbers, `true` and `false` are what they say, all else is text."""
    match node:
        case Items(nodes):
            return [_json(item) for item in nodes]
        case Fields(entries):
            return {key.text: _json(value) for key, value in entries}
        case Scalar(text, quoted):
            if node.empty:
                return None
            return orjson.loads(text) if not quoted and (text in ("true", "false") or _NUMBER.fullmatch(text)) else text


def _taken(
    said: dict[str, Any], places: Mapping[str, Node], node: Node | None, problems: list[Problem]
) -> ListingEvent | None:
    """Have the wire read it."""
    event = read_listing(orjson.dumps(said))
    if isinstance(event, ListingEvent):
        return event
    if not isinstance(event, DeadLetter):
        at = places["event_type"].place
        return problems.append(at.problem("a removal is not decided", "`listing.created` and `listing.updated` are"))
    path = event.path.removeprefix("$.")
    near = [leaf for name, leaf in places.items() if path == name or path.startswith((f"{name}.", f"{name}["))]
    place = (near[0] if near else node).place
    return problems.append(place.problem(f"no event: {event.reason}", "the wire would refuse it too"))
