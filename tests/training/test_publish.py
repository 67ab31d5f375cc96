"""Publishing: through the gates or not at all, whole or not at all, and never over what is there."""

import shutil

import numpy as np
import pytest

from stream.classify import artifact
from stream.problems import BadSetup
from tests.training.shops import quiet, shop_rows
from training.gates import SHIPPED
from training.measure import measure
from training.publish import CORPUS_GATES, ask_gates, evaluation_file, find_candidate, gates_for, publish
from training.read_rows import ReadRows
from training.train import Recipe, train
from training.train_files import Wanted, find_champion, publish_candidate

PASSED = "schema: keran.gates/1\ngates:\n  - {gate: macro, figure: all.macro_f1, at_least: 0.1}\n"
REFUSED = "schema: keran.gates/1\ngates:\n  - {gate: beyond-reach, figure: all.macro_f1, at_least: 1.1}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A measured candidate, to be copied."""
    rows = list(shop_rows())
    folder = tmp_path_factory.mktemp("made")
    found = train(Recipe("tiny-1", corpus=False), folder, ReadRows(rows, [], [None] * len(rows)), progress=quiet())
    measure(found, None, quiet())
    return found.place


@pytest.fixture
def candidate(made, tmp_path):
    place = tmp_path / "candidates" / "tiny-1"
    shutil.copytree(made, place)
    shutil.copy(evaluation_file(made), evaluation_file(place))
    return place


def gates(folder, text):
    place = folder / "gates.yaml"
    place.write_text(text)
    return place


def test_a_candidate_that_passes_moves_to_the_shelf_as_it_is(candidate, made, tmp_path, capsys):
    shelf = tmp_path / "shelf"
    assert publish_candidate(candidate, shelf, gates(tmp_path, PASSED)) == 0
    assert capsys.readouterr().out == f"published {shelf / 'tiny-1'}\n"
    assert artifact.list_entries(shelf) == ["tiny-1"]
    assert not candidate.exists()
    for file in made.iterdir():
        assert file.read_bytes() == (shelf / "tiny-1" / file.name).read_bytes()


def test_a_candidate_that_a_gate_refuses_stays_where_it_is_and_the_gate_is_named(candidate, tmp_path, capsys):
    shelf = tmp_path / "shelf"
    assert publish_candidate(candidate, shelf, gates(tmp_path, REFUSED)) == 1
    said = capsys.readouterr()
    assert said.out == f"refused {candidate}\n"
    assert "gate `beyond-reach` refuses `tiny-1#" in said.err
    assert "expected `all.macro_f1` of at least 1.1, got 0." in said.err
    assert f"{tmp_path}/gates.yaml:3" in said.err
    assert candidate.exists()
    assert not shelf.exists()


def test_the_gates_are_those_of_what_it_learnt_from(candidate):
    """Labelled rows: what the issue asks of a model that ships. The corpus alone: what its held-out subjects can tell."""
    assert gates_for(candidate).file == str(SHIPPED)
    manifest, _ = artifact.read_manifest(candidate)
    facts = {name: value for name, value in manifest.training.items() if name != "rows"}
    artifact.write_manifest(candidate, manifest.model_copy(update={"training": facts}))
    assert gates_for(candidate).file == str(CORPUS_GATES)


def test_a_candidate_that_was_not_measured_or_not_this_one_is_refused(candidate):
    manifest, _ = artifact.read_manifest(candidate)
    artifact.write_manifest(candidate, manifest.model_copy(update={"temperature": 2.0}))
    with pytest.raises(BadSetup, match=r"expected the evaluation of `tiny-1#........`, got that of `tiny-1#........`"):
        ask_gates(candidate)
    evaluation_file(candidate).write_text("{}")
    with pytest.raises(BadSetup, match="not an evaluation"):
        ask_gates(candidate)
    evaluation_file(candidate).unlink()
    with pytest.raises(BadSetup, match=r"candidate `tiny-1` was not measured\n.*\n  hint: train it anew"):
        ask_gates(candidate)


def test_a_spoilt_candidate_leaves_the_shelf_as_it_was(candidate, tmp_path):
    weights = np.load(candidate / artifact.WEIGHTS)
    np.save(candidate / artifact.WEIGHTS, -weights)
    with pytest.raises(BadSetup, match="expected digest"):
        publish(candidate, tmp_path / "shelf")
    assert list((tmp_path / "shelf").iterdir()) == []


def test_a_published_model_is_never_written_over(candidate, tmp_path):
    (tmp_path / "shelf" / "tiny-1").mkdir(parents=True)
    with pytest.raises(BadSetup, match="model `tiny-1` is already published"):
        publish_candidate(candidate, tmp_path / "shelf", gates(tmp_path, PASSED))


def test_a_candidate_is_found_by_id_or_folder_and_a_slip_is_told(candidate):
    assert find_candidate(candidate.parent, "tiny-1") == find_candidate(candidate.parent, str(candidate)) == candidate
    with pytest.raises(BadSetup, match=r"unknown model `tiny-2`, did you mean `tiny-1`\?"):
        find_candidate(candidate.parent, "tiny-2")


def test_the_champion_is_the_model_named_else_the_one_served_else_the_only_one(candidate, tmp_path):
    """And there is none without labelled rows, on which alone the two can be compared."""
    rows = [tmp_path / "rows.csv"]
    shelf = candidate.parent
    assert find_champion(Wanted(shelf, rows=rows)) == candidate
    shutil.copytree(candidate, shelf / "tiny-2")
    assert find_champion(Wanted(shelf, rows=rows)) is None
    assert find_champion(Wanted(shelf, served="tiny-1", rows=rows)) == candidate
    assert find_champion(Wanted(shelf, served="of-another-shelf", rows=rows)) is None
    assert find_champion(Wanted(shelf, served="tiny-2", rows=rows, champion="tiny-1")) == candidate
    assert find_champion(Wanted(shelf, served="tiny-1", rows=rows, champion="none")) is None
    assert find_champion(Wanted(shelf, served="tiny-1")) is None
