"""Training whole: the same bytes, siblings that saw nothing of what they answer for, a card and facts that say so."""

import hashlib
import json
import re
import shutil

import numpy as np
import pytest

from stream.classify import artifact
from stream.classify.classifier import classify
from stream.problems import BadSetup
from tests.conftest import ROOT
from tests.training.shops import CLUSTERS, SHOPS, quiet, shop_rows, write_rows
from training.entries import CORPUS
from training.figures.evaluation import Evaluation
from training.held_out import plan
from training.judge import compare_with, name_sources
from training.material import gather
from training.measure import measure
from training.publish import evaluation_file, publish, read_evaluation
from training.read_rows import ReadRows, read_rows
from training.rows import Row
from training.train import MEASURED, Recipe, check_clusters, known_clusters, measured_elsewhere, train


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Three subjects of each cluster."""
    folder = tmp_path_factory.mktemp("small") / "corpus"
    for cluster in CLUSTERS:
        (folder / "id" / cluster).mkdir(parents=True)
        for file in sorted((CORPUS / "id" / cluster).glob("*.txt"))[:6]:
            shutil.copy(file, folder / "id" / cluster)
    return folder


def trained(folder, corpus=None, model_id="tiny-1", rows=None, **recipe):
    read = ReadRows(list(rows or ()), [], ["ID"] * len(rows or ()))
    return train(Recipe(model_id, corpus is not None, **recipe), folder, read, corpus, progress=quiet())


@pytest.fixture(scope="module")
def of_rows(tmp_path_factory):
    """A model of labelled rows alone, some 400 in five shops."""
    return trained(tmp_path_factory.mktemp("rows"), rows=shop_rows())


def files(place) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in place.iterdir()}


def test_the_same_inputs_and_seed_give_the_same_bytes_and_another_seed_others(corpus, tmp_path):
    one, again = (trained(tmp_path / name, corpus, rows=shop_rows()).place for name in ("a", "b"))
    assert files(one) == files(again)
    other = trained(tmp_path / "c", corpus, rows=shop_rows(), seed=2).place
    assert files(one)[artifact.WEIGHTS] != files(other)[artifact.WEIGHTS]


def test_a_candidate_serves_as_it_lies_there(of_rows):
    """It loads by the code of a worker, and tells its own rows."""
    rows = shop_rows()
    given = [found.cluster for found in classify(of_rows.model, [row.text for row in rows])]
    assert np.mean([cluster == row.cluster for cluster, row in zip(given, rows, strict=True)]) > 0.95


def test_siblings_answer_for_rows_that_they_never_saw(of_rows):
    """What a shop sells in its own words is harder without that shop: held-out figures are lower than learnt ones."""
    answers = of_rows.judged.answers
    assert len(answers.truth) == len(shop_rows())
    assert np.mean(answers.right) < 0.95
    assert set(answers.source) == set(SHOPS)
    assert set(answers.country) == {"ID"}


def test_answers_of_siblings_are_read_like_those_of_a_worker(of_rows):
    """Scores to four places, at the candidate's temperature; abstained under its thresholds, or led by its lead."""
    answers, manifest = of_rows.judged.answers, artifact.read_manifest(of_rows.place)[0]
    assert np.array_equal(answers.scores, np.round(answers.scores, 4))
    below = [best < manifest.abstain_below[answers.clusters[k]] for best, k in zip(answers.best, answers.likeliest, strict=True)]  # fmt: skip
    led = of_rows.held_out.leads / manifest.temperature >= manifest.abstain_lead
    assert np.array_equal(answers.regardless, led)
    assert np.array_equal(answers.abstained, np.array(below) | led)


def test_card_and_facts_say_what_was_learnt_from(of_rows):
    rows, manifest = shop_rows(), artifact.read_manifest(of_rows.place)[0]
    card = (of_rows.place / artifact.CARD).read_text(encoding="utf-8")
    counts = {cluster: sum((row.source, row.cluster) == ("toko-a", cluster) for row in rows) for cluster in CLUSTERS}
    assert f"| toko-a | {' | '.join(f'{counts[cluster]:,}' for cluster in CLUSTERS)} |" in card
    assert f"{len(rows):,} labelled rows of 5 sources. Nothing of the project's own corpus" in card
    assert "sources held out whole, in 5 folds" in card
    facts = manifest.training
    assert facts["rows"]["sources"] == {shop: sum(row.source == shop for row in rows) for shop in SHOPS}
    assert (facts["entries"], facts["titles"], facts["held_out"]["by"]) == (0, 0, "source")
    assert facts["held_out"]["macro_f1"] == round(of_rows.calibration.macro_f1, 4)


