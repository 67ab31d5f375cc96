"""A profile comes back as it was written, for its own model, and is refused with every reason for any other."""

import json

import pytest

from stream.classify.artifact import list_entries, load_model
from stream.drift.profile import PROFILE, load_profile, read_profile, write_profile
from stream.drift.signals import titles_in, values_of
from stream.problems import BadSetup
from tests.conftest import ROOT
from tests.drift.making import CLUSTERS, MODEL, counts_of, profile_with


@pytest.fixture
def file(tmp_path):
    file = tmp_path / PROFILE
    file.write_text(write_profile(profile_with(cluster=[0.5, 0.3, 0.2])))
    return file


def refusal(file, model=MODEL, clusters=CLUSTERS) -> str:
    with pytest.raises(BadSetup) as bad:
        load_profile(file, model, clusters)
    return str(bad.value).replace(str(file), "FILE")


def change(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_a_profile_comes_back_as_it_was_written(file):
    profile = load_profile(file, MODEL, CLUSTERS)
    assert profile == profile_with(cluster=[0.5, 0.3, 0.2])
    assert profile.titles == titles_in(counts_of(100_000))
    assert profile.shares("cluster").tolist() == [0.5, 0.3, 0.2]


def test_every_shipped_model_has_a_profile_of_its_own():
    for name in list_entries(ROOT / "models"):
        model = load_model(ROOT / "models", name)
        profile = load_profile(ROOT / "models" / name / PROFILE, model.id, model.clusters)
        assert profile.titles > 100_000
        assert tuple(profile.signals) == tuple(values_of(model.clusters))


def test_the_profile_of_another_model_is_refused(file):
    assert refusal(file, "tiny#89abcdef") == (
        "error: expected the profile of `tiny#89abcdef`, got that of `tiny#01234567`\n"
        "  --> FILE\n"
        "  hint: write it anew: `keran profile LISTINGS.jsonl --output FILE`"
    )


def test_a_profile_of_other_clusters_is_refused(file):
    assert refusal(file, clusters=("craft", "food")).startswith(
        "error: expected `cluster` to have `craft`, `food`, got `craft`, `culinary`, `other`\n  --> FILE, `$.signals`"
    )


def test_a_signal_whose_titles_do_not_add_up_is_refused(file):
    change(file, titles=7)
    assert refusal(file).startswith("error: expected 7 titles by `cluster`, got 100000\n  --> FILE, `$.signals`")


def test_a_file_that_is_no_profile_is_refused_with_every_reason(file):
    change(file, titles=0, of=3)
    assert refusal(file).count("error: ") == 2
    assert "error: input should be a valid string\n  --> FILE, `$.of`" in refusal(file)
    assert "error: input should be greater than or equal to 1\n  --> FILE, `$.titles`" in refusal(file)
    file.write_text("{")
    assert "invalid JSON" in refusal(file)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadSetup, match="cannot read: No such file or directory"):
        read_profile(tmp_path / "no.json")
