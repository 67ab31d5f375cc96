"""A candidate's profile is of the titles that it was measured on, as models saw them that had not learnt them."""

import numpy as np
import pytest

from stream.classify.classifier import classify
from stream.drift.profile import PROFILE, load_profile
from tests.training.shops import quiet, shop_rows
from training.publish import publish
from training.read_rows import ReadRows
from training.train import Recipe, train


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    read = ReadRows(list(shop_rows()), [], ["ID"] * len(shop_rows()))
    return train(Recipe("tiny-1", corpus=False), tmp_path_factory.mktemp("rows"), read, progress=quiet())


def test_a_candidate_has_the_profile_of_its_held_out_titles(trained):
    profile = load_profile(trained.place / PROFILE, trained.model.id, trained.model.clusters)
    assert profile.titles == len(trained.plan.measured)
    assert profile.of.startswith(f"{profile.titles:,} labelled rows of sources held out whole, in ")
    truth = np.bincount(trained.held_out.values.argmax(axis=1), minlength=len(trained.model.clusters))
    assert list(profile.signals["cluster"].values()) == truth.tolist()


def test_held_out_titles_are_less_sure_and_less_known_than_those_that_were_learnt(trained):
    profile = load_profile(trained.place / PROFILE, trained.model.id, trained.model.clusters)
    learnt = classify(trained.model, [trained.material.examples[i].text for i in trained.plan.measured])
    assert profile.signals["score"]["0.9"] < (learnt.scores.max(axis=1) >= 9_000).sum()
    assert profile.signals["unseen"]["none"] < profile.titles


def test_what_is_published_has_the_candidates_profile(trained, tmp_path):
    text = (trained.place / PROFILE).read_text()
    assert (publish(trained.place, tmp_path) / PROFILE).read_text() == text
