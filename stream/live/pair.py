"""A pair as it is named on the wire: a shelf entry by digest, and policy documents whole with their tables.

Values in, digests and names out. It refuses to know files and Kafka.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import orjson

from stream.contract.control import Control, LiveModel, LivePolicy, Replaced
from stream.contract.running import Named
from stream.pipeline import Pipeline

PAIR_DIGITS = 16


class Pair(NamedTuple):
    """A model and the policies that go with it."""

    model: LiveModel
    policies: tuple[LivePolicy, ...]

    @property
    def digest(self) -> str:
        """Name what decides, the same whether it came by `control` or lay in a folder: by texts, not by file names."""
        policies = sorted([policy.document, sorted(policy.tables.items())] for policy in self.policies)
        return sha256(orjson.dumps([self.model.digest, policies])).hexdigest()[:PAIR_DIGITS]


def pair_in(record: Control | Replaced) -> Pair:
    """Give the pair that a control record asks for, or that it replaced."""
    return Pair(record.model, tuple(record.policies))


def replaced_by(record: Control) -> Replaced:
    """Give what the record that comes after this one replaces."""
    return Replaced(
        control_id=record.control_id,
        issued_at=record.issued_at,
        issued_by=record.issued_by,
        model=record.model,
        policies=record.policies,
    )


def named(pair: Pair, pipeline: Pipeline) -> Named:
    """Name a loaded pair for people and for comparing."""
    policies = [f"{policy.name}@{policy.version}" for policy in pipeline.policies.policies]
    return Named(pair=pair.digest, model=pipeline.model.id, policies=policies)


def texts_of(policies: Iterable[LivePolicy]) -> dict[str, str]:
    """Give every text of policies by its file's name: a document's, and its tables' below it."""
    texts: dict[str, str] = {}
    for policy in policies:
        texts[policy.name] = policy.document
        texts |= {f"{policy.name}: {name}": text for name, text in policy.tables.items()}
    return texts
