"""The chain is what `docs/audit.md` says, byte for byte: worked out here from that page alone, with no code of ours."""

import hashlib
import struct

from stream.archive.chain import chain_next, chain_start
from stream.contract.record import FileRecord


def sized(content):
    return struct.pack(">i", -1) if content is None else struct.pack(">i", len(content)) + content


def test_a_record_is_hashed_as_the_page_says():
    record = FileRecord(None, b"L-1", (("a", b"x"), ("b", None)), "decisions", 3, 41, 1_627_956_000_000)
    start = hashlib.sha256(b"keran.archive/1\x00start" + sized(b"decisions") + struct.pack(">i", 3)).digest()
    assert chain_start("decisions", 3) == start
    content = (
        sized(b"decisions")
        + struct.pack(">iqq", 3, 41, 1_627_956_000_000)
        + sized(b"L-1")
        + sized(None)
        + struct.pack(">i", 2)
        + sized(b"a")
        + sized(b"x")
        + sized(b"b")
        + sized(None)
    )
    assert chain_next(start, record) == hashlib.sha256(b"keran.archive/1\x00" + start + content).digest()


def test_null_and_empty_are_not_the_same():
    start = chain_start("decisions", 0)
    assert chain_next(start, FileRecord(None, b"L")) != chain_next(start, FileRecord(b"", b"L"))
