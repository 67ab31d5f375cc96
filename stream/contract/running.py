"""What a worker runs: its word on the control topic under `worker/NAME`, as `keran.running/1` on the wire.

A worker writes it when it starts, swaps or refuses, and anew every so often; when it stops, a null takes its place.
"""

from typing import Annotated, Literal

from pydantic import Field

from stream.contract.instant import InstantField
from stream.contract.listing import Identifier
from stream.contract.wire import Wire

PairDigest = Annotated[str, Field(pattern="^[0-9a-f]{16}$", description="the same for the same model and policies")]


class Named(Wire):
    """A pair by name: the model's id with its digest, and the policies' names with their versions."""

    pair: PairDigest
    model: str
    policies: list[str]


class Fault(Wire):
    """One reason why something was refused."""

    message: str
    place: str
    hint: str = ""


class Refusal(Wire):
    """What a worker was offered and did not take; without a `control_id` it came from the worker's own folders."""

    control_id: Identifier | None
    refused_at: InstantField
    faults: list[Fault]


class Running(Wire):
    """What a worker decides with at `said_at`, since when, and what it refused last, if that is still wanted of it.

    Without a `control_id` the pair is that of the worker's own folders.
    """

    schema_: Annotated[Literal["keran.running/1"], Field(alias="schema")]
    worker: Identifier
    said_at: InstantField
    runs: Named
    control_id: Identifier | None = None
    since: InstantField
    shadow: Named | None = None
    shadow_faults: list[Fault] = Field(default_factory=list, description="why there is no shadow, where one is wanted")
    refused: Refusal | None = None


def write_running(running: Running) -> bytes:
    """Write a running record's value."""
    return running.model_dump_json(by_alias=True, exclude_none=True).encode()
