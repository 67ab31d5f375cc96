"""Each disguise does what its file says and nothing else; a reader can undo the reversible ones; what they cost is measured."""

import math
import re
import unicodedata
from collections import Counter
from itertools import groupby, pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.classify.normalise import normalise
from stream.problems import BadSetup
from tests.training.measuring import labelled, shipped, worse
from training.entries import read_entries
from training.evasion.full_width import alphabets
from training.evasion.leet import SIGNS
from training.evasion.letters import count_of
from training.evasion.look_alike import read_look_alikes
from training.evasion.measure import disguise_rows, measure_evasion
from training.evasion.registry import DISGUISES, disguise
from training.evasion.stuffing import foreign_words
from training.evasion.words import read_words
from training.evasion.zero_width import INVISIBLE
from training.gates_file import load_gates

TITLE = "Gamis wanita syari premium 250gr, bahan katun"
TITLES = st.text(max_size=60) | st.sampled_from([TITLE, "áo dài Việt Nam", "连衣裙 2021新款", "เสื้อยืด", ""])
# The share of corpus entries that the normaliser reads as if they were plain, each wearing the disguise wholly. What is
# missing to 1: look-alikes from scripts that the corpus is written in, and parenthesised letters, which fold to "(a)".
UNDONE = {"zero_width": 1.0, "full_width": 0.99}
SPOKEN_FOR = {"typos": 0.3, "leet": 1.0, "repeats": 1.0, "stuffing": 3, "squatting": 1, "mixed": 1.0}


def worn(text: str, name: str, strength: float, seed: int = 1, cluster: str | None = "textile_fashion") -> str:
    return disguise(text, name, strength, Random(seed), cluster)


def letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))


@given(TITLES, st.sampled_from(sorted(DISGUISES)), st.integers(0, 9))
@settings(deadline=None)
def test_the_same_chance_gives_the_same_title(text, name, seed):
    assert worn(text, name, 1.0, seed) == worn(text, name, 1.0, seed)


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguise_changes_the_title_and_another_chance_changes_it_otherwise(name):
    found = {worn(TITLE, name, SPOKEN_FOR.get(name, 1.0), seed) for seed in range(10)}
    assert TITLE not in found
    assert len(found) > 3


@given(TITLES, st.sampled_from([name for name in DISGUISES if name not in ("spacing", "mixed")]))
@settings(deadline=None)
def test_without_strength_nothing_changes_but_space(text, name):
    """Whole titles are spaced, and words appended in translation, whatever the strength."""
    assert worn(text, name, 0).split() == text.split()


@given(st.text(alphabet="aBcDkz 5,中ก", max_size=40), st.integers(0, 9))
@settings(deadline=None)
def test_look_alikes_stand_letter_for_letter_and_touch_nothing_but_latin_letters(text, seed):
    pairs = list(zip(text, worn(text, "look_alike", 1.0, seed), strict=True))
    assert all(other in read_look_alikes()[letter] for letter, other in pairs if letter in read_look_alikes())
    assert all(other == letter for letter, other in pairs if letter not in read_look_alikes())


def test_an_accent_stays_on_the_letter_that_takes_the_place():
    assert "\u0301" in unicodedata.normalize("NFD", worn("é", "look_alike", 1.0))
    assert unicodedata.normalize("NFC", worn("Việt", "full_width", 0.0)) == "Việt"


def test_every_look_alike_is_a_single_character_that_is_not_the_letter():
    for letter, characters in read_look_alikes().items():
        assert len(set(characters)) == len(characters) >= 3, letter
        assert not any(c.isascii() for c in characters), letter


@given(TITLES)
@settings(deadline=None)
def test_invisible_characters_stand_inside_words_only_and_are_all_that_is_added(text):
    inside = sum(a.isalnum() and b.isalnum() for a, b in pairwise(text))
    disguised = worn(text, "zero_width", 1.0)
    assert len(disguised) == len(text) + inside
    assert [c for c in disguised if c not in INVISIBLE] == [c for c in text if c not in INVISIBLE]


