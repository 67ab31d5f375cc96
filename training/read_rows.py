"""Files of labelled rows -> rows to learn from and bad rows to mend. Nothing is dropped without being told.

Every line that is not blank comes out once: as a row, or as a bad row with its place, what was expected and what was
found. A text that two rows put into different clusters makes both bad, since neither says which is right; the same text
twice in one cluster is two rows. A person's label overrules the rows of files that are normalised the same.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from stream.classify.normalise import normalise
from stream.problems import BadSetup, Problem, did_you_mean
from training.row_files import BadRow, Fields, Reason, quote, read_fields
from training.rows import Row

# Where more than this share of a file's lines is bad, it is rather the file or a column that is wrong.
BAD_AT_MOST = 0.1
# Sums with weights beyond this lose what small ones add.
GREATEST_WEIGHT = 1e6
WEIGHTS = "a weight over 0 and up to a million"


class ReadRows(NamedTuple):
    """What the files hold: `rows` in their order with the `countries` that they name, and `bad` ones in reading order,
    contradictions last.
    """

    rows: list[Row]
    bad: list[BadRow]
    countries: list[str | None]

    @property
    def counts(self) -> dict[Reason, int]:
        """How many rows are bad for each reason, the most frequent first."""
        return dict(Counter(row.reason for row in self.bad).most_common())


def read_rows(
    paths: Iterable[Path],
    clusters: Collection[str] | None = None,
    progress: Callable[[int], None] = lambda rows: None,
    labels: Iterable[Fields | BadRow] = (),
) -> ReadRows:
    """Read labelled rows, and behind them what people's `labels` say. `clusters` are those that are known; None takes
    whatever the files name.

    A row without a source has its file's name for one. `progress` hears of every ten thousand lines. A million rows
    take about half a gigabyte. Raises BadSetup where a file cannot be read at all.
    """
    read, unknown, one = ReadRows([], [], []), _known(clusters), {}
    of_files = 0
    for number, (source, fields) in enumerate(_each(paths, labels), 1):
        found = fields if type(fields) is BadRow else _row(fields, source, unknown, one)
        if type(found) is BadRow:
            read.bad.append(found)
        else:
            read.rows.append(found)
            read.countries.append(fields.country if isinstance(fields.country, str) else None)
        of_files = len(read.rows) if source else of_files
        if number % 10_000 == 0:
            progress(10_000)
    return _without_contradictions(_without_overruled(read, of_files))


def check_share_of_bad(read: ReadRows) -> None:
    """Refuse rows of which more than a tenth is bad, or all. Raises BadSetup with the first ones of each reason."""
    total = len(read.rows) + len(read.bad)
    if read.rows and len(read.bad) <= BAD_AT_MOST * total:
        return
    if not read.bad:
        raise BadSetup([Problem("no rows", "command line, `--rows`", "give a file that holds some")])
    message = f"{len(read.bad):,} of {total:,} rows are bad, at most {BAD_AT_MOST:.0%} may be"
    counts = ", ".join(f"{count:,} {reason}" for reason, count in read.counts.items())
    first = [Problem(f"expected {row.expected}, got {row.found}", row.place) for row in first_of_each(read.bad, 3)]
    raise BadSetup([Problem(message, "command line, `--rows`", counts), *first])


def first_of_each(bad: Sequence[BadRow], at_most: int) -> Iterator[BadRow]:
    """Give the first bad rows of each reason, in their order."""
    shown: Counter[str] = Counter()
    for row in bad:
        shown[row.reason] += 1
        if shown[row.reason] <= at_most:
            yield row


def _each(paths: Iterable[Path], labels: Iterable[Fields | BadRow]) -> Iterator[tuple[str, Fields | BadRow]]:
    # With the source of a row that names none; a label has one, and no file.
    for path in paths:
        for fields in read_fields(path):
            yield path.stem, fields
    for fields in labels:
        yield "", fields


def _row(
    fields: Fields, default_source: str, unknown: Callable[[str], BadRow | None], one: dict[str, str]
) -> Row | BadRow:
    if bad := _missing(fields) or _wrong_type(fields) or _empty(fields) or _wrong_weight(fields):
        return bad
    if bad := unknown(fields.cluster):
        return bad._replace(place=fields.place)
    # The same few names stand in a million rows: one object of each is kept.
    names = (fields.cluster, fields.source or default_source, fields.language, fields.seller)
    cluster, source, language, seller = (None if n is None else one.setdefault(str(n), str(n)) for n in names)
    weight = 1.0 if fields.weight is None else float(fields.weight)
    return Row(fields.text, cluster, source, language, seller, weight, fields.place)


def _missing(fields: Fields) -> BadRow | None:
    for name, expected in (("text", "`text` or `title`"), ("cluster", "`cluster`")):
        if getattr(fields, name) is None:
            return BadRow(fields.place, "missing-field", expected, "none")
    return None


def _wrong_type(fields: Fields) -> BadRow | None:
    # Shops and sellers are often numbered; nothing else of a row is.
    for name, types in (
        ("text", str),
        ("cluster", str),
        ("source", str | int),
        ("language", str),
        ("seller", str | int),
    ):
        value = getattr(fields, name)
        if value is not None and not isinstance(value, types):
            return BadRow(fields.place, "wrong-type", f"text in `{name}`", f"`{quote(value)}`")
    return None


def _empty(fields: Fields) -> BadRow | None:
    # Nearly every title begins with a plain letter or digit; the normaliser is asked about the rest.
    first = fields.text[:1]
    if (first.isascii() and first.isalnum()) or normalise(fields.text):
        return None
    return BadRow(fields.place, "empty-text", "a text with a letter or a digit in it", f"`{quote(fields.text)}`")


def _wrong_weight(fields: Fields) -> BadRow | None:
    weight = fields.weight
    if weight is None or (type(weight) in (int, float) and 0 < weight <= GREATEST_WEIGHT):
        return None
    return BadRow(fields.place, "bad-weight", WEIGHTS, f"`{quote(weight)}`")


def _known(clusters: Collection[str] | None) -> Callable[[str], BadRow | None]:
    @cache
    def unknown(cluster: str) -> BadRow | None:
        if clusters is None or cluster in clusters:
            return None if cluster.strip() else BadRow("", "unknown-cluster", "the name of a cluster", "``")
        names = ", ".join(f"`{name}`" for name in sorted(clusters))
        return BadRow("", "unknown-cluster", f"one of {names}", f"`{quote(cluster)}`{did_you_mean(cluster, clusters)}")

    return unknown


def _without_overruled(read: ReadRows, of_files: int) -> ReadRows:
    labels = {normalise(row.text): row for row in read.rows[of_files:]}
    if not labels:
        return read
    kept = ReadRows([], list(read.bad), [])
    for row, country in zip(read.rows, read.countries, strict=True):
        label = labels.get(normalise(row.text), row)
        if label.cluster == row.cluster:
            kept.rows.append(row)
            kept.countries.append(country)
        else:
            expected = f"`{label.cluster}`, as {label.place} says of `{quote(row.text)}`"
            kept.bad.append(BadRow(row.place, "overruled", expected, f"`{row.cluster}`"))
    return kept


def _without_contradictions(read: ReadRows) -> ReadRows:
    first: dict[str, Row] = {}
    rivals: dict[str, Row] = {}
    for row in read.rows:
        told = first.setdefault(row.text.strip(), row)
        if told.cluster != row.cluster:
            rivals.setdefault(row.text.strip(), row)
    if not rivals:
        return read
    kept = ReadRows([], list(read.bad), [])
    for row, country in zip(read.rows, read.countries, strict=True):
        if (text := row.text.strip()) in rivals:
            kept.bad.append(_contradiction(row, first[text], rivals[text]))
        else:
            kept.rows.append(row)
            kept.countries.append(country)
    return kept


def _contradiction(row: Row, first: Row, rival: Row) -> BadRow:
    other = rival if row.cluster == first.cluster else first
    found = f"`{row.cluster}`, and `{other.cluster}` at {other.place}"
    return BadRow(row.place, "contradiction", f"one cluster for `{quote(row.text)}`", found)
