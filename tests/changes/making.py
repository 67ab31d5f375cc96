"""What the tests of changes make their cases from: the two editions beside this file, and tallies of lines under them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stream.changes.tally import Tally
from stream.decide.load import load_policies
from stream.engines.diff import Sides, diff
from stream.pipeline import Pipeline

HERE = Path(__file__).parent
EVENTS, OLD, NEW = HERE / "events.jsonl", HERE / "old.yaml", HERE / "new.yaml"


def sides_of(pipeline: Pipeline, old: Path = OLD, new: Path = NEW) -> Sides:
    """Give two policy sets under the shipped model."""
    clusters = pipeline.model.clusters
    return Sides(pipeline.model, load_policies(old, clusters), load_policies(new, clusters))


def tally_of(sides: Sides, lines: Iterable[bytes], **options: Any) -> Tally:
    """Count what changes on lines."""
    return diff(sides, lines, "in.jsonl", **options)


def line(number: int = 1, **changed: Any) -> bytes:
    """Give a listing event that the new edition blocks and the old one does not, with parts changed."""
    listing = {"id": f"L-{number}", "title": "Keripik tempe renyah gurih"} | changed.pop("listing", {})
    seller = {"id": "S-1", "type": "local"} | changed.pop("seller", {})
    event = {
        "schema": "keran.listing/1",
        "event_id": f"E-{number}",
        "event_type": "listing.updated",
        "occurred_at": "2021-08-03T09:00:00+07:00",
        "market": "ID",
        "listing": listing,
        "origin": {"country": "CN"},
        "seller": seller,
    }
    return json.dumps(event | changed).encode()
