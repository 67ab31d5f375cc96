"""What is decided now of the listings of one partition, in compact form: runs of `decisions` in, columns out.

Of each listing it keeps what its last decision or tombstone says: the place of its event, the decision's id, allow or
block, review, who decided, and a digest of what else it says. It refuses to know where the records come from, and what
the same listing would be decided today.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any, NamedTuple, Protocol

import msgspec
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stream.contract.instant import parse_instant
from stream.contract.outcome import Place
from stream.contract.placed import ID_BYTES, ID_CHARACTERS, read_places
from stream.contract.record import Record

REMOVED, BLOCK, REVIEW = 1, 2, 4
# What waits to be folded in: so many rows, or as many as stand already, whichever is more.
_WAITING = 50_000
_NO_ID = b"\0" * 16
# A tombstone without a place: older than anything.
NOWHERE = Place(-1, 0, b"")


class Said(Protocol):
    """What a ruling says besides allow or block and review; `origin` is its mapping."""

    reasons: Sequence[Any]
    advice: Sequence[Any]
    annotations: Sequence[Any]
    evidence: Sequence[Any]
    origin: Any


class _Origin(msgspec.Struct):
    conflicts: msgspec.Raw


class _Classification(msgspec.Struct):
    model: str
    cluster: str


class DecisionRead(msgspec.Struct):
    """What is read of a decision; what is compared as a whole stays JSON."""

    decision_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    event_id: Annotated[str, msgspec.Meta(max_length=ID_CHARACTERS)]
    occurred_at: str
    revision: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None
    decision: str
    review: bool
    reasons: msgspec.Raw
    advice: msgspec.Raw
    annotations: msgspec.Raw
    evidence: msgspec.Raw
    origin: _Origin
    classification: _Classification
    policies: list[str]

    def said(self) -> tuple[msgspec.Raw, ...]:
        """Give what it says besides allow or block and review, in the order of `digest_of`."""
        return self.reasons, self.advice, self.annotations, self.evidence, self.origin.conflicts


_decode = msgspec.json.Decoder(DecisionRead).decode


class Deciders(NamedTuple):
    """Who decided: a model and the ids of the policies in force."""

    model: str
    policies: tuple[str, ...]


class Row(NamedTuple):
    """What is decided of one listing; of one that is removed only its place counts."""

    place: Place
    flags: int
    by: Deciders | None
    said: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A partition's listings, sorted by the hash of their keys; `unreadable` records count as not there."""

    hashes: NDArray[np.int64]
    keys: pa.LargeBinaryArray
    event_ids: pa.LargeBinaryArray
    revisions: NDArray[np.int64]
    moments: NDArray[np.int64]
    decision_ids: NDArray[np.void]
    flags: NDArray[np.uint8]
    by: NDArray[np.uint32]
    said: NDArray[np.uint64]
    deciders: Sequence[Deciders | None]
    salt: bytes = b""
    unreadable: int = 0

    def __len__(self) -> int:
        return len(self.hashes)

    def nbytes(self) -> int:
        """Give the bytes of all columns."""
        held = (self.hashes, self.revisions, self.moments, self.decision_ids, self.flags, self.by, self.said)
        return sum(column.nbytes for column in held) + self.keys.nbytes + self.event_ids.nbytes

    def find(self, keys: Sequence[bytes]) -> list[int]:
        """Give the row of each key, -1 where nothing is decided of it."""
        if not len(self) or not keys:
            return [-1] * len(keys)
        wanted = _hashes(keys, self.salt)
        at = np.minimum(np.searchsorted(self.hashes, wanted), len(self) - 1)
        same = pc.equal(self.keys.take(pa.array(at)), pa.array(keys, pa.large_binary()))
        # Two keys of one hash do not stand here (`_fold` sees to it), so what is not the same is not there.
        return np.where(same.to_numpy(zero_copy_only=False), at, -1).tolist()

    def row(self, at: int) -> Row:
        """Give what is decided of one listing."""
        event_id, decision_id = self.event_ids[at].as_py(), self.decision_ids[at].tobytes()
        place = Place(int(self.revisions[at]), int(self.moments[at]), event_id, decision_id.hex().encode())
        return Row(place, int(self.flags[at]), self.deciders[self.by[at]], int(self.said[at]))

    def rows(self, found: Sequence[int]) -> list[Row | None]:
        """Give what is decided of each of the rows that `find` gave."""
        at = np.array(found, np.int64)
        there = at[at >= 0]
        ids = self.event_ids.take(pa.array(there)).to_pylist()
        names = [name.hex().encode() for name in self.decision_ids[there].tolist()]
        columns = (self.revisions, self.moments, self.flags, self.by, self.said)
        revisions, moments, flags, by, said = (column[there].tolist() for column in columns)
        places = map(Place, revisions, moments, ids, names)
        held = iter(list(map(Row, places, flags, [self.deciders[each] for each in by], said)))
        return [next(held) if each >= 0 else None for each in found]


