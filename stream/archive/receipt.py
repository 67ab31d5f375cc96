"""A receipt: where each partition of an archive ended, for keeping elsewhere; `keran.receipt/1`.

Who holds one can tell later whether the end of an archive was cut off, or the whole of it written anew.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from stream.archive.segment import Hash, Offset
from stream.contract.wire import Wire
from stream.problems import BadSetup, Problem


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


def write_receipt(receipt: Receipt) -> str:
    """Write a receipt as text."""
    return receipt.model_dump_json(by_alias=True, indent=1) + "\n"


def load_receipt(place: Path) -> Receipt:
    """Load a receipt. Raises BadSetup."""
    hint = "a file that `keran audit receipt` wrote"
    try:
        return Receipt.model_validate_json(place.read_bytes())
    except OSError as reason:
        problem = Problem(f"file cannot be read: {reason.strerror}", str(place), hint)
        raise BadSetup([problem]) from None
    except ValidationError:
        raise BadSetup([Problem("expected a receipt", str(place), hint)]) from None
