"""The chain of an archive: a record and the hash before it in, the hash behind it out.

`docs/audit.md` says byte for byte what is hashed, so that anybody can verify an archive without Keran. It refuses to
know files and Kafka.
"""

from hashlib import sha256
from struct import Struct

from stream.contract.record import Record

DOMAIN = b"keran.archive/1\0"
_PLACE = Struct(">iqq")
_LENGTH = Struct(">i")
_NULL = _LENGTH.pack(-1)


def chain_start(topic: str, partition: int) -> bytes:
    """Give the 32 bytes before the first record of a partition.

    >>> chain_start("decisions", 0) == chain_start("decisions", 1)
    False
    """
    return sha256(DOMAIN + b"start" + _sized(topic.encode()) + _LENGTH.pack(partition)).digest()


def chain_next(before: bytes, record: Record) -> bytes:
    """Give the 32 bytes behind a record: SHA-256 over the domain, the hash before it and its canonical bytes."""
    return sha256(DOMAIN + before + canonical(record)).digest()


def canonical(record: Record) -> bytes:
    """Give the bytes of a record that are hashed: every part behind its length, so that no two records share them."""
    headers = record.headers
    return b"".join(
        [
            _sized(record.topic.encode()),
            _PLACE.pack(record.partition, record.offset, record.timestamp or 0),
            _sized(record.key),
            _sized(record.value),
            _LENGTH.pack(len(headers)),
            *(_sized(name.encode()) + _sized(value) for name, value in headers),
        ]
    )


def _sized(content: bytes | None) -> bytes:
    return _NULL if content is None else _LENGTH.pack(len(content)) + content