class Gathering:
    """Takes runs of `decisions` in order, and gives what stands at the end: of each listing the last that was said."""

    def __init__(self, by_of: Callable[[DecisionRead], Deciders] | None = None) -> None:
        """`by_of` gives what is kept of a decision, once, where that is more than who decided."""
        self._by_of = by_of or _deciders
        self._deciders: dict[Deciders | None, int] = {None: 0}
        self._standing = _empty()
        self._unreadable = 0
        self._waiting: list[tuple[bytes, Row]] = []

    def take(self, records: Sequence[Record]) -> None:
        """Take a run. What nobody of ours wrote is counted and passed over, as workers do."""
        for record in records:
            row = None if record.key is None or len(record.key) > ID_BYTES else _read(record, self._by_of)
            if row is None:
                self._unreadable += 1
            else:
                self._waiting.append((record.key, row))
        if len(self._waiting) > max(_WAITING, len(self._standing) // 4):
            self._settle()

    def decided(self) -> Decided:
        """Give what stands."""
        self._settle()
        held = self._standing
        columns = [getattr(held, name) for name in Decided.__slots__[:9]]
        return Decided(*columns, tuple(self._deciders), held.salt, self._unreadable)

    def _settle(self) -> None:
        keys, rows = [key for key, _ in self._waiting], [row for _, row in self._waiting]
        self._waiting = []
        if keys:
            by = [self._deciders.setdefault(row.by, len(self._deciders)) for row in rows]
            self._standing = _fold(self._standing, keys, rows, by)


def decided_of(runs: Iterable[Sequence[Record]]) -> Decided:
    """Give what is decided, from runs of records of one partition, or of a file, in order."""
    gathering = Gathering()
    for records in runs:
        gathering.take(records)
    return gathering.decided()


def digest_of(ruling: Said) -> int:
    """Digest what a ruling says besides allow or block and review: the same as of the decision that is written of it.

    Reasons, advice, annotations, evidence and conflicts; not scores, ids and times.
    """
    said = (ruling.reasons, ruling.advice, ruling.annotations, ruling.evidence, ruling.origin["conflicts"])
    return _digest(map(orjson.dumps, said))


def _deciders(found: DecisionRead) -> Deciders:
    return Deciders(found.classification.model, tuple(found.policies))


def _read(record: Record, by_of: Callable[[DecisionRead], Deciders]) -> Row | None:
    if record.value is None:
        return Row(read_places([record])[0] or NOWHERE, REMOVED, None, 0)
    try:
        found = _decode(record.value)
        moment = parse_instant(found.occurred_at).micros
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        return None
    place = Place(found.revision or 0, moment, found.event_id.encode(), found.decision_id.encode())
    flags = (BLOCK if found.decision == "block" else 0) | (REVIEW if found.review else 0)
    return Row(place, flags, by_of(found), _digest(map(bytes, found.said())))


def _digest(parts: Iterable[bytes]) -> int:
    return int.from_bytes(blake2b(b"\n".join(parts), digest_size=8).digest())


def _empty() -> Decided:
    nothing, none = np.zeros(0, np.int64), pa.array([], pa.large_binary())
    return _columns([], none, [], [], nothing, b"")


def _columns(keys: Any, held: Any, rows: Sequence[Row], by: Sequence[int], hashes: Any, salt: bytes) -> Decided:
    ids = b"".join([bytes.fromhex(row.place.decision_id.decode()) or _NO_ID for row in rows])
    return Decided(
        hashes,
        held,
        pa.array([row.place.event_id for row in rows], pa.large_binary()),
        np.fromiter((row.place.revision for row in rows), np.int64, len(rows)),
        np.fromiter((row.place.occurred_at for row in rows), np.int64, len(rows)),
        np.frombuffer(ids, "V16"),
        np.fromiter((row.flags for row in rows), np.uint8, len(rows)),
        np.array(by, np.uint32),
        np.fromiter((row.said for row in rows), np.uint64, len(rows)),
        (),
        salt,
    )


def _fold(standing: Decided, keys: Sequence[bytes], rows: Sequence[Row], by: Sequence[int]) -> Decided:
    """Put what came behind what stands: sorted by hash, of each key the last."""
    held = pa.array(keys, pa.large_binary())
    new = _columns(keys, held, rows, by, _hashes(keys, standing.salt), standing.salt)
    joined = _joined(standing, new)
    while True:
        order = np.argsort(joined.hashes, kind="stable")
        same_hash = joined.hashes[order[1:]] == joined.hashes[order[:-1]]
        sorted_keys = joined.keys.take(pa.array(order))
        same_key = pc.equal(sorted_keys[1:], sorted_keys[:-1]).to_numpy(zero_copy_only=False)
        if not (same_hash & ~same_key).any():
            break
        # Two keys of one hash, once in many million listings' runs: other hashes for all.
        salt = joined.salt + b"+"
        joined = _with_salt(joined, salt)
    return _rows_of(joined, order[np.append(~same_hash, True)])


def _joined(a: Decided, b: Decided) -> Decided:
    def both(name: str) -> Any:
        one, other = getattr(a, name), getattr(b, name)
        return np.concatenate([one, other]) if isinstance(one, np.ndarray) else pa.concat_arrays([one, other])

    return Decided(*map(both, Decided.__slots__[:9]), (), a.salt)


def _rows_of(held: Decided, at: NDArray[np.int64]) -> Decided:
    def part(name: str) -> Any:
        column = getattr(held, name)
        return column[at] if isinstance(column, np.ndarray) else column.take(pa.array(at))

    return Decided(*map(part, Decided.__slots__[:9]), (), held.salt)


def _with_salt(held: Decided, salt: bytes) -> Decided:
    hashes = _hashes(held.keys.to_pylist(), salt)
    return Decided(hashes, *(getattr(held, name) for name in Decided.__slots__[1:9]), (), salt)


def _hashes(keys: Sequence[bytes], salt: bytes) -> NDArray[np.int64]:
    # Python's own hash of bytes is SipHash, 64 bits, under a secret of this process.
    salted: Callable[[bytes], int] = hash if not salt else lambda key: hash(salt + key)
    return np.fromiter(map(salted, keys), np.int64, len(keys))
