"""Labelled rows: what every step of training works on, whether they were made from the corpus or come from a file.

A row is a text and the cluster it truly belongs to, with what is known of where it came from.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """A labelled title. `source` is the shop, file or corpus subject that it is from; `place` says where it stands."""

    text: str
    cluster: str
    source: str
    language: str | None = None
    seller: str | None = None
    weight: float = 1.0
    place: str = ""
