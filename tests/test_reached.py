"""What cases reach: the rules that match in them, by the policy's own file; what cannot be read reaches nothing."""

from pathlib import Path

import pytest

from stream.decide.load import load_policies
from stream.reached import reached_by_cases
from tests.decide.making import policy, rule

RULES = (
    rule("{seller.type: cross_border, cluster: craft}", "block", "craft")
    + rule("{listing.tkdn.tkdn: {gte: 40}}", "review", "local")
    + rule("{abstained: true}", "review", "doubt")
    + rule("{listing.price: {lt: 3 USD}}", "review", "cheap")
    + rule("{cluster: textile_fashion}", "review", "fashion")
)


@pytest.fixture
def reach(tmp_path, pipeline):
    def reach(cases):
        (tmp_path / "p.yaml").write_text(policy(RULES))
        if cases is not None:
            (tmp_path / "p.cases.yaml").write_text(cases)
        held = load_policies(Path(tmp_path), pipeline.model.clusters)
        found = reached_by_cases(held, pipeline.model)
        return found and {rule for _, rule in found[str(tmp_path / "p.yaml")]}

    return reach


@pytest.mark.parametrize(
    ("case", "rules"),
    [
        ("{as_of: 2021-08-03, event: {seller.type: cross_border}, classification: craft}", {"craft"}),
        ("{as_of: 2021-08-03, event: {seller: {type: cross_border}}, classification: {scores: {craft: 0.9}}}", {"craft"}),
        ("{as_of: 2020-08-03, event: {seller.type: cross_border}, classification: craft}", set()),
        ("{as_of: 2021-08-03, event: {listing.tkdn.tkdn: 40}, classification: {cluster: other, abstained: true}}", {"local", "doubt"}),
        ("{as_of: 2021-08-03, event: {listing: {price: {amount: 2.99, currency: USD}}}, classification: other}", {"cheap"}),
        ("{as_of: 2021-08-03, event: {listing.price: 2.99 USD, listing.category_path: Food > Snacks}, classification: other}", {"cheap"}),
        ("{as_of: 2021-08-03, as_known_on: 2020-08-03, event: {listing.price: 2.99 USD}, classification: other}", set()),
        ("{as_of: 2021-08-03, event: {listing.title: gamis syari wanita}}", {"fashion"}),
        ("{as_of: someday, event: {listing.tkdn.tkdn: 40}}", set()),
        ("{as_of: 2021-08-03, event: {seller.type: nobody}}", set()),
        ("{as_of: 2021-08-03, event: {listing.tkdn.tkdn: much}}", set()),
        ("{as_of: 2021-08-03, classification: [craft]}", set()),
        ("gamis", set()),
    ],
)  # fmt: skip
def test_a_case_reaches(reach, case, rules):
    """A case reaches what its event matches as of its time, under the classification it gives, or the model's."""
    assert reach(f"- {case}\n") == rules


def test_cases_add_up_and_none_is_none(reach):
    """What one case does not reach another may; a policy without a file of cases is told apart from one whose cases reach nothing."""
    cases = "- {as_of: 2021-08-03, classification: textile_fashion}\n- {as_of: 2021-08-03, event: {listing.tkdn.tkdn: 50}, classification: other}\n"
    assert reach(cases) == {"fashion", "local"}
    assert reach("nothing: here\n") == set()


def test_without_a_file_nothing_is_said(reach):
    """A policy beside which no cases lie is not among what was looked at."""
    assert reach(None) == {}
