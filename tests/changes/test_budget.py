"""Budgets: exact at their edge, kept by no empty file, refused word for word."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.changes.budget import MAX_FLIPS, MAX_LOCAL_BLOCKS, hold, read_budget
from stream.problems import BadSetup
from tests.changes.making import EVENTS, sides_of, tally_of

GOLDEN = {
    (
        MAX_FLIPS,
        "many",
    ): "expected a count or a share up to 100%, got `many`\n  --> command line, `--max-flips`\n  hint: write `20` or `0.5%`",
    (
        MAX_FLIPS,
        "101%",
    ): "expected a count or a share up to 100%, got `101%`\n  --> command line, `--max-flips`\n  hint: write `20` or `0.5%`",
    (
        MAX_FLIPS,
        "-1",
    ): "expected a count or a share up to 100%, got `-1`\n  --> command line, `--max-flips`\n  hint: write `20` or `0.5%`",
    (
        MAX_LOCAL_BLOCKS,
        "1%",
    ): "expected a count, got `1%`\n  --> command line, `--max-local-blocks`\n  hint: write `0` or `20`",
}


@pytest.mark.parametrize("given", GOLDEN)
def test_refusal(given):
    with pytest.raises(BadSetup) as refused:
        read_budget(*given)
    assert str(refused.value) == f"error: {GOLDEN[given]}"


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 1000))
def test_a_share_is_exact(found, of, thousandths):
    """No rounding: 0.5% of 200 is 1, and one more is too many."""
    budget = read_budget(MAX_FLIPS, f"{thousandths / 10:.1f}%")
    assert budget.allows(found, of) == (Fraction(found, of) <= Fraction(thousandths, 1000))


@pytest.mark.parametrize(
    ("option", "text", "kept"),
    [
        (MAX_FLIPS, "6", True),
        (MAX_FLIPS, "5", False),
        (MAX_FLIPS, "54.6%", True),
        (MAX_FLIPS, "54.5%", False),
        (MAX_LOCAL_BLOCKS, "4", True),
        (MAX_LOCAL_BLOCKS, "3", False),
    ],
)
def test_a_budget_is_kept_up_to_its_figure(pipeline, option, text, kept):
    """Of the 11 listings decided, 6 flip, and 4 of local sellers are newly blocked."""
    tally = tally_of(sides_of(pipeline), EVENTS.read_bytes().splitlines())
    assert hold(read_budget(option, text), tally).kept is kept


def test_a_budget_is_not_kept_where_nothing_was_decided(pipeline):
    """A file of nothing but broken lines must not let a policy pass."""
    held = hold(read_budget(MAX_FLIPS, "100%"), tally_of(sides_of(pipeline), [b"broken"]))
    assert (held.found, held.of, held.kept) == (0, 0, False)
