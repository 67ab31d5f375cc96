"""A case: one listing event at one moment, what the model is taken to say of it, and what the policy should decide.

Frozen values; it refuses to know YAML, files and how a case is run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stream.contract.classification import Classification
from stream.contract.event import ListingEvent
from stream.contract.instant import Instant
from stream.decide.yaml_nodes import Place


@dataclass(frozen=True, slots=True)
class Expected:
    """What a case expects of one part of the ruling, and where it says so."""

    value: Any
    place: Place


@dataclass(frozen=True, slots=True)
class Case:
    """`classification` is None where the shelf's model is to read the title."""

    name: str
    as_of: Instant
    as_known_on: Instant | None
    event: ListingEvent
    classification: Classification | None
    expected: Mapping[str, Expected]
    place: Place
