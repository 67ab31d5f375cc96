"""What a new pair changes, in words: the model, files that came and went, lines that differ, and not too many."""

from stream.contract.control import LiveModel, LivePolicy
from stream.live.differences import LINES_AT_MOST, differences
from stream.live.pair import Pair

MODEL = LiveModel(id="m-1", digest="1" * 64)


def pair(model=MODEL, **texts):
    """Policies by name; a text with a bar has a table behind it."""
    parts = {name: text.split("|") for name, text in texts.items()}
    policies = [
        LivePolicy(name=n, document=p[0], tables=dict(zip(["t.csv"], p[1:], strict=False))) for n, p in parts.items()
    ]
    return Pair(model, tuple(policies))


def test_the_same_pair_differs_in_nothing():
    assert differences(pair(a="x"), pair(a="x")) == []


def test_the_first_pair_is_told_whole():
    assert differences(None, pair(a="x", b="y")) == ["model m-1#11111111", "policy a", "policy b"]


def test_models_files_and_lines_are_told():
    new = LiveModel(id="m-2", digest="2" * 64)
    told = differences(pair(a="x|1", gone="z"), pair(new, a="x|2", come="z"))
    assert told == [
        "model m-1#11111111 -> m-2#22222222",
        "--- live/a: t.csv",
        "+++ new/a: t.csv",
        "@@ -1 +1 @@",
        "-1",
        "+2",
        "added come",
        "removed gone",
    ]


def test_a_long_difference_is_cut_and_says_so():
    told = differences(pair(a="x"), pair(a="\n".join(map(str, range(1_000)))))
    assert len(told) == LINES_AT_MOST + 1
    assert told[-1] == "and 804 lines more"
