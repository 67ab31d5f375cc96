"""A control record: the model and policies that are to be live, named and whole, as `keran.control/1` on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from stream.contract.instant import InstantField
from stream.contract.listing import Identifier
from stream.contract.wire import Wire


class LiveModel(Wire):
    """A shelf entry by id, and the digest that its manifest must have."""

    id: Identifier
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class LivePolicy(Wire):
    """A policy document as text, with the lists and rates it reads by their file names."""

    name: Identifier
    document: str
    tables: dict[str, str] = Field(default_factory=dict)


class Control(Wire):
    """What every worker is to run: one pair of a model and policies, swapped together."""

    schema_: Annotated[Literal["keran.control/1"], Field(alias="schema")]
    control_id: Identifier
    issued_at: InstantField
    issued_by: Identifier
    model: LiveModel
    policies: list[LivePolicy]
