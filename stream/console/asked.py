"""What a page is given and what it gives: who asks for what, and a template with its words, or where to go on."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from stream.console.people import Person


class Asked(NamedTuple):
    """`person` is None on the way in; `mark` is what a form must bring back."""

    person: Person | None
    query: Mapping[str, str]
    form: Mapping[str, str]
    language: str
    mark: str

    def get(self, name: str) -> str:
        """Give a word of the address, empty where it is not there."""
        return self.query.get(name, "")[:300]


class Page(NamedTuple):
    """A template and its words."""

    template: str
    words: dict[str, Any]
    status: int = 200


class Onward(NamedTuple):
    """An address of ours where what was asked for goes on, so that loading it again repeats nothing."""

    to: str
