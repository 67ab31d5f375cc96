"""Whatever stands in a cases file, reading it gives cases or says what is wrong, and never raises."""

import json

from hypothesis import given
from hypothesis import strategies as some

from stream.cases import given_scores
from stream.cases.event_parts import event_fields
from stream.cases.expectations import FIELDS as EXPECTED
from stream.cases.read_cases import FIELDS, Scope, read_cases
from stream.decide.load import load_policies
from tests.cases.test_refusals import GOLDEN
from tests.decide.making import CLUSTERS

SCOPE = Scope(load_policies(GOLDEN / "policy.yaml", CLUSTERS).policies[0], CLUSTERS)
TEXTS = some.sampled_from(
    ["", "craft", "block", "2021-09-01", "100 USD", "a > b", "listing.removed", "listing.attributes.x.y", "9" * 400]
)
KEYS = some.sampled_from([*EXPECTED, *given_scores.FIELDS, *event_fields(), "", "listing.attributes.x", *CLUSTERS])
LEAVES = some.none() | some.booleans() | some.integers() | some.sampled_from([0.3, 0.7, 1]) | TEXTS
VALUES = some.recursive(LEAVES, lambda held: some.lists(held, max_size=3) | some.dictionaries(KEYS, held, max_size=4))
SOUND = {"name": "one", "as_of": "2021-09-01", "expect": {"decision": "allow"}, "classification": "craft"}
CASES = some.dictionaries(some.sampled_from(FIELDS), VALUES, max_size=4).map(lambda changed: {**SOUND, **changed})


@given(some.lists(CASES | VALUES, max_size=3))
def test_reading_cases_never_raises(cases):
    """Every case written is read, or something is said about the file; JSON is YAML, so any value can stand anywhere."""
    problems = []
    found = read_cases(json.dumps(cases), "cases.yaml", SCOPE, problems)
    assert problems or len(found) == len(cases)
