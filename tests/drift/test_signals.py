"""Titles are counted once by every signal, under the value that they have."""

import numpy as np

from stream.classify.artifact import load_model
from stream.classify.classifier import classify
from stream.classify.unseen import said_buckets, unseen_shares
from stream.drift.scripts import SCRIPTS, script_of
from stream.drift.signals import SCORES, added, count, no_counts, titles_in, values_of
from tests.conftest import ROOT

CLUSTERS = ("craft", "other")


def counted(**given):
    row = {"likeliest": 0, "scores": 9_000, "abstained": False, "unseen": 0.0, "titles": "batik"} | given
    arrays = {name: np.array([value]) for name, value in row.items() if name != "titles"}
    found = count(CLUSTERS, **arrays, titles=[row["titles"]])
    names = values_of(CLUSTERS)
    assert all(of_signal.sum() == 1 for of_signal in found.values())
    return {signal: names[signal][of_signal.argmax()] for signal, of_signal in found.items()}


def test_a_title_is_counted_under_its_own_value_of_each_signal():
    assert counted() == {"cluster": "craft", "score": "0.9", "abstained": "no", "unseen": "none", "script": "latin"}
    assert counted(likeliest=1, scores=2_999, abstained=True, unseen=0.5, titles="ผ้า") == {
        "cluster": "other",
        "score": "0.2",
        "abstained": "yes",
        "unseen": "0.4",
        "script": "thai",
    }


def test_the_borders_of_scores_and_shares_belong_to_the_value_that_they_name():
    assert [counted(scores=s)["score"] for s in (0, 999, 1_000, 8_999, 10_000)] == ["0.0", "0.0", "0.1", "0.8", "0.9"]
    shares = (0.0, 0.001, 0.05, 0.0999, 0.1, 0.2, 0.4, 1.0)
    assert [counted(unseen=s)["unseen"] for s in shares] == ["none", "some", "0.05", "0.05", "0.1", "0.2", "0.4", "0.4"]


def test_whatever_a_title_holds_it_has_a_script_that_is_counted():
    odd = [
        "",
        "100%",
        "\ud800",
        "𝐁𝐚𝐭𝐢𝐤",
        "Ｂａｔｉｋ",
        "батик",
        "バティック",
        "ბატიკი",
        "बाटिक",
        "بوتيك",
        "바틱",
        "蜡染",
    ]
    found = [script_of(title) for title in odd]
    assert set(found) <= set(SCRIPTS)
    assert found[:5] == ["none", "none", "none", "latin", "latin"]
    assert found[5:] == ["cyrillic", "kana", "other", "devanagari", "arabic", "hangul", "han"]


def test_counts_add_up_and_nothing_is_nothing():
    one = count(CLUSTERS, np.array([1]), np.array([5_000]), np.array([False]), np.array([0.0]), ["a"])
    twice = added([one, one], CLUSTERS)
    assert titles_in(twice) == 2
    assert titles_in(no_counts(CLUSTERS)) == titles_in(added([], CLUSTERS)) == 0
    assert all((twice[signal] == 2 * one[signal]).all() for signal in one)
    assert twice["score"][SCORES.index("0.5")] == 2


def test_random_letters_are_said_less_of_than_words_that_were_learnt():
    """Of features that no title had, the model says nothing about those that fall where no cluster has a weight."""
    model = load_model(ROOT / "models")
    said = said_buckets(model)
    learnt, foreign = unseen_shares(said, ["gamis syari wanita terbaru", "zqwx kjvq xxqz wvkj"])
    assert learnt == 0 < 0.2 < foreign < 1
    assert unseen_shares(said, []).shape == (0,)
    assert unseen_shares(said, ["", "!"]).tolist() == [0, 0]


def test_a_title_has_the_share_that_it_has_alone_in_any_batch():
    model = load_model(ROOT / "models")
    said, titles = said_buckets(model), ["kopi gayo", "", "zapatillas hombre", "蜡染布料"]
    alone = [unseen_shares(said, [title])[0] for title in titles]
    assert unseen_shares(said, titles).tolist() == alone
    assert len(classify(model, titles)) == len(alone)
