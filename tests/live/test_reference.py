"""Which profile a model's stream is held beside: the deployment's own if it is of this model, else the entry's."""

import json

from stream.classify.artifact import load_model
from stream.drift.profile import PROFILE
from stream.live.reference import Found, find_reference
from stream.live.sources import load_folders
from tests.live.making import CHALLENGER, CHAMPION, NOW, make_folders, make_shelf


def own_profile(shelf, file, **changes):
    facts = json.loads((shelf / CHAMPION / PROFILE).read_text()) | {"of": "our own"} | changes
    file.write_text(json.dumps(facts))
    return file


def test_the_entrys_profile_is_taken_where_there_is_no_other(tmp_path):
    shelf = make_shelf(tmp_path / "models")
    found = find_reference(load_model(shelf, CHAMPION), shelf, None)
    assert found.problems == ()
    assert (found.reference.own, found.reference.profile.titles) == (False, 159_362)


def test_the_deployments_own_profile_comes_first(tmp_path):
    shelf = make_shelf(tmp_path / "models")
    found = find_reference(load_model(shelf, CHAMPION), shelf, own_profile(shelf, tmp_path / "own.json"))
    assert (found.reference.own, found.reference.profile.of) == (True, "our own")


def test_an_own_profile_of_another_model_gives_way_to_the_entrys(tmp_path):
    """After a swap the old profile says nothing of what the new model should make of the same listings."""
    shelf = make_shelf(tmp_path / "models")
    other = own_profile(shelf, tmp_path / "own.json", model="other-1#01234567")
    assert find_reference(load_model(shelf, CHAMPION), shelf, other).reference.own is False
    assert find_reference(load_model(shelf, CHALLENGER), shelf, other) == Found()


def test_a_profile_that_cannot_be_used_is_told_and_the_model_is_live(tmp_path):
    folders = make_folders(tmp_path)._replace(profile=tmp_path / "no.json")
    loaded = load_folders(folders, NOW)
    assert loaded.serving.live.pipeline.model.id.startswith(CHAMPION)
    assert loaded.reference.reference is None
    assert "cannot read: No such file or directory" in str(loaded.reference.problems[0])
