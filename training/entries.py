"""The corpus as entries: files under `training/corpus/<lang>/<cluster>/<subject>.txt` in, one entry a line out.

An entry is a product noun or phrase that tells its cluster on its own. `#` begins a comment line. The same entry may
stand in several subjects of one cluster; standing in two clusters is an error, since it then tells neither.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from stream.classify.normalise import normalise
from stream.problems import BadSetup, Problem

CORPUS = Path(__file__).with_name("corpus")


class Entry(NamedTuple):
    """A product phrase with where it came from."""

    text: str
    cluster: str
    language: str
    subject: str
    place: str


def read_entries(corpus: Path = CORPUS) -> list[Entry]:
    """Read every entry, in the order of the files' names and lines, one a normalised text. Raises BadSetup on
    contradictions.
    """
    kept: dict[str, Entry] = {}
    rivals: dict[str, list[Entry]] = defaultdict(list)
    for entry in _lines(corpus):
        words = normalise(entry.text)
        first = kept.setdefault(words, entry)
        if first.cluster != entry.cluster:
            rivals[words] += [entry]
    if rivals:
        raise BadSetup(
            Problem(
                f"`{entry.text}` is in {kept[words].cluster} and {entry.cluster}",
                f"{entry.place} and {kept[words].place}",
                "keep one",
            )
            for words, entries in rivals.items()
            for entry in entries
        )
    return list(kept.values())


def _lines(corpus: Path) -> Iterator[Entry]:
    for file in sorted(corpus.glob("*/*/*.txt")):
        language, cluster = file.parts[-3:-1]
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if text := line.partition("#")[0].strip():
                place = f"{file.relative_to(corpus.parent.parent)}:{number}"
                yield Entry(text, cluster, language, file.stem, place)
