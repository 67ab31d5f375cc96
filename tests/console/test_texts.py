"""The table of texts: complete in every language, every text used, every used text there."""

import re

from stream.console.impact_part import GROUPS
from stream.console.listing_page import FIELDS
from stream.console.live_page import OUTCOMES, SPANS
from stream.console.protection_page import STEPS
from stream.console.review_page import REFUSALS
from stream.console.texts import CONFLICTS_IN_INDONESIAN, LANGUAGES, TEXTS, texts_of
from stream.contract.diff import Effects
from stream.contract.impact import Causes
from stream.decide.origin import CONFLICTS
from stream.drift.signals import values_of
from tests.conftest import ROOT

TEMPLATES = "".join(file.read_text() for file in (ROOT / "stream/console/templates").glob("*.html"))


def test_every_language_has_every_text():
    for language in LANGUAGES:
        assert all(texts_of(language).values())
    assert all(len(both) == len(LANGUAGES) for both in TEXTS.values())


def test_every_contradiction_is_there_in_indonesian():
    assert set(CONFLICTS_IN_INDONESIAN) == set(CONFLICTS)


def test_every_text_that_a_template_names_is_there_and_every_other_is_looked_up():
    named = set(re.findall(r"\bt\.(\w+)", TEMPLATES))
    looked_up = {*OUTCOMES, "cluster", "market", "outcome", "true", "false", "unknown"}
    looked_up |= {f"{word}_{step}" for word in ("span", "ago") for step in STEPS}
    looked_up |= {f"span_{span}" for span in SPANS} | {f"f_{field}" for field in FIELDS}
    looked_up |= {f"signal_{signal}" for signal in values_of(())}
    looked_up |= {f"refused_{code}" for code in REFUSALS}
    looked_up |= {f"cause_{cause}" for cause in Causes.model_fields} | {f"group_{name}" for name in GROUPS}
    looked_up |= set(Effects.model_fields) - {"unchanged"}
    looked_up |= {"in_force", "coming", "ended", "superseded", "replaced"}
    assert named <= set(TEXTS)
    assert set(TEXTS) == named | looked_up
    # Jinja would find the method of the table.
    assert not set(TEXTS) & set(dir({}))
