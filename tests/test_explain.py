"""Why a listing is in doubt is told by the words that would have to go."""

import math
from dataclasses import replace

from stream.classify.classifier import leads_of
from stream.explain import explain, in_words
from tests.conftest import value_with

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
