"""The published JSON Schemas, one a wire format, generated from the models: `python -m stream.contract.schemas`."""

import json
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from stream.contract.audit import Audit
from stream.contract.control import Control
from stream.contract.dead_letter import DeadLetterHeaders
from stream.contract.dead_record import MarkHeaders, ReplayedHeaders
from stream.contract.decision import Decision, DecisionHeaders, TombstoneHeaders
from stream.contract.diff import Diff
from stream.contract.impact import Impact
from stream.contract.label import Label
from stream.contract.listing import ListingEventModel, RemovalEventModel
from stream.contract.receipt import Receipt
from stream.contract.request import RequestHeaders
from stream.contract.running import Running
from stream.contract.segment import SegmentMeta
from stream.contract.shadow import Difference

# File stem -> what it describes. A format's version is part of its name: a break is a new file, the old one stays.
FORMATS: dict[str, type[BaseModel] | object] = {
    "keran.listing-1": ListingEventModel | RemovalEventModel,
    "keran.decision-1": Decision,
    "keran.decision-headers-1": DecisionHeaders,
    "keran.tombstone-headers-1": TombstoneHeaders,
    "keran.dead-letter-headers-1": DeadLetterHeaders,
    "keran.dead-letter-mark-headers-1": MarkHeaders,
    "keran.replayed-headers-1": ReplayedHeaders,
    "keran.label-1": Label,
    "keran.control-1": Control,
    "keran.diff-1": Diff,
    "keran.audit-1": Audit,
    "keran.impact-1": Impact,
    "keran.receipt-1": Receipt,
    "keran.request-headers-1": RequestHeaders,
    "keran.segment-1": SegmentMeta,
    "keran.running-1": Running,
    "keran.shadow-1": Difference,
}


def schema_text(stem: str) -> str:
    """Give a format's JSON Schema as the text that its file holds."""
    schema = TypeAdapter(FORMATS[stem]).json_schema(mode="validation")
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": stem, **schema}
    return json.dumps(draft, indent=1, ensure_ascii=False) + "\n"


def schema_file(stem: str) -> Path:
    """Say where a format's schema is kept."""
    return Path(__file__).with_name(f"{stem}.schema.json")
