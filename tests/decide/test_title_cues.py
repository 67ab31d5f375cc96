"""Cues in titles, as a table a person can extend: what a title says of where the goods are sent from."""

import json
from pathlib import Path

import numpy as np
import orjson
import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.events import Events
from stream.contract.fields import FIELDS, TITLE
from stream.contract.rows import Source
from stream.decide.title_cues import CUES, FILE, cues_of, cues_said, load_cues
from stream.problems import BadSetup
from tests.decide.making import event, fired, policies, policy, rule, ruling

TABLE = [
    # Indonesian
    ("Gamis syari READY STOCK CHINA", "CN"),
    ("tas wanita stok china murah", "CN"),
    ("Ready China - jaket bomber", "CN"),
    ("Casing hp kirim dari Tiongkok", "CN"),
    ("Sepatu import dari Cina ori", "CN"),
    ("Jam tangan dikirim dari luar negeri", "abroad"),
    ("Skincare kirim langsung dari Jepang", "JP"),
    ("Dress gudang china", "abroad"),
    ("Sofa custom PO 14 hari", "long_wait"),
    ("Lemari PRE ORDER (15 - 20 hari) kerja", "long_wait"),
    ("meja makan po 3 minggu", "long_wait"),
    # Malay
    ("Baju kurung penghantaran dari China", "CN"),
    ("Kasut stok dari china", "CN"),
    ("Beg dihantar dari luar negara", "abroad"),
    ("Tudung pre order 14 hingga 21 hari", "long_wait"),
    # English
    ("Phone case, ships from China", "CN"),
    ("Dress [Shipped from Overseas]", "abroad"),
    ("Sneakers overseas stock", "abroad"),
    ("Jacket shipping from Korea", "KR"),
    ("Lamp PREORDER 10-14 working days", "long_wait"),
    ("Lamp pre-order 2 weeks", "long_wait"),
    ("Vase pre order 12 days", "long_wait"),
    # Vietnamese, Thai, Chinese
    ("Váy hàng order Quảng Châu", "CN"),
    ("Áo khoác gửi từ nước ngoài", "abroad"),
    ("Giày hàng order 10-15 ngày", "long_wait"),
    ("เสื้อผ้า ส่งจากจีน", "CN"),
    ("กระเป๋า จัดส่งจากต่างประเทศ", "abroad"),
    ("รองเท้า พรีออเดอร์ 15-20 วัน", "long_wait"),
    ("连衣裙 中国直邮", "CN"),
    ("韓國代購 長大衣", "KR"),
    ("海外代购 面膜", "abroad"),
    ("外套 預購 14 天", "long_wait"),
    ("Mug, sent directly from Hong Kong", "HK"),
    ("Watch dispatched from Taiwan", "TW"),
    ("Bag China stock", "CN"),
    ("Bag cross-border seller", "abroad"),
    ("Kimono delivered from Japan", "JP"),
    ("Skincare dikirim dari Korea", "KR"),
    ("Camilan import dari Thailand", "TH"),
    ("Áo hàng ship từ Trung Quốc", "CN"),
    ("ครีม ส่งตรงจากญี่ปุ่น", "JP"),
    ("ครีม ส่งจากประเทศเกาหลี", "KR"),
    ("面霜 日本直送", "JP"),
    ("奶粉 香港直邮", "HK"),
    # a place outweighs a wait, and the first place counts
    ("PO 14 hari, kirim dari China", "CN"),
    ("ships from Japan, stock China", "JP"),
    # none of these say where the goods are sent from, nor tell of a long wait
    ("Ready stock Jakarta", None),
    ("Kaos jepang motif samurai", None),
    ("Piring keramik china antik", None),
    ("Chinatown mantou, ready stock", None),
    ("GIANT China Shitake Mushroom 200g", None),
    ("中国象棋 9550", None),
    ("多星电煎锅中国红", None),
    ("Hàng nội địa Trung chính hãng", None),
    ("Kue ulang tahun PO 2 hari", None),
    ("Sambal PO H-1", None),
    ("Stocking china doll", None),
    ("already stock chinatown", None),
    ("Woh Hup Kung Po Sauce 14 hari", None),
    ("", None),
]


@pytest.mark.parametrize(("title", "expected"), TABLE)
def test_cue(title, expected):
    """A title says where its goods are sent from only in words that mean nothing else."""
    assert cues_of([title]) == [expected]


