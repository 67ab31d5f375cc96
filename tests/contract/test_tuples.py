"""Named tuples of columns are those that their constructor makes, and none is made with a field too few."""

import pytest

from stream.contract.outcome import Place
from stream.contract.tuples import tuples_of


def test_a_row_is_what_the_constructor_makes():
    found = tuples_of(Place, [1, 2], [3, 4], [b"a", b"b"], [b"c", b"d"])
    assert found == [Place(1, 3, b"a", b"c"), Place(2, 4, b"b", b"d")]
    assert {type(place) for place in found} == {Place}


def test_a_field_without_a_column_and_a_short_column_are_refused():
    with pytest.raises(TypeError, match="Place has 4 fields, got 3 columns"):
        tuples_of(Place, [1], [2], [b"a"])
    with pytest.raises(ValueError, match="shorter"):
        tuples_of(Place, [1, 2], [3, 4], [b"a", b"b"], [b"c"])
