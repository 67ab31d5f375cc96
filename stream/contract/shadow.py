"""A difference: a listing event that the shadow decides otherwise than the live pair, as `keran.shadow/1` on the wire.

Only some are published, so nothing can be counted from them; the worker's metrics count them all.
"""

from typing import Annotated, Literal

from pydantic import Field

from stream.contract.diff import EffectName, Standing
from stream.contract.instant import InstantField
from stream.contract.listing import Identifier
from stream.contract.wire import Wire


class Side(Standing):
    """What one side says, and the model that it classified with."""

    model: str


class Difference(Wire):
    """One listing event, decided both ways at one moment. `effect` is what it would be to make the shadow live."""

    schema_: Annotated[Literal["keran.shadow/1"], Field(alias="schema")]
    event_id: str
    listing_id: Identifier
    title: str
    market: str
    seller_type: str
    effect: EffectName
    live: Side
    shadow: Side
    as_of: InstantField


def write_difference(difference: Difference) -> bytes:
    """Write a difference's value."""
    return difference.model_dump_json(by_alias=True, exclude_none=True).encode()
