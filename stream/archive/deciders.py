"""Who decided: the model and policies that archived decisions name, looked up among what the archive keeps.

Records go in; what is named and not kept, or kept and altered, comes out. It refuses to know Kafka.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from stream.archive.kept import POLICIES, digest_of, files_in, kept_folders
from stream.classify.artifact import read_manifest
from stream.contract.answer import is_labelled
from stream.contract.instant import parse_instant
from stream.contract.record import Record
from stream.decide.asks import Moment
from stream.decide.load import find_policies
from stream.decide.policy import Policy
from stream.problems import BadSetup


class _Named(msgspec.Struct, frozen=True):
    model: str


class Deciding(msgspec.Struct, frozen=True):
    """What of a decision says who decided it."""

    classification: _Named
    policies: list[str]
    as_of: str


_decode = msgspec.json.Decoder(Deciding).decode


class Deciders:
    """What an archive keeps, and what its decisions have named so far: each id once, with the first place of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._models: dict[str, str] = {}
        self._policies: dict[str, tuple[str, str]] = {}

    def note(self, record: Record, place: str) -> None:
        """Take notice of what a decision names; a tombstone names nothing, nor does what is no decision of ours."""
        if record.value is None:
            return
        try:
            decision = _decode(record.value)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return
        if not is_labelled(decision.classification.model):
            self._models.setdefault(decision.classification.model, place)
        for policy in decision.policies:
            self._policies.setdefault(policy, (decision.as_of, place))

    def faults(self) -> Iterator[tuple[str, str]]:
        """Give what is named and not kept, and what was altered: the place and what it is."""
        for place, files, what in kept_folders(self._folder):
            if digest_of(files_in(files)) != place.name:
                yield str(place.relative_to(self._folder)), f"{what} was altered: its digest is another"
        for model, place in self._models.items():
            if self.model_folder(model) is None:
                yield place, f"model `{model}` decided this and is not kept"
        for policy, (as_of, place) in self._policies.items():
            if self.policy_folder(policy, as_of) is None:
                yield place, f"policy `{policy}` decided this and is not kept"

    def model_folder(self, model: str) -> Path | None:
        """Give the kept entry of a model id."""
        name, _, digits = model.partition("#")
        for _, place, what in kept_folders(self._folder):
            if what == f"model {name}" and _manifest_digest(place).startswith(digits):
                return place
        return None

    def entry_of(self, clusters: Sequence[str]) -> Path | None:
        """Give a kept entry of these clusters: what a person's label said, any of them gives."""
        for _, place, what in kept_folders(self._folder):
            if what.startswith("model ") and _clusters(place) == tuple(clusters):
                return place
        return None

    def policy_folder(self, policy_id: str, as_of: str) -> Path | None:
        """Give the kept documents that decide under this id at this moment."""
        try:
            moment = parse_instant(as_of).micros
        except ValueError:
            return None
        for place, policies in self._kept_policies:
            for policy in policies:
                phase = policy.phase_at(at := Moment(moment, moment))
                if phase and policy.id_at(phase, at) == policy_id:
                    return place
        return None

    @cached_property
    def _kept_policies(self) -> list[tuple[Path, tuple[Policy, ...]]]:
        places = [place for place, _, _ in kept_folders(self._folder) if place.parent.parent.name == POLICIES]
        return [(place, find_policies(place, None)[0].policies) for place in places]


def _manifest_digest(entry: Path) -> str:
    try:
        return read_manifest(entry)[1]
    except (BadSetup, OSError):
        return "-"


def _clusters(entry: Path) -> tuple[str, ...]:
    try:
        return tuple(read_manifest(entry)[0].clusters)
    except (BadSetup, OSError):
        return ()
