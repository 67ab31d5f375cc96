"""A person's answer stands in the place of the model's, where its title reads the same and its cluster is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.classify.classifier import classify
from stream.classify.normalise import digests_of, normalise
from stream.classify.overrule import overrule
from stream.contract.answer import Answer
from stream.contract.classification import TEN_THOUSAND

TITLES = st.sampled_from(["Gamis wanita", "GAMIS  wanita!", "keripik singkong", "casing hp", "", "連衣裙"]) | st.text(
    max_size=20
)
ROWS = st.lists(st.tuples(st.sampled_from(["L-1", "L-2", "L-3"]), TITLES), max_size=8)
CLUSTERS = st.sampled_from(["craft", "other", "no-such-cluster"])


def answer(title, cluster, label_id="LB-1"):
    return Answer(label_id, cluster, digests_of([title])[0], 0)


LABELS = st.dictionaries(st.sampled_from(["L-1", "L-2", "L-9"]), st.builds(answer, TITLES, CLUSTERS), max_size=3)


@given(st.lists(TITLES, max_size=6))
def test_a_digest_is_that_of_the_normalised_title(titles):
    for title, digest in zip(titles, digests_of(titles), strict=True):
        for other in titles:
            assert (digests_of([other]) == [digest]) == (normalise(title) == normalise(other))


@given(ROWS, LABELS)
@settings(deadline=None)
def test_what_a_label_answers_is_certain_and_the_rest_is_the_models(pipeline, rows, labels):
    listings, titles = [listing for listing, _ in rows], [title for _, title in rows]
    by_model = classify(pipeline.model, titles)
    for (listing, title), before, after in zip(
        rows, by_model, overrule(by_model, listings, titles, labels), strict=True
    ):
        held = labels.get(listing)
        if held is None or held.cluster not in before.clusters or held.title != digests_of([title])[0]:
            assert after == before
            continue
        assert (after.cluster, after.abstained, after.model) == (held.cluster, False, "label:LB-1")
        assert dict(zip(after.clusters, after.scores, strict=True))[held.cluster] == sum(after.scores) == TEN_THOUSAND


@given(ROWS, LABELS)
@settings(deadline=None)
def test_a_batch_is_overruled_like_its_rows_one_by_one_and_the_models_own_stays_as_it_was(pipeline, rows, labels):
    listings, titles = [listing for listing, _ in rows], [title for _, title in rows]
    by_model = classify(pipeline.model, titles)
    kept = list(by_model)
    together = list(overrule(by_model, listings, titles, labels))
    assert list(by_model) == kept
    alone = [overrule(classify(pipeline.model, [t]), [i], [t], labels) for i, t in rows]
    assert together == [one for each in alone for one in each]


@pytest.mark.parametrize("chosen", [[], [1], [2, 0], [1, 1], np.array([2, 1])])
def test_some_rows_keep_who_answered_them(pipeline, chosen):
    listings, titles = ["L-1", "L-2", "L-3"], ["casing hp", "gamis wanita", "kopi"]
    labels = {"L-2": answer("gamis wanita", "craft")}
    held = overrule(classify(pipeline.model, titles), listings, titles, labels)
    assert list(held.rows(chosen)) == [list(held)[row] for row in chosen]
