"""Calibration: no source is measured with a figure that it took part in fitting."""

import numpy as np
import pytest

from tests.training.measuring import answered
from training.figures.cross_fit import calibration_of, cross_fit


def test_a_sources_own_rows_do_not_change_what_it_is_measured_with():
    """All labels of one shop spoilt: its own temperature and thresholds stay, the others' change."""
    plain, own = answered(), answered().source == "toko-campur"
    spoilt = plain._replace(truth=np.where(own, (plain.truth + 1) % 4, plain.truth))
    (_, before, below), (_, after, below_after) = cross_fit(plain), cross_fit(spoilt)
    assert after["toko-campur"] == before["toko-campur"]
    assert below_after["toko-campur"] == below["toko-campur"]
    assert all(after[source] > before[source] for source in before if source != "toko-campur")


def test_cross_fitting_changes_scores_and_never_the_likeliest_cluster():
    fitted, _, _ = cross_fit(answered())
    assert np.array_equal(fitted.scores.argmax(axis=1), answered().likeliest)
    assert not np.allclose(fitted.scores, answered().scores)
    assert fitted.scores.sum(axis=1) == pytest.approx(1)


def test_a_model_that_is_far_too_sure_is_mended_by_the_other_sources():
    """Values tenfold are scores near 1: the error as shipped is what is wrong, cross-fitted it is as before. Every
    seventh row is made wrong, so that there is something to be too sure of.
    """
    plain = answered()
    seventh = np.arange(len(plain.truth)) % 7 == 0
    plain = plain._replace(truth=np.where(seventh, (plain.truth + 1) % len(plain.clusters), plain.truth))
    values = plain.values * 10
    scores = np.exp(values - values.max(axis=1, keepdims=True))
    brash = plain._replace(values=values, scores=scores / scores.sum(axis=1, keepdims=True))
    found, before = calibration_of(brash, resamples=10), calibration_of(plain, resamples=10)
    assert found.as_shipped.ece > found.cross_fitted.ece + 0.005
    assert found.cross_fitted.ece == pytest.approx(before.cross_fitted.ece, abs=0.005)


def test_bins_hold_every_row_once_and_give_the_error():
    found = calibration_of(answered(), resamples=10).as_shipped
    assert sum(b.rows for b in found.bins) == 212
    assert sum(b.rows * abs(b.score - b.accuracy) for b in found.bins) / 212 == pytest.approx(found.ece, abs=1e-5)


def test_one_source_alone_cannot_be_cross_fitted():
    one = answered().where(answered().source == "toko-campur")
    assert calibration_of(one, resamples=10).cross_fitted is None
