"""A request names its sweep behind the event's own headers, and the name is read back."""

from stream.contract.record import FileRecord
from stream.contract.request import request_headers, sweep_of


def test_the_sweep_is_read_back_and_the_event_s_headers_stay():
    own = (("trace", b"1"), ("trace", None))
    headers = request_headers(own, "phase-2")
    assert headers[:2] == own
    assert sweep_of(FileRecord(b"{}", b"L-1", headers)) == "phase-2"


def test_what_a_label_or_a_worker_asks_for_is_no_sweep_s():
    assert sweep_of(FileRecord(b"{}", b"L-1", (("trace", b"1"),))) is None


def test_the_last_name_counts():
    """An event that was a request once and was published as a listing event keeps its old header."""
    headers = request_headers(request_headers((), "before"), "now")
    assert sweep_of(FileRecord(b"{}", b"L-1", headers)) == "now"