def test_titles_are_read_apart():
    """All titles of a batch at once say what each says alone, also where a title holds line breaks."""
    titles = [title for title, _ in TABLE] + ["ready\nstock china", "kirim dari", "china", "x\nships from china\n"]
    assert cues_of(titles) == [cue for title in titles for cue in cues_of([title])]
    assert cues_of(["kirim dari", "china"]) == [None, None]
    assert cues_of([]) == []


@given(st.lists(st.sampled_from([title for title, _ in TABLE]) | st.text(max_size=20), max_size=8))
def test_a_batch_equals_its_titles(titles):
    """Neighbours change nothing, whatever characters they hold."""
    assert cues_of(titles) == [cue for title in titles for cue in cues_of([title])]


def events_titled(titles, write):
    source, spans = Source(b""), np.zeros((len(titles), FIELDS, 2), np.int64)
    spans[:, TITLE] = source.put_all(map(write, titles))
    return Events(source.content(), spans, np.zeros(len(titles), np.int64), {})


@pytest.mark.parametrize("write", [orjson.dumps, lambda title: json.dumps(title).encode()], ids=["utf-8", "escaped"])
@given(st.lists(st.sampled_from([title for title, _ in TABLE]) | st.text(max_size=20), max_size=8))
def test_events_say_what_their_titles_say(write, titles):
    """However JSON writes them: with characters as they are, or with each beyond ASCII escaped."""
    assert cues_said(events_titled(titles, write)) == {row: cue for row, cue in enumerate(cues_of(titles)) if cue}


@pytest.mark.parametrize("cue", CUES, ids=lambda cue: f"{cue.language}-{cue.line}")
def test_every_cue_is_in_the_table(cue):
    """No line of the file is there that no title of the table shows."""
    assert any(re2.search(cue.pattern, title.casefold()) for title, _ in TABLE)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("words", ["pre order ", "ready stock ", "ships from ", "po 9", "预购"])
def test_no_title_hangs_the_worker(words):
    """Half a million characters of beginnings of cues are read in time that grows with their number."""
    assert cues_of([words * (500_000 // len(words))])


FILES = [
    ("language,pattern,says\nid,dari (china,CN\n", "the pattern `dari (china` cannot be read: missing ): dari (china"),
    ("language,pattern,says\nid,dari china,China\n", "expected `abroad`, `long_wait` or a country, found `China`"),
    ("language,pattern,says\nid,dari China,CN\n", "expected a pattern in lower case, found `dari China`"),
    ("language,pattern\nid,dari china\n", "the column `says` is missing"),
]


@pytest.mark.parametrize(("text", "message"), FILES)
def test_a_file_that_is_wrong(text, message, tmp_path):
    """A mistake in the file of cues is told with its line, and nothing starts."""
    file = tmp_path / "cues.csv"
    file.write_text(text)
    with pytest.raises(BadSetup) as refused:
        load_cues(file)
    (problem,) = refused.value.problems
    assert (problem.message, problem.place.partition(":")[2][:1]) == (message, "1" if "column" in message else "2")


def test_the_file_is_a_table_anybody_can_read():
    """The cues are a CSV file with a language to every line."""
    assert Path(FILE).suffix == ".csv"
    assert {cue.language for cue in CUES} == {"en", "id", "ms", "vi", "th", "zh"}


def test_a_cue_contradicts_local_and_decides_where_it_is_named():
    """What a title lets on stands in the decision's conflicts, and decides only by a rule that asks for it."""
    rules = rule("{conflicts: local_seller_title_says_abroad}", "review", "a") + rule(
        "{title_cue: long_wait, seller.type: local}", "{advice: check-stock}", "b"
    )
    rules += rule("{inferred.seller_type: cross_border}", "review", "c") + rule(
        "{title_cue: {not: abroad}}", "review", "d"
    )
    held = policies(policy(rules))
    found = {
        title: ruling(held, event(listing={"title": title})) for title in ("tas kirim dari china", "po 14 hari", "tas")
    }
    assert [fired(each) for each in found.values()] == [["a", "c"], ["b", "d"], []]
    conflicts = [each.origin["conflicts"] for each in found.values()]
    assert conflicts == [["local_seller_title_says_abroad"], ["local_seller_title_says_long_wait"], []]