@given(st.text(alphabet="abcé 中5", max_size=40), st.integers(0, 20))
@settings(deadline=None)
def test_spacing_keeps_every_letter_in_its_place(text, seed):
    assert re.sub(r"[\s.\-_*]", "", worn(text, "spacing", 0.5, seed)) == "".join(text.split())


@given(st.sampled_from(sorted(alphabets())), st.integers(0, 99))
def test_another_alphabet_is_one_of_unicodes_own(name, seed):
    """Each letter is an assigned one whose Unicode name or decomposition tells that it is that letter."""
    letter, other = Random(seed).choice(sorted(alphabets()[name].items()))
    told = unicodedata.name(other).split()[-1].casefold(), unicodedata.normalize("NFKD", other).strip("()").casefold()
    assert letter.casefold() in told or unicodedata.normalize("NFKD", other) == letter


@given(TITLES, st.integers(0, 9))
@settings(deadline=None)
def test_typos_go_wrong_in_letters_alone_and_in_no_more_than_their_share(text, seed):
    disguised, slips = worn(text, "typos", 0.1, seed), math.ceil(0.1 * len(letters(text)))
    assert [c for c in disguised if not c.isalpha()] == [c for c in text if not c.isalpha()]
    lost, gained = Counter(text) - Counter(disguised), Counter(disguised) - Counter(text)
    assert lost.total() <= slips
    assert gained.total() <= slips


def test_one_letter_in_ten_is_one_in_ten_on_average():
    counts = [count_of(0.1, 25, Random(seed)) for seed in range(1000)]
    assert set(counts) == {2, 3}
    assert np.mean(counts) == pytest.approx(2.5, abs=0.05)


@given(TITLES)
@settings(deadline=None)
def test_leet_signs_resemble_the_letters_they_stand_for(text):
    before, after = (unicodedata.normalize("NFD", t) for t in (text, worn(text, "leet", 1.0)))
    assert all(a in SIGNS.get(b.lower(), b) for b, a in zip(before, after, strict=True))


@given(TITLES)
@settings(deadline=None)
def test_repeats_draw_letters_out_and_add_no_other(text):
    assert [c for c, _ in groupby(worn(text, "repeats", 0.5))] == [c for c, _ in groupby(text)]


@pytest.mark.parametrize(
    ("title", "language"), [("kopi arabika gayo", None), ("连衣裙女夏", "zh"), ("cà phê sữa đá", "vi"), ("เสื้อยืด", "th")]
)
@pytest.mark.parametrize("cluster", ["textile_fashion", "culinary", "craft", "other"])
def test_stuffing_adds_three_words_foreign_to_the_cluster_in_the_titles_language(title, language, cluster):
    disguised = worn(title, "stuffing", 3, cluster=cluster).split()
    added = list(disguised)
    for word in title.split():
        added.remove(word)
    assert len(added) == 3
    assert [word for word in disguised if word not in added] == title.split()
    possible = {word for name in [language] * bool(language) or ["id", "en"] for word in foreign_words(name, cluster)}
    own = {word for name in read_words("foreign_words") for word in read_words("foreign_words")[name][cluster]}
    assert set(added) <= possible
    assert not set(added) & own


def test_squatting_begins_with_goods_of_an_open_category_and_keeps_the_title_whole():
    names = read_words("open_categories")
    for title, languages in (("gamis wanita", ["id", "en"]), ("手工木雕摆件", ["zh"])):
        name, _, rest = worn(title, "squatting", 1).rpartition(f" {title}")
        assert (rest, name in [n for language in languages for n in names[language]]) == ("", True)


def test_mixing_swaps_or_appends_words_that_mean_the_same():
    meanings = [set(row.values()) for row in read_words("aligned_words")]
    found = {worn("tas kulit rusa", "mixed", 1.0, seed) for seed in range(60)}
    assert {"bag leather rusa", "包包 皮 rusa", "tas kulit rusa bag leather"} <= found
    assert all("rusa" in title for title in found)
    assert any({"tas", "bag", "包包"} <= words for words in meanings)
    assert worn("Nasi Rawon", "mixed", 1.0, 3, "culinary") != "Nasi Rawon"


