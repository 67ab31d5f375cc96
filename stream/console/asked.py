"""What a page is given and what it gives: who asks for what, and a template with its words."""

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
