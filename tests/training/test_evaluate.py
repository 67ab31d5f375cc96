"""An evaluation: whole, the same from run to run, without a title in it, and the same whatever the rows' order."""

import json
from dataclasses import replace

import numpy as np
import pytest

from stream.problems import BadSetup
from tests.training.measuring import answered, labelled, shipped
from training.evaluate import AS_SHIPPED, evaluate, evaluate_answers
from training.figures.answers import answers_of
from training.figures.evaluation import Evaluation
from training.figures.slices import slice_of
from training.hard_pairs import read_hard_pairs
from training.rows import Row

QUICK = AS_SHIPPED._replace(resamples=50)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    rows, countries = labelled()
    return evaluate(shipped(), rows, countries=countries, probes=read_hard_pairs(), asked=QUICK)


def as_found(evaluation: Evaluation) -> dict:
    """Everything but the speed, which is a clock's."""
    found = json.loads(evaluation.as_json())
    return {**found, "serving": found["serving"]["bytes"]}


def test_the_keys_that_others_read_are_where_they_are_said_to_be(evaluation):
    found = json.loads(evaluation.as_json())
    for part in (found["indonesian"], found["all"], found["by"]["source"]["toko-campur"]):
        assert 0.5 < part["macro_f1"] <= 1
        assert 0.5 < part["culinary"]["f1"] <= 1
    assert len(found["indonesian"]["craft"]["interval"]) == 2
    assert found["indonesian"]["mean_of_three"]["f1"] > 0.5
    assert set(found["blocks"]) == {"0.10", "0.40"}
    assert 0 < found["blocks"]["0.10"]["precision"] <= found["blocks"]["0.40"]["precision"] <= 1
    assert found["calibration"]["cross_fitted"]["ece"] < 0.2


def test_it_is_read_back_as_it_was_written(evaluation):
    assert Evaluation.from_json(evaluation.as_json()) == evaluation


def test_no_title_of_a_row_is_in_it(evaluation):
    """An evaluation may be published where its rows may not."""
    written = evaluation.as_json()
    assert not [row.text for row in labelled()[0] if row.text in written]


def test_the_same_rows_give_the_same_evaluation_in_any_order(evaluation):
    rows, countries = labelled()
    order = np.random.default_rng(4).permutation(len(rows))
    shuffled = evaluate(
        shipped(),
        [rows[i] for i in order],
        countries=[countries[i] for i in order],
        probes=read_hard_pairs(),
        asked=QUICK,
    )
    assert as_found(shuffled) == as_found(evaluation)


def test_indonesian_rows_are_those_whose_country_says_so(evaluation):
    assert evaluation.indonesian.rows == sum(country == "ID" for country in labelled()[1]) == 92
    assert evaluation.indonesian == slice_of(answered().where(answered().home), 50)


def test_without_countries_nothing_is_indonesian():
    found = evaluate(shipped(), labelled()[0], asked=QUICK)
    assert found.indonesian is None
    assert found.blocks_indonesian is None
    assert set(found.by["country"]) == {"unknown"}


def test_disputed_rows_count_and_the_figures_without_them_stand_beside(evaluation):
    wrong = np.flatnonzero(~answered().right).tolist()
    found = evaluate_answers(shipped(), answered(), ["batik"], read_hard_pairs(), wrong, QUICK)
    assert as_found(found) | {"disputed": None} == as_found(evaluation)
    assert found.disputed.rows == len(wrong) > 0
    assert found.disputed.all.rows == 212 - len(wrong)
    assert found.disputed.all.macro_f1 == 1 > found.all.macro_f1


def test_probes_tell_the_titles_that_are_given_wrongly():
    probes = [
        Row("kopi bubuk robusta", "culinary", "p"),
        Row("kopi bubuk robusta", "craft", "p"),
        Row("x", "toys", "p"),
    ]
    found = evaluate(shipped(), labelled()[0][:20], probes=probes, asked=QUICK).probes
    assert (found.asked, found.right) == (2, 0.5)
    assert found.wrong[0].model_dump() == {"title": "kopi bubuk robusta", "cluster": "culinary", "expected": "craft"}


def test_hard_pairs_are_told_once_and_name_known_clusters():
    pairs = read_hard_pairs()
    assert len({pair.text.lower() for pair in pairs}) == len(pairs) > 50
    assert {pair.cluster for pair in pairs} == set(shipped().clusters)


def test_a_cluster_that_the_model_lacks_is_refused_with_its_place():
    rows = [Row("batik", "textile_fashion", "s"), Row("tas rotan", "crafts", "s", place="rows.csv:3")]
    with pytest.raises(BadSetup) as bad:
        answers_of(shipped(), rows)
    assert str(bad.value).splitlines()[:2] == [
        "error: unknown cluster `crafts`, did you mean `craft`?",
        "  --> rows.csv:3",
    ]


def test_a_cluster_with_the_name_of_a_figure_is_refused():
    """In JSON it would stand where the figure stands."""
    model = replace(shipped(), id="m#1", clusters=("craft", "culinary", "recall", "textile_fashion"))
    with pytest.raises(BadSetup) as bad:
        evaluate(model, [Row("batik", "craft", "s")])
    assert str(bad.value) == (
        "error: cluster `recall` has the name of a figure\n  --> model `m#1`\n  hint: train it under another name"
    )


def test_no_rows_are_refused():
    with pytest.raises(BadSetup, match="error: no labelled rows to measure on"):
        evaluate(shipped(), [])
