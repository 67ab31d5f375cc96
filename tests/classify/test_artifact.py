"""A shelf entry: loaded whole and proven, or refused with every reason; nothing of it is executed."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from stream.classify import artifact
from stream.classify.artifact import list_entries, load_model, read_manifest, run_probes
from stream.drift.profile import PROFILE
from stream.problems import BadSetup
from tests.conftest import ROOT

SHELF = ROOT / "models"
(SHIPPED,) = list_entries(SHELF)


@pytest.fixture
def shelf(tmp_path):
    """A copy of the shipped shelf, to be spoilt."""
    shutil.copytree(SHELF / SHIPPED, tmp_path / SHIPPED)
    return tmp_path


def change_manifest(shelf: Path, **changes):
    place = shelf / SHIPPED / artifact.MANIFEST
    place.write_text(json.dumps({**json.loads(place.read_text()), **changes}))


def refusal(shelf: Path, model_id: str | None = None) -> str:
    with pytest.raises(BadSetup) as bad:
        load_model(shelf, model_id)
    return str(bad.value).replace(str(shelf), "SHELF").replace(SHIPPED, "MODEL")


def test_the_shipped_model_loads_small_and_named_by_its_digest():
    model = load_model(SHELF)
    manifest, digest = read_manifest(SHELF / SHIPPED)
    assert model.id == f"{SHIPPED}#{digest[:8]}"
    assert set(model.clusters) == {"textile_fashion", "culinary", "craft", "other"}
    assert sum(manifest.files[name].bytes for name in artifact.SERVING_FILES) < artifact.SERVING_BYTES_AT_MOST


def test_every_file_of_the_shipped_entry_is_the_one_that_was_published():
    manifest, _ = read_manifest(SHELF / SHIPPED)
    for name, expected in manifest.files.items():
        assert artifact.file_entry(SHELF / SHIPPED / name) == expected, name
    # What it is held beside decides nothing, and so is no part of what its digest names.
    assert set(manifest.files) | {artifact.MANIFEST, PROFILE} == {path.name for path in (SHELF / SHIPPED).iterdir()}


def test_a_changed_weight_is_refused_by_its_digest(shelf):
    weights = np.load(shelf / SHIPPED / artifact.WEIGHTS)
    weights[7, 0] ^= 1
    np.save(shelf / SHIPPED / artifact.WEIGHTS, weights)
    assert "error: expected digest " in refusal(shelf)
    assert "--> SHELF/MODEL/weights.npy" in refusal(shelf)


def test_a_changed_weight_under_a_new_digest_is_refused_by_the_probes(shelf):
    """The digests say that nothing was altered on the way; the probes say that this machine computes what was published."""
    weights = np.load(shelf / SHIPPED / artifact.WEIGHTS)
    np.save(shelf / SHIPPED / artifact.WEIGHTS, -weights)
    manifest, _ = read_manifest(shelf / SHIPPED)
    files = {name: artifact.file_entry(shelf / SHIPPED / name).model_dump() for name in manifest.files}
    change_manifest(shelf, files=files)
    assert "error: probe `Gamis wanita syari premium` gave " in refusal(shelf)
    assert "--> SHELF/MODEL/probes.jsonl:1\n  hint: train and publish the model anew" in refusal(shelf)


def test_a_pickle_in_the_place_of_an_array_is_not_opened(shelf):
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (shelf / "exploded",))

    np.save(shelf / SHIPPED / artifact.WEIGHTS, np.array([Bomb()], object), allow_pickle=True)
    manifest, _ = read_manifest(shelf / SHIPPED)
    files = {name: artifact.file_entry(shelf / SHIPPED / name).model_dump() for name in manifest.files}
    change_manifest(shelf, files=files)
    assert "error: not an array of numbers: Object arrays cannot be loaded" in refusal(shelf)
    assert not (shelf / "exploded").exists()


def test_all_problems_of_an_entry_are_shown_at_once(shelf):
    change_manifest(
        shelf, fold_version=99, features_version=98, abstain_below={"craft": 0.5, "textile": 0.5}, bias=[0.0]
    )
    (shelf / SHIPPED / artifact.PROBES).unlink()
    shown = refusal(shelf)
    assert shown == Path(__file__).with_name("refused_model.txt").read_text()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": "keran.model/9"}, "input should be 'keran.model/1', got `keran.model/9`\n  --> SHELF/MODEL/manifest.json, `$.schema`"),
        ({"temperature": 0.0}, "input should be greater than 0, got `0.0`\n  --> SHELF/MODEL/manifest.json, `$.temperature`"),
        ({"abstain_below": {"craft": 1.5}}, "`$.abstain_below.craft`"),
        ({"abstain_lead": 0.0}, "input should be greater than 0, got `0.0`\n  --> SHELF/MODEL/manifest.json, `$.abstain_lead`"),
        ({"scale": "NaN"}, "`$.scale`"),
        ({"id": "another"}, "expected the id `MODEL` of its folder, got `another`"),
        ({"surprise": 1}, "`$.surprise`"),
    ],
)  # fmt: skip
def test_a_manifest_that_says_something_else_is_refused_by_field(shelf, changes, message):
    change_manifest(shelf, **changes)
    assert message in refusal(shelf)


@pytest.mark.parametrize(("written", "served"), [(1.5, 1.5), (None, math.inf)])
def test_an_entry_that_names_no_lead_never_abstains_for_one(shelf, written, served):
    change_manifest(shelf, abstain_lead=written)
    assert load_model(shelf).abstain_lead == served


def test_a_manifest_that_is_no_json_is_refused(shelf):
    (shelf / SHIPPED / artifact.MANIFEST).write_text("{")
    assert "--> SHELF/MODEL/manifest.json, `$`" in refusal(shelf)


def test_an_empty_shelf_an_unknown_model_and_a_choice_left_open_are_told(shelf, tmp_path):
    assert refusal(tmp_path / "nowhere").startswith("error: no model on the shelf")
    assert f"unknown model `{SHIPPED[:-1]}`, did you mean `MODEL`?" in refusal(shelf, SHIPPED[:-1]).replace(
        SHIPPED, "MODEL"
    )
    shutil.copytree(shelf / SHIPPED, shelf / "second")
    assert "2 models on the shelf and none is chosen" in refusal(shelf)


def test_probes_cover_every_cluster():
    model = load_model(SHELF)
    titles = [json.loads(line)["title"] for line in (SHELF / SHIPPED / artifact.PROBES).read_text().splitlines()]
    assert {probe.cluster for probe in run_probes(model, titles)} == set(model.clusters)
