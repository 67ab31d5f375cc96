"""A label: a person's answer about one listing, as `keran.label/1` on the wire. It is truth, and can be withdrawn."""

from typing import Annotated, Literal

from pydantic import Field

from stream.contract.instant import InstantField
from stream.contract.listing import Identifier
from stream.contract.wire import Wire


class Label(Wire):
    """The cluster that a person says the listing belongs to; it holds for the title that the person saw."""

    schema_: Annotated[Literal["keran.label/1"], Field(alias="schema")]
    label_id: Identifier
    listing_id: Identifier
    title: str
    cluster: Identifier
    labelled_at: InstantField
    labelled_by: Identifier
    note: str | None = None
    withdrawn: bool = False
