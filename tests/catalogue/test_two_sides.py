"""Flips of a batch: exactly the listings whose decision changes, with the bytes that either side publishes."""

from dataclasses import replace

import numpy as np
import pytest

from stream.catalogue.two_sides import FLIPS, Side, flips_batch
from stream.contract.instant import parse_instant
from stream.contract.record import FileRecord
from stream.pipeline import Pipeline
from tests.catalogue.test_arrow import RECORDS, batch_of
from tests.conftest import value_with

BEFORE, AFTER = (parse_instant(f"2021-08-{day}T12:00:00Z") for day in ("01", "05"))
LISTINGS = [
    *RECORDS,
    FileRecord(value_with(listing__id="L-5", listing__title="kabel usb"), b"L-5"),
    FileRecord(value_with(listing__id="L-6", seller__id="S-6"), b"L-6"),
]


def test_flips_are_what_differs_between_two_runs_of_the_pipeline(pipeline):
    """No listing more, none less, in order; dead letters and tombstones never flip."""
    found = flips_batch(Side(pipeline, BEFORE), Side(pipeline, AFTER), batch_of(LISTINGS))
    sides = zip(pipeline.run(LISTINGS, BEFORE), pipeline.run(LISTINGS, AFTER), strict=True)
    expected = [(old.value, new.value) for old, new in sides if old.tally != new.tally]
    assert found.schema.equals(FLIPS)
    assert [(row["before"], row["after"]) for row in found.to_pylist()] == expected
    assert len(expected) == 2


def test_a_flip_says_whose_it_is_and_which_way(pipeline):
    """There and back again: the effect is the other one, and so are the sides."""
    there, back = (
        flips_batch(Side(pipeline, one), Side(pipeline, other), batch_of(LISTINGS[-1:])).to_pylist()[0]
        for one, other in ((BEFORE, AFTER), (AFTER, BEFORE))
    )
    told = ("L-6", "ID", "S-6", "cross_border", "textile_fashion", "textile_fashion")
    for row, effect in ((there, "newly_blocked"), (back, "newly_allowed")):
        names = ("listing_id", "market", "seller_id", "seller_type", "cluster_before", "cluster_after")
        assert tuple(row[name] for name in names) == told
        assert row["effect"] == effect
    assert (there["before"], there["after"]) == (back["after"], back["before"])


def test_the_same_side_twice_has_no_flips(pipeline):
    side = Side(pipeline, AFTER)
    assert flips_batch(side, side, batch_of(LISTINGS)).num_rows == 0


def test_a_batch_without_value_is_refused(pipeline):
    side = Side(pipeline, AFTER)
    with pytest.raises(KeyError, match="value"):
        flips_batch(side, side, batch_of(LISTINGS).select(["key"]))


def test_another_model_classifies_again(pipeline):
    """A model that finds `other` everywhere lets go what the first one blocks, and both clusters are told."""
    model = pipeline.model
    bias = np.where(np.array(model.clusters) == "other", 1e9, -1e9)
    other = Pipeline(replace(model, id="other#00000000", bias=bias), pipeline.policies)
    found = flips_batch(Side(pipeline, AFTER), Side(other, AFTER), batch_of(LISTINGS)).to_pylist()
    told = [(row["listing_id"], row["effect"], row["cluster_before"], row["cluster_after"]) for row in found]
    assert told == [(name, "newly_allowed", "textile_fashion", "other") for name in ("L-1", "L-6")]
    assert all(b'"model":"other#00000000"' in row["after"] for row in found)
