"""What a segment of the archive says of itself, in the metadata of its Parquet file; `keran.segment/1`.

It knows no file and no Parquet.
"""

from typing import Annotated, Literal

from pydantic import Field

from stream.contract.wire import Wire

Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Offset = Annotated[int, Field(ge=0)]


class SegmentMeta(Wire):
    """What a segment says of itself. It accounts for every offset from `begin` to before `next`: those that are not
    among its records are absent. `exposed_ms` is how long what is absent may have lain unread; null is unknown.
    """

    schema_: Annotated[Literal["keran.segment/1"], Field(alias="schema")] = "keran.segment/1"
    topic: str
    partition: Offset
    begin: Offset
    first: Offset
    last: Offset
    next: Offset
    records: Annotated[int, Field(ge=1)]
    absent: Offset
    last_timestamp: int
    exposed_ms: int | None
    compaction_lag_ms: int | None
    chain_start: Hash
    chain_end: Hash
    previous: Hash | None

    @property
    def certain(self) -> bool:
        """Whether nothing that is absent can have been a record that compaction took."""
        if not self.absent:
            return True
        known = self.exposed_ms is not None and self.compaction_lag_ms is not None
        return known and self.exposed_ms < self.compaction_lag_ms
