"""A run's outcomes as columns: one source of bytes, and where each outcome's key, value and ids stand in it.

What wrote them comes in as arrays, or outcomes that somebody made one by one; out come some of them, or others in their
place, and an outcome only where somebody asks for one. It refuses to know topics, partitions and what a value says.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import starmap
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from stream.contract.outcome import Kind, Outcome, Place
from stream.contract.record import Headers
from stream.contract.rows import Source, Spans, join_rows, span_type

# What `kinds` holds of each.
KINDS = tuple(Kind)
CODES = {kind: np.uint8(code) for code, kind in enumerate(KINDS)}
SUPERSEDES = "keran-supersedes"
_NO_ID = b"0" * 32
_BY_ROW = (
    *("kinds", "tallies", "keys", "no_key", "values", "no_value", "review", "answered"),
    *("placed", "revisions", "micros", "event_ids", "decision_ids", "replaced_ids"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes(Sequence[Outcome]):
    """n outcomes. Spans are over `source`; rows of `values`, (n, k, 2), are the pieces that a value is put together of.

    `kinds` are places in `KINDS`, `tallies` places in `words`. `placed` says which have a place in order: `revisions`,
    `micros`, `event_ids` and `decision_ids`. Ids of decisions are (n, 2), as `digests_of` gives them. `headers` are by
    row, where there are any; the header `keran-supersedes` of `replaced_ids` comes behind them.
    """

    source: NDArray[np.uint8]
    words: tuple[str, ...]
    headers: Mapping[int, Headers]
    kinds: NDArray[np.uint8]
    tallies: NDArray[np.int64]
    keys: Spans
    no_key: NDArray[np.bool_]
    values: NDArray[Any]
    no_value: NDArray[np.bool_]
    review: NDArray[np.bool_]
    answered: NDArray[np.bool_]
    placed: NDArray[np.bool_]
    revisions: NDArray[np.int64]
    micros: NDArray[np.int64]
    event_ids: Spans
    decision_ids: NDArray[np.int64]
    replaced_ids: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.kinds)

    def __eq__(self, other: object) -> bool:
        """Outcomes are those of any sequence that holds the same."""
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None

    @overload
    def __getitem__(self, row: int) -> Outcome: ...
    @overload
    def __getitem__(self, row: slice) -> "Outcomes": ...
    def __getitem__(self, row: int | slice) -> "Outcome | Outcomes":
        """Give one outcome, made anew each time, or some as columns. Raises IndexError."""
        if isinstance(row, slice):
            return self._slice(row)
        return next(iter(self.rows([range(len(self))[row]])))

    def __iter__(self) -> Iterator[Outcome]:
        keys, values = self.texts(self.keys[:, np.newaxis], self.no_key), self.texts(self.values, self.no_value)
        columns = (self.kinds, self.review, self.tallies, self.answered)
        kinds, reviews, tallies, answers = (column.tolist() for column in columns)
        headers = map(self._headers_of, range(len(self)), names_of(self.replaced_ids))
        for row in zip(kinds, keys, values, headers, reviews, tallies, self._places(), answers, strict=True):
            kind, key, value, header, review, tally, place, answered = row
            yield Outcome(KINDS[kind], key, value, header, review, self.words[tally], place, answered)

    def texts(self, rows: NDArray[Any], absent: NDArray[np.bool_]) -> list[bytes | None]:
        """Give what stands in n rows of spans, None where it is absent."""
        found = join_rows(self.source, rows)
        if not absent.any():
            return found
        return [None if nothing else text for nothing, text in zip(absent.tolist(), found, strict=True)]

    def headed(self) -> Mapping[int, Headers]:
        """Give the headers of the rows that have any, in order."""
        rows = np.union1d(np.fromiter(self.headers, np.int64), np.flatnonzero(self.replaced_ids.any(axis=1))).tolist()
        return dict(zip(rows, map(self._headers_of, rows, names_of(self.replaced_ids[rows])), strict=True))

    def _headers_of(self, row: int, replaced: bytes) -> Headers:
        headers = self.headers.get(row, ())
        return (*headers, (SUPERSEDES, replaced)) if replaced else headers

    def _places(self) -> Iterator[Place | None]:
        ids = join_rows(self.source, self.event_ids[:, np.newaxis])
        places = zip(
            self.revisions.tolist(), self.micros.tolist(), ids, names_of(self.decision_ids), strict=True
        )  # fmt: skip
        return map(lambda there, place: place if there else None, self.placed.tolist(), starmap(Place, places))

    def _slice(self, some: slice) -> "Outcomes":
        columns = {name: getattr(self, name)[some] for name in _BY_ROW}
        return Outcomes(self.source, self.words, self._headers_at(range(len(self))[some]), **columns)

    def rows(self, chosen: Sequence[int] | NDArray[np.int64]) -> "Outcomes":
        """Give some, in that order, over the same source."""
        rows = np.asarray(chosen, np.int64)
        columns = {name: getattr(self, name).take(rows, axis=0) for name in _BY_ROW}
        return Outcomes(self.source, self.words, self._headers_at(rows.tolist()), **columns)

    def _headers_at(self, rows: Iterable[int]) -> Mapping[int, Headers]:
        if not self.headers:
            return self.headers
        return {at: self.headers[row] for at, row in enumerate(rows) if row in self.headers}

    def where(self, these: NDArray[np.bool_]) -> "Outcomes":
        """Give those that are named."""
        return self if these.all() else self.rows(np.flatnonzero(these))

    def as_answers(self) -> "Outcomes":
        """Give those that answer and ask nothing as tombstones: key and headers of what they were."""
        ends = self.answered & ~self.review
        if not ends.any():
            return self
        return replace(
            self,
            words=(*self.words, ""),
            kinds=np.where(ends, CODES[Kind.TOMBSTONE], self.kinds),
            tallies=np.where(ends, len(self.words), self.tallies),
            no_value=self.no_value | ends,
            placed=self.placed & ~ends,
            answered=self.answered & ~ends,
        )

    def of_kinds(self, *kinds: Kind) -> NDArray[np.bool_]:
        """Say which are of one of these kinds."""
        return np.isin(KINDS, kinds)[self.kinds]

    def supersede(self, why: NDArray[np.uint8], words: Sequence[str]) -> "Outcomes":
        """Supersede some: `why` are places in `words`, and 0 for what stays. Nothing is left of them but their keys."""
        gone = why > 0
        if not gone.any():
            return self
        return replace(
            self,
            words=(*self.words, *words),
            headers={row: said for row, said in self.headers.items() if not gone[row]},
            kinds=np.where(gone, CODES[Kind.SUPERSEDED], self.kinds),
            tallies=np.where(gone, len(self.words) + why.astype(np.int64), self.tallies),
            no_value=self.no_value | gone,
            review=self.review & ~gone,
            answered=self.answered & ~gone,
            placed=self.placed & ~gone,
            replaced_ids=np.where(gone[:, np.newaxis], 0, self.replaced_ids),
        )

    def replacing(self, replaced_ids: NDArray[np.int64]) -> "Outcomes":
        """Name the decisions that they replace, zeros where there is none: what named none so far."""
        return replace(self, replaced_ids=replaced_ids) if replaced_ids.any() else self

    def answering(self, answered: NDArray[np.bool_]) -> "Outcomes":
        """Say which of them answer what a person was asked."""
        return replace(self, answered=answered) if answered.any() else self

    def put(self, others: Mapping[int, Outcome]) -> "Outcomes":
        """Give them with others in the place of the rows that these are named by."""
        if not others:
            return self
        source = Source(b"", len(self.source))
        theirs, rows = columns_of(list(others.values()), source, len(self.words)), list(others)
        columns = {name: _put(getattr(self, name).copy(), rows, theirs[name]) for name in _BY_ROW}
        headers = {row: said for row, said in self.headers.items() if row not in others}
        more = {rows[at]: said for at, said in theirs["headers"].items()}
        content = np.concatenate([self.source, np.frombuffer(source.content(), np.uint8)])
        content.flags.writeable = False
        return Outcomes(content, (*self.words, *theirs["words"]), headers | more, **columns)

    def counts(self) -> Counter[tuple[Kind, str]]:
        """Count them by kind and tally."""
        counted = np.bincount(self.kinds * np.int64(len(self.words)) + self.tallies)
        counts: Counter[tuple[Kind, str]] = Counter()
        for code in np.flatnonzero(counted).tolist():
            kind, tally = divmod(code, len(self.words))
            counts[KINDS[kind], self.words[tally]] += int(counted[code])
        return counts


def outcomes_of(outcomes: Sequence[Outcome]) -> Outcomes:
    """Give outcomes as columns, however they were made."""
    if isinstance(outcomes, Outcomes):
        return outcomes
    source = Source(b"")
    columns = columns_of(outcomes, source)
    return Outcomes(np.frombuffer(source.content() or b"\0", np.uint8), **columns)


def columns_of(outcomes: Sequence[Outcome], source: Source, words_before: int = 0) -> dict[str, Any]:
    """Put outcomes into a source, and give their columns; tallies are counted from `words_before` on."""
    none = Place(0, 0, b"")
    places = [none if outcome.place is None else outcome.place for outcome in outcomes]
    words = {tally: words_before + code for code, tally in enumerate(dict.fromkeys(o.tally for o in outcomes))}
    values = source.put_all(outcome.value or b"" for outcome in outcomes)
    return {
        "words": tuple(words),
        "headers": {row: tuple(outcome.headers) for row, outcome in enumerate(outcomes) if outcome.headers},
        "kinds": np.array([CODES[outcome.kind] for outcome in outcomes], np.uint8),
        "tallies": np.array([words[outcome.tally] for outcome in outcomes], np.int64),
        "keys": source.put_all(outcome.key or b"" for outcome in outcomes),
        "no_key": _flags(outcome.key is None for outcome in outcomes),
        "values": values.astype(span_type(int(values.max(initial=0))))[:, np.newaxis],
        "no_value": _flags(outcome.value is None for outcome in outcomes),
        "review": _flags(outcome.review for outcome in outcomes),
        "answered": _flags(outcome.answered for outcome in outcomes),
        "placed": _flags(outcome.place is not None for outcome in outcomes),
        "revisions": np.array([place.revision for place in places], np.int64),
        "micros": np.array([place.occurred_at for place in places], np.int64),
        "event_ids": source.put_all(place.event_id for place in places),
        "decision_ids": digests_of([place.decision_id for place in places]),
        "replaced_ids": np.zeros((len(outcomes), 2), np.int64),
    }


def put_between(columns: Mapping[str, Any], rows: Sequence[int], others: Mapping[str, Any]) -> dict[str, Any]:
    """Give columns with others in between, at these rows of all; the words of `others` come behind."""
    theirs = np.zeros(len(columns["kinds"]) + len(rows), np.bool_)
    theirs[list(rows)] = True
    merged = {"words": (*columns["words"], *others["words"])}
    ours, at = np.flatnonzero(~theirs), list(rows)
    moved = {int(ours[row]): said for row, said in columns["headers"].items()}
    merged["headers"] = moved | {at[row]: said for row, said in others["headers"].items()}
    for name in _BY_ROW:
        column = np.empty((len(theirs), *columns[name].shape[1:]), columns[name].dtype)
        column[ours] = columns[name]
        merged[name] = _put(column, at, others[name])
    return merged


def digests_of(names: Sequence[bytes]) -> NDArray[np.int64]:
    """Give ids of decisions, 32 hex digits each, as (n, 2) words: zeros for an empty one."""
    text = b"".join([name or _NO_ID for name in names]).decode()
    return np.frombuffer(bytearray.fromhex(text), np.int64).reshape(-1, 2)


def names_of(digests: NDArray[np.int64]) -> list[bytes]:
    """Give back what `digests_of` was given."""
    if not digests.any():
        return [b""] * len(digests)
    text = digests.tobytes().hex().encode()
    names = [text[begin : begin + 32] for begin in range(0, len(text), 32)]
    return [b"" if name == _NO_ID else name for name in names]


def _put(column: NDArray[Any], rows: Sequence[int], others: NDArray[Any]) -> NDArray[Any]:
    if column.ndim == 3:
        # A value of one piece has nothing in the others' places.
        wide = np.zeros((len(others), max(column.shape[1], 1), 2), np.result_type(column, others))
        wide[:, : others.shape[1]] = others
        column, others = column.astype(wide.dtype, copy=False), wide
    column[rows] = others
    return column


def _flags(said: Iterator[bool]) -> NDArray[np.bool_]:
    return np.fromiter(said, np.bool_)
