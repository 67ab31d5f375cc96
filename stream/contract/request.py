"""A request on `listings.redecide`: a listing event as it came, and beside its own headers the sweep that asks.

Headers in, headers out. It knows no topic; what the event says is `read`'s business.
"""

from typing import Annotated

from pydantic import Field

from stream.contract.record import Headers, Record
from stream.contract.wire import Wire

SWEEP = "keran-sweep"


class RequestHeaders(Wire):
    """The header that a sweep puts behind the event's own; a request of somebody else has none."""

    sweep: Annotated[
        str | None, Field(alias=SWEEP, pattern="^[a-zA-Z0-9._-]{1,200}$", description="the name of the sweep that asks")
    ] = None


def request_headers(headers: Headers, sweep: str) -> Headers:
    """Give a listing event's headers with the sweep's name behind them.

    >>> request_headers((("trace", b"1"),), "phase-2")
    (('trace', b'1'), ('keran-sweep', b'phase-2'))
    """
    return (*headers, (SWEEP, sweep.encode()))


def sweep_of(record: Record) -> str | None:
    """Give the name of the sweep that asks for a record; None where none does."""
    name = dict(record.headers).get(SWEEP)
    return None if name is None else name.decode(errors="replace")
