"""A record: what Kafka hands over, and what every engine gives to the pipeline."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

Headers = Sequence[tuple[str, bytes | None]]


class Record(Protocol):
    """The attributes that the pipeline reads; what an engine fetched has them, so the worker copies nothing."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int | None: ...  # milliseconds since 1970, as the broker keeps it
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


class FileRecord(NamedTuple):
    """A record that came from no broker: a line of a file, a test."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    topic: str = "listings"
    partition: int = 0
    offset: int = 0
    timestamp: int | None = None
