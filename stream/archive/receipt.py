"""Receipts as text: written, and loaded from where somebody kept them. What one says is the contract's."""

from pathlib import Path

from pydantic import ValidationError

from stream.contract.receipt import Receipt
from stream.problems import BadSetup, Problem


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
