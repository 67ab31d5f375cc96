"""A control record: the model and policies that are to be live, named and whole, as `keran.control/1` on the wire.

The bounds hold a record that carries two pairs and a shadow to a size that one Kafka record can have.
"""

from typing import Annotated, Literal

from pydantic import Field

from stream.contract.instant import InstantField
from stream.contract.listing import Identifier
from stream.contract.wire import Wire

# The key of what is to be live. `worker/NAME` is the key of what a worker runs, `keran.running/1`.
LIVE_KEY = b"live"
WORKER_KEY = "worker/{}"
POLICIES_AT_MOST = 64
DOCUMENT_CHARACTERS = 256 * 1024
TABLE_CHARACTERS = 4 * 1024 * 1024

Document = Annotated[str, Field(min_length=1, max_length=DOCUMENT_CHARACTERS)]
TableText = Annotated[str, Field(max_length=TABLE_CHARACTERS)]


class LiveModel(Wire):
    """A shelf entry by id, and the digest that its manifest must have."""

    id: Identifier
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class LivePolicy(Wire):
    """A policy document as text, with the lists and rates it reads by their file names."""

    name: Identifier
    document: Document
    tables: Annotated[dict[Identifier, TableText], Field(max_length=POLICIES_AT_MOST)] = Field(default_factory=dict)


LivePolicies = Annotated[list[LivePolicy], Field(min_length=1, max_length=POLICIES_AT_MOST)]


class Shadow(Wire):
    """What decides beside the live pair and publishes nothing; what it does not name is the live pair's."""

    model: LiveModel | None = None
    policies: LivePolicies | None = None


class Replaced(Wire):
    """The pair that was live before, whole, so that going back to it needs nothing but this record."""

    control_id: Identifier
    issued_at: InstantField
    issued_by: Identifier
    model: LiveModel
    policies: LivePolicies


class Control(Wire):
    """What every worker is to run: one pair of a model and policies, swapped together.

    Without `replaced` the workers ran what lay in their own folders before.
    """

    schema_: Annotated[Literal["keran.control/1"], Field(alias="schema")]
    control_id: Identifier
    issued_at: InstantField
    issued_by: Identifier
    model: LiveModel
    policies: LivePolicies
    note: Annotated[str, Field(max_length=1_000)] | None = None
    shadow: Shadow | None = None
    replaced: Replaced | None = None


def write_control(control: Control) -> bytes:
    """Write a control record's value."""
    return control.model_dump_json(by_alias=True, exclude_none=True).encode()