@pytest.mark.parametrize("name", UNDONE)
def test_a_reversible_disguise_is_read_as_the_plain_title(name):
    """On every fortieth entry of the corpus, all its letters disguised."""
    entries = read_entries()[::40]
    same = [normalise(worn(e.text, name, 1.0, i)) == normalise(e.text) for i, e in enumerate(entries)]
    assert np.mean(same) >= UNDONE[name]
    assert DISGUISES[name].reversible


def test_every_disguise_is_measured_at_a_strength():
    assert list(load_gates().strengths) == list(DISGUISES)


def test_strengths_are_refused_with_every_reason(tmp_path):
    file = tmp_path / "gates.yaml"
    gates = "schema: keran.gates/1\ngates: [{gate: all, figure: all.macro_f1, at_least: 0.5}]\n"
    file.write_text(gates + "strengths: {leat: 0.5, typos: 0, repeats: true, spacing: wide}\n")
    with pytest.raises(BadSetup) as bad:
        load_gates(file)
    shown = str(bad.value)
    assert "unknown disguise `leat`, did you mean `leet`?" in shown
    assert shown.count("expected a number over 0, got `") == 3
    assert f"--> {file}, `strengths`, `typos`" in shown


def test_a_gates_file_of_ones_own_may_say_how_strongly_disguises_are_worn(tmp_path):
    file = tmp_path / "gates.yaml"
    gates = "schema: keran.gates/1\ngates: [{gate: all, figure: all.macro_f1, at_least: 0.5}]\n"
    file.write_text(gates + "strengths: {typos: 0.2}\n")
    assert load_gates(file).strengths == {"typos": 0.2}
    file.write_text(gates)
    assert load_gates(file).strengths == load_gates().strengths


def test_what_a_disguise_costs_is_what_it_costs_on_the_disguised_titles():
    """Macro-F1 counted anew by hand, and no listing counted as held that is neither blocked nor sent to review."""
    rows, countries = labelled()
    found = measure_evasion(shipped(), rows, {"zero_width": 1.0, "stuffing": 3}, countries=countries)
    assert found["zero_width"]["drop"] == {"all": 0, "indonesian": 0}
    assert (found["zero_width"]["held"], found["zero_width"]["still_blocked"]) == (1, 1)
    stuffed = found["stuffing"]
    disguised = [row._replace(text=text) for row, text in zip(rows, disguise_rows(rows, "stuffing", 3, 1), strict=True)]
    plain = measure_evasion(shipped(), disguised, {"zero_width": 1.0}, countries=countries)["zero_width"]["macro_f1"]
    assert stuffed["macro_f1"] == plain
    assert stuffed["held"] == pytest.approx(stuffed["still_blocked"] + stuffed["reviewed"])
    assert stuffed["drop"]["all"] > 0.05
    assert stuffed["still_blocked"] < 1


def test_a_row_is_disguised_alike_in_any_file():
    rows, _ = labelled()
    for name, strength in load_gates().strengths.items():
        assert disguise_rows(rows, name, strength, 1)[5:9] == disguise_rows(rows[5:9], name, strength, 1)
        assert disguise_rows(rows, name, strength, 1) != disguise_rows(rows, name, strength, 2)


def test_only_closed_goods_that_the_plain_title_would_block_are_asked_for():
    rows, _ = labelled()
    closed = [row for row in rows if row.cluster != "other"]
    everything, closed_alone = (measure_evasion(shipped(), r, {"leet": 0.5})["leet"] for r in (rows, closed))
    assert everything["blocked"] == closed_alone["blocked"] > 0
    assert everything["held"] == closed_alone["held"]
    assert closed_alone["macro_f1"]["indonesian"] is None


def test_a_model_that_blocks_nothing_holds_nothing():
    rows, _ = labelled()
    found = measure_evasion(worse(worse(worse(shipped()))), rows[:30], {"leet": 0.5})["leet"]
    assert (found["blocked"], found["held"]) == (0, None)
