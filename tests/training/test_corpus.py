"""The corpus and what is made of it: files a person can read, no contradictions, the same titles from the same seed."""

import pytest

from stream.classify.normalise import normalise
from stream.problems import BadSetup
from training.entries import CORPUS, read_entries
from training.titles import SHARES, read_patterns, write_titles

LANGUAGES = ("en", "id", "ms", "th", "vi", "zh")
CLUSTERS = ("craft", "culinary", "other", "textile_fashion")
HARD_PAIRS = [
    ("mug batik", "other"), ("boneka kain", "other"), ("kotak makan", "other"), ("mesin jahit", "other"), ("cetakan kue", "other"),
    ("tas laptop", "textile_fashion"), ("sarung hp", "other"), ("minyak rambut", "other"), ("teh pelangsing", "other"),
    ("tas rotan", "craft"), ("topi pandan", "craft"), ("ukiran kayu jepara", "craft"),
]  # fmt: skip


@pytest.fixture(scope="module")
def entries():
    return read_entries()


def test_every_language_has_every_cluster_and_indonesian_most(entries):
    counts = {(language, cluster): 0 for language in LANGUAGES for cluster in CLUSTERS}
    for entry in entries:
        counts[entry.language, entry.cluster] += 1
    assert min(counts.values()) > 100
    totals = {language: sum(counts[language, cluster] for cluster in CLUSTERS) for language in LANGUAGES}
    assert max(totals, key=totals.get) == "id"
    assert len(entries) > 10_000
    assert counts["id", "other"] > 10_000


@pytest.mark.parametrize(("words", "cluster"), HARD_PAIRS)
def test_hard_pairs_stand_where_they_belong(entries, words, cluster):
    """Words of one cluster inside a product of another: the entry, or a longer one that begins with it, says which."""
    found = {entry.cluster for entry in entries if entry.text == words or entry.text.startswith(f"{words} ")}
    assert cluster in found


def test_files_are_for_people_to_read():
    """Every file says what it holds; an entry is a phrase and not a title: no long lines."""
    for file in CORPUS.rglob("*.txt"):
        lines = file.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("# "), file
        assert all(line == line.strip() and line for line in lines), file
        assert max(len(line) for line in lines if not line.startswith("#")) <= 80, file


def test_a_text_in_two_clusters_is_refused_with_both_places(tmp_path):
    for cluster, text in (("craft", "Tas Rotan"), ("other", "tas  rotan")):
        folder = tmp_path / "training" / "corpus" / "id" / cluster
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text(f"# bags\n{text}\n", encoding="utf-8")
    with pytest.raises(
        BadSetup,
        match=r"is in craft and other\n  --> training/corpus/id/other/a.txt:2 and training/corpus/id/craft/a.txt:2",
    ):
        read_entries(tmp_path / "training" / "corpus")


def test_the_same_seed_gives_the_same_titles_and_another_seed_others(entries):
    some = entries[:500]
    assert write_titles(some, 2, 1) == write_titles(some, 2, 1)
    assert write_titles(some, 2, 1) != write_titles(some, 2, 2)


def test_each_entry_stands_bare_and_dressed_and_its_words_stay_in_it(entries):
    rows = write_titles(entries[:300], dressed=2)
    assert len(rows) == 900
    for bare, *dressed in zip(*[iter(rows)] * 3, strict=True):
        for row in dressed:
            assert normalise(bare.text).replace(" ", "") in normalise(row.text).replace(" ", "")
            assert (row.cluster, row.source) == (bare.cluster, bare.source)


def test_within_a_language_clusters_count_for_their_shares(entries):
    rows = write_titles(entries)
    for language in LANGUAGES:
        weights = {
            cluster: sum(row.weight for row in rows if (row.language, row.cluster) == (language, cluster))
            for cluster in CLUSTERS
        }
        total = sum(weights.values())
        assert {cluster: round(weight / total, 6) for cluster, weight in weights.items()} == SHARES


@pytest.mark.parametrize("language", LANGUAGES)
def test_patterns_name_every_cluster(language):
    patterns = read_patterns(language)
    assert set(patterns) == {"any", *CLUSTERS}
    assert all(
        isinstance(word, str) and word for part in patterns.values() for words in part.values() for word in words
    )