def test_the_lead_that_was_fitted_serves_and_the_card_says_what_it_holds_and_costs(of_rows):
    lead, manifest = of_rows.calibration.lead, artifact.read_manifest(of_rows.place)[0]
    assert manifest.abstain_lead == of_rows.model.abstain_lead == lead.at
    card = (of_rows.place / artifact.CARD).read_text(encoding="utf-8")
    assert f"would lead by {lead.at:.2f} log odds" in card
    assert f"{lead.held[0]:.0%} keep their cluster\n  or abstain when stuffed" in card
    assert f"of plain titles {lead.review:.0%} abstain" in card
    figures = manifest.training["held_out"]
    assert (figures["stuffed_held"], figures["review"]) == (round(lead.held[0], 4), round(lead.review, 4))


def test_the_card_tells_reliability_review_and_disguises_as_they_were_counted(of_rows):
    found = of_rows.evaluation
    card = (of_rows.place / artifact.CARD).read_text(encoding="utf-8")
    for b in found.calibration.as_shipped.bins:
        assert f"| {b.rows:,} | {b.score:.3f} | {b.accuracy:.3f} |" in card
    at = next(t for t in found.thresholds if round(t.at, 4) == 0.8)
    assert f"| 0.80 | {at.review:.3f} |" in card
    for name, figures in found.evasion.items():
        assert re.search(rf"^\| {name} \|.* {figures['held']:.3f} \|$", card, re.MULTILINE)
    assert "## On real listings" not in card


def test_the_card_quotes_what_the_same_weights_were_measured_to_do_elsewhere(of_rows, tmp_path):
    """And of no others: a file about other weights is left aside."""
    file = tmp_path / "measured.json"
    file.write_text(of_rows.evaluation.as_json(), encoding="utf-8")
    assert measured_elsewhere(of_rows.evaluation, file) == of_rows.evaluation
    other = of_rows.evaluation.model_copy(update={"weights": "0" * 64})
    assert measured_elsewhere(other, file) is None
    assert measured_elsewhere(other, tmp_path / "none.json") is None


def test_the_card_that_ships_quotes_the_file_of_its_own_weights():
    (entry,) = artifact.list_entries(ROOT / "models")
    weights = np.load(ROOT / "models" / entry / artifact.WEIGHTS, allow_pickle=False)
    measured = Evaluation.from_json(MEASURED.read_bytes())
    assert measured.weights == hashlib.sha256(weights.tobytes()).hexdigest()
    card = (ROOT / "models" / entry / artifact.CARD).read_text(encoding="utf-8")
    assert f"{measured.measured.rows:,} titles of {measured.all.sources} sources" in card
    assert f"{measured.indonesian.macro_f1:.3f} (" in card


def test_bad_rows_are_counted_in_card_and_facts(tmp_path):
    place = write_rows(tmp_path / "rows.jsonl", shop_rows(), {"text": "", "cluster": "other"}, {"text": "tas", "cluster": "bags"})  # fmt: skip
    read = read_rows([place], CLUSTERS)
    found = train(Recipe("tiny-1", corpus=False), tmp_path, read, progress=quiet())
    assert "2 bad rows left out (1 empty-text, 1 unknown-cluster)" in (found.place / artifact.CARD).read_text()
    assert artifact.read_manifest(found.place)[0].training["rows"]["bad"] == {"empty-text": 1, "unknown-cluster": 1}


def test_few_rows_are_held_out_with_the_corpus_and_many_alone(corpus, tmp_path):
    """Thresholds want numbers: with a handful of rows the corpus's own subjects are held out beside them."""
    few = trained(tmp_path / "few", corpus, rows=shop_rows())
    assert len(few.plan.measured) == len(few.material.examples)
    assert len(few.judged.rows) == len(shop_rows())
    many = plan(gather(few.material.examples[: few.material.titles], shop_rows(10)))
    assert len(many.measured) == len(shop_rows(10))
    assert all((fold.test >= few.material.titles).all() for fold in many.splits)
    assert all(len(fold.train) > few.material.titles for fold in many.splits)


