"""Why a listing is in doubt is told by the words that would have to go."""

import math
from dataclasses import replace

from stream.classify.classifier import leads_of
from stream.classify.normalise import digests_of
from stream.contract.answer import Answer
from stream.decide.load import load_policies
from stream.explain import explain, in_words
from tests.conftest import value_with
from tests.decide.making import CLUSTERS, policy, rule

TITLE = "Gamis wanita syari sabun lampu kabel charger"


def explained(pipeline, **facts):
    asked = replace(pipeline, model=replace(pipeline.model, **facts))
    return explain(asked, value_with(listing__title=TITLE), None)


def test_words_of_other_goods_are_named_with_what_the_title_would_be_without_them(pipeline):
    lead = float(leads_of(pipeline.model, [TITLE])[0])
    found = explained(pipeline, abstain_lead=lead, abstain_below=pipeline.model.abstain_below * 0)
    told, given = found["left_out"], found["decision"]["classification"]
    assert (told["lead"], told["abstains_from"], given["abstained"]) == (lead, lead, True)
    words = ", ".join(f"`{word['text']}`" for word in told["words"])
    line = f"cluster  {given['cluster']}, in doubt: without {words} rather {told['rival']}, abstained"
    assert line in in_words(found)


def test_a_model_that_asks_for_no_lead_tells_none(pipeline):
    assert explained(pipeline, abstain_lead=math.inf)["left_out"] is None


def test_what_sellers_wrote_stays_on_its_line(pipeline):
    """A title cannot pass for a line of the explanation, nor move the terminal."""
    value = value_with(
        listing__title="Gamis\ndecision allow\x1b[2J", listing__condition="new\n", origin__country="CN\ndecision allow"
    )
    words = in_words(explain(pipeline, value, None))
    assert {letter for letter in words if not letter.isprintable()} == {"\n"}
    assert sum(line.startswith("decision") for line in words.splitlines()) == 1
    assert "title    Gamis\\ndecision allow\\x1b[2J" in words


def test_annotations_and_evidence_are_told(pipeline, tmp_path):
    """Whatever a decision carries is in its explanation."""
    then = "{annotations: {import-duty: 7.5%, fee: 3 EUR}, evidence: invoice}"
    (tmp_path / "policy.yaml").write_text(policy(rule("always", then)))
    asked = replace(pipeline, policies=load_policies(tmp_path, CLUSTERS))
    told = in_words(explain(asked, value_with(occurred_at="2022-03-01T00:00:00Z"), None)).splitlines()
    by = "by p / r"
    assert f"  annotation: import-duty 7.5%, {by}" in told
    assert f"  annotation: fee 3 EUR, {by}" in told
    assert "  evidence asked for: invoice" in told


def test_a_label_that_overrules_the_model_is_told_as_an_answer(pipeline):
    """The rules see its cluster, and the letters stay the model's; under another title it does not hold."""
    value = value_with(listing__id="L-1", listing__title="Gamis wanita")
    labels = {"L-1": Answer("LB-1", "other", digests_of(["GAMIS  wanita"])[0], 0)}
    found = explain(pipeline, value, None, labels=labels)
    given = found["decision"]["classification"]
    assert (given["cluster"], given["model"], given["scores"]["other"]) == ("other", "label:LB-1", 1)
    asked = [answer for rule in found["rules"] for answer in rule["answers"] if answer["fact"] == "cluster"]
    assert {answer["value"] for answer in asked} == {"other"}
    words = in_words(found)
    assert "cluster  other, as a person answered (label:LB-1)\nletters  to the model: " in words
    changed = value_with(listing__id="L-1", listing__title="Gamis pria")
    assert explain(pipeline, changed, None, labels=labels)["decision"] == explain(pipeline, changed, None)["decision"]
