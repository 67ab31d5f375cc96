"""Champion against challenger: paired, so that a small sure difference shows, and none where there is none."""

from dataclasses import replace

import numpy as np
import pytest

from stream.problems import BadSetup
from tests.training.measuring import answered, answers, labelled, shipped, sure_of, worse
from training.compare import compare, compare_answers
from training.figures.slices import slice_of


def test_a_model_against_itself_differs_in_nothing():
    found = compare(shipped(), shipped(), *labelled()[:1], countries=labelled()[1], resamples=50)
    for part in (found.all, found.indonesian, *found.by_source.values()):
        assert part.disagreement.model_dump() == {"rows": 0, "only_champion": 0, "only_challenger": 0, "p": 1.0}
        assert part.macro_f1.difference in (0, None)
        assert part.macro_f1.interval in ((0, 0), None)


def test_a_worse_challenger_is_worse_beyond_its_interval():
    found = compare(shipped(), worse(shipped()), labelled()[0], countries=labelled()[1], resamples=500)
    assert found.all.macro_f1.interval[1] < 0
    assert found.all.disagreement.only_champion > found.all.disagreement.only_challenger
    assert found.all.disagreement.p < 0.001
    assert found.all.macro_f1.champion == slice_of(answered(), 10).macro_f1


def test_the_pairing_sees_what_two_intervals_apart_cannot():
    """400 rows, 60 wrong in both; the challenger mends five more and spoils none."""
    truth = np.tile([0, 1, 2, 3], 100)
    old = np.where(np.arange(400) < 65, (truth + 1) % 4, truth)
    new = np.where(np.arange(400) < 60, (truth + 1) % 4, truth)
    before, after = answers(truth, sure_of(old)), answers(truth, sure_of(new))
    found = compare_answers(("old", before), ("new", after)).all
    assert found.macro_f1.interval[0] > 0
    assert slice_of(before).interval[1] > slice_of(after).interval[0]
    assert found.disagreement.p == pytest.approx(2 / 2**5)


def test_the_order_of_clusters_does_not_matter():
    model = shipped()
    order = [2, 0, 3, 1]
    turned = replace(
        model,
        clusters=tuple(model.clusters[k] for k in order),
        weights=np.ascontiguousarray(model.weights[:, order]),
        bias=model.bias[order],
        abstain_below=model.abstain_below[order],
    )
    found = compare(turned, model, labelled()[0], resamples=50)
    assert found.all.disagreement.rows == 0
    assert found.all.clusters["craft"].difference == 0


def test_models_of_other_clusters_are_not_compared():
    other = replace(shipped(), id="toys#1", clusters=("craft", "culinary", "other", "toys"))
    made = answered()._replace(clusters=other.clusters)
    with pytest.raises(BadSetup) as bad:
        compare_answers((shipped().id, answered()), (other.id, made))
    assert str(bad.value) == (
        f"error: expected the clusters of `{shipped().id}` (craft, culinary, other, textile_fashion), "
        "got craft, culinary, other, toys\n"
        "  --> model `toys#1`\n"
        "  hint: models are compared cluster by cluster; measure them apart with `keran evaluate`"
    )
