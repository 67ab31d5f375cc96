"""Fitting and publishing: the same rows give the same bytes, and what is published serves what was fitted."""

import joblib
import numpy as np
import pytest

from stream.classify import artifact
from stream.classify.artifact import load_model
from stream.classify.classifier import classify
from stream.problems import BadSetup
from tests.training.shops import quiet
from training.calibrate import HeldOut, calibrate
from training.candidate import write_candidate
from training.entries import read_entries
from training.fit import fit, quantise
from training.held_out import classify_held_out, plan
from training.material import gather
from training.publish import publish
from training.regression import SparseLogisticRegression
from training.titles import write_titles


@pytest.fixture(scope="module")
def rows():
    return write_titles(read_entries()[::40])


@pytest.fixture(scope="module")
def pipeline(rows):
    return fit(rows)


@pytest.fixture(scope="module")
def held_out(rows) -> HeldOut:
    material = gather(rows, [])
    return classify_held_out(material, plan(material), quiet())


@pytest.fixture(scope="module")
def calibration(held_out):
    return calibrate(held_out)


def test_the_same_rows_give_the_same_bytes(rows, pipeline):
    again = fit(rows)
    assert np.array_equal(pipeline["regression"].coef_, again["regression"].coef_)
    assert quantise(pipeline).weights.tobytes() == quantise(again).weights.tobytes()


def test_the_regression_learns_what_can_be_learnt():
    """Two classes that one feature tells apart, beside a batch solver's answer."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    chance = np.random.default_rng(1)
    dense = (chance.random((400, 12)) < 0.3).astype(np.float32)
    truth = np.where(dense[:, 0] > 0, "a", "b")
    rows = csr_matrix(dense)
    ours = SparseLogisticRegression(epochs=30).fit(rows, truth)
    assert (ours.predict(rows) == truth).all()
    assert (ours.predict(rows) == LogisticRegression().fit(rows, truth).predict(rows)).all()
    assert np.allclose(ours.predict_proba(rows).sum(axis=1), 1)


def test_a_weight_counts_a_row_as_often_as_repeating_it_would_in_kind():
    """A class that weighs more is given more titles."""
    from scipy.sparse import csr_matrix

    rows = csr_matrix(np.ones((100, 1), np.float32))
    truth = np.array(["a", "b"] * 50)
    heavy = SparseLogisticRegression().fit(rows, truth, np.where(truth == "a", 5.0, 1.0))
    assert set(heavy.predict(rows)) == {"a"}


def test_what_is_published_serves_what_was_fitted(rows, pipeline, calibration, tmp_path):
    """The int8 weights of the served model agree with the fitted pipeline on nearly every title."""
    probes, facts = ["Gamis wanita", ""], {"titles": len(rows)}
    place = write_candidate(tmp_path, "tiny-1", pipeline, calibration, probes, "# tiny-1\n", facts)
    model = load_model(tmp_path, "tiny-1")
    texts = [row.text for row in rows]
    served = [classification.cluster for classification in classify(model, texts)]
    assert np.mean(np.array(served) == pipeline.predict(texts)) > 0.995
    opened = joblib.load(place / artifact.PIPELINE)
    assert (opened.predict(texts[:50]) == pipeline.predict(texts[:50])).all()


def test_publishing_twice_gives_the_same_files_and_a_taken_name_is_refused(pipeline, calibration, tmp_path):
    def candidate():
        probes = ["Gamis wanita"]
        return write_candidate(tmp_path / "candidates", "tiny-1", pipeline, calibration, probes, "# tiny-1\n", {})

    for shelf in (tmp_path / "a", tmp_path / "b"):
        assert publish(candidate(), shelf) == shelf / "tiny-1"
    for file in (tmp_path / "a/tiny-1").iterdir():
        assert file.read_bytes() == (tmp_path / "b/tiny-1" / file.name).read_bytes(), file.name
    with pytest.raises(BadSetup, match="`tiny-1` is already published"):
        publish(candidate(), tmp_path / "a")


def test_a_source_is_never_classified_by_a_model_that_saw_it(rows, held_out):
    """Held out by source: without the batik file's words, a batik title is harder than with them."""
    seen = fit(rows).predict([row.text for row in rows])
    unseen = np.array(held_out.clusters)[held_out.values.argmax(axis=1)]
    truth = np.array([row.cluster for row in rows])
    assert np.mean(unseen == truth) < np.mean(seen == truth)


def test_calibration_brings_scores_to_their_shares(held_out):
    found = calibrate(held_out)
    assert found.error < 0.05
    assert set(found.abstain_below) == set(held_out.clusters)
    assert all(0.5 <= threshold <= 0.95 for threshold in found.abstain_below.values())