def test_a_model_of_the_corpus_alone_is_judged_by_its_subjects(corpus, tmp_path):
    found = trained(tmp_path, corpus)
    assert {row.source.split("/")[0] for row in found.judged.rows} == {"corpus"}
    assert set(found.judged.answers.source) == {"corpus/id"}
    assert "rows" not in artifact.read_manifest(found.place)[0].training
    assert "No listing of any shop." in (found.place / artifact.CARD).read_text(encoding="utf-8")


def test_rows_of_one_source_are_held_out_by_groups_of_near_duplicates(tmp_path):
    one_shop = [row._replace(source="toko-a") for row in shop_rows()]
    found = trained(tmp_path, rows=one_shop)
    assert found.plan.by == "group"
    assert "groups of near-duplicates held out whole" in (found.place / artifact.CARD).read_text(encoding="utf-8")


def test_clusters_of_ones_own_are_trained_like_any(tmp_path):
    """The set of clusters is the manifest's, not the code's."""
    names = {"craft": "decor", "culinary": "food", "other": "rest", "textile_fashion": "clothes"}
    found = trained(tmp_path, rows=[row._replace(cluster=names[row.cluster]) for row in shop_rows()])
    assert found.model.clusters == ("clothes", "decor", "food", "rest")
    assert known_clusters(Recipe("a", corpus=False), ["food", "rest"]) == {"food", "rest"}
    assert known_clusters(Recipe("a", corpus=False), None) is None
    assert known_clusters(Recipe("a"), None) == set(CLUSTERS)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([Row(f"kopi {n}", "culinary", "a") for n in range(20)], "expected rows of two clusters or more, got `culinary`"),
        ([Row(f"kopi {n}", "culinary", "a") for n in range(20)] + [Row("tas", "craft", "a", place="rows.csv:7")], "cluster `craft` has 1 rows, expected at least 10\n  --> rows.csv:7"),
    ],
)  # fmt: skip
def test_too_little_to_learn_from_is_refused(rows, message):
    with pytest.raises(BadSetup) as bad:
        check_clusters([], rows)
    assert message in str(bad.value)


def test_a_cluster_that_is_one_group_of_near_duplicates_cannot_be_held_out(tmp_path):
    """All its rows fall into one fold, and without that fold there is none to learn from."""
    rows = [row for row in shop_rows() if row.cluster != "craft"]
    craft = [Row(f"tas rotan {n} cm", "craft", "toko-a", place=f"rows.jsonl:{n}") for n in range(20)]
    with pytest.raises(BadSetup, match=r"cluster `craft` cannot be held out.*\n  --> rows.jsonl:0"):
        trained(tmp_path, rows=[*rows, *craft])


def test_a_candidate_is_measured_and_compared_with_a_published_model(of_rows, tmp_path):
    """On sources that neither learnt from: a champion that learnt from all of them is not compared with."""
    champion = publish(trained(tmp_path / "c", rows=shop_rows()[::3], model_id="champion-1").place, tmp_path)
    unseen = [row._replace(source=f"new-{row.source}") for row in shop_rows()]
    found = trained(tmp_path / "d", rows=unseen, model_id="challenger-1")
    evaluation = measure(found, champion, quiet())
    assert evaluation.champion.all.macro_f1.champion is not None
    assert evaluation.champion.champion.startswith("champion-1#")
    assert read_evaluation(found.place) == evaluation
    assert json.loads(evaluation_file(found.place).read_bytes())["evasion"]["typos"]["drop"]["all"] is not None
    model = artifact.load_model(tmp_path, "champion-1")
    assert compare_with(model, SHOPS, of_rows.model, of_rows.judged) is None
    some = compare_with(model, SHOPS[:2], of_rows.model, of_rows.judged)
    assert set(some.by_source) == set(SHOPS[2:])


def test_of_many_sources_the_largest_are_named():
    sources = [f"shop-{n}" for n in range(60) for _ in range(60 - n)]
    named = name_sources(sources, 40)
    assert set(named) == {*(f"shop-{n}" for n in range(40)), "others"}
    assert len(named) == len(sources)
