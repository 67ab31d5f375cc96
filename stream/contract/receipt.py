"""A receipt: where each partition of an archive ended, for keeping elsewhere; `keran.receipt/1`.

Who holds one can tell later whether the end of an archive was cut off, or the whole of it written anew.
"""

from typing import Annotated, Literal

from pydantic import Field

from stream.contract.segment import Hash, Offset
from stream.contract.wire import Wire


class PartitionHead(Wire):
    """The end of a partition: the next offset, how many records lie before it, the chain, the last file's SHA-256."""

    topic: str
    partition: Offset
    next: Offset
    records: Offset
    chain: Hash
    segment: Hash | None


class Receipt(Wire):
    """The ends of all partitions."""

    schema_: Annotated[Literal["keran.receipt/1"], Field(alias="schema")] = "keran.receipt/1"
    partitions: list[PartitionHead]
