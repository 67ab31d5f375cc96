"""Reading labelled rows: every line comes out once, as a row or as a bad row that says where, what and why."""

import csv
import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from stream.problems import BadSetup
from training.read_rows import check_share_of_bad, read_rows
from training.rows import Row

CLUSTERS = ("craft", "culinary", "other", "textile_fashion")


def jsonl(folder, *lines: object):
    """Write values as a JSONL file; bytes as they are."""
    place = folder / "rows.jsonl"
    place.write_bytes(b"".join((x if type(x) is bytes else json.dumps(x).encode()) + b"\n" for x in lines))
    return place


def told(read, folder) -> list[tuple[str, str]]:
    return [(bad.reason, str(bad).replace(f"{folder}/", "")) for bad in read.bad]


def test_a_row_may_say_all_or_only_what_it_must(tmp_path):
    """The measuring files' `title` is as good as `text`; a row without a source is of the file."""
    place = jsonl(
        tmp_path,
        {"title": "Batik tulis", "cluster": "textile_fashion"},
        {"text": "kopi", "cluster": "culinary", "source": 7, "language": "id", "seller": "s-1", "weight": 2, "country": "ID", "hue": "red"},
    )  # fmt: skip
    read = read_rows([place], CLUSTERS)
    assert read.rows == [
        Row("Batik tulis", "textile_fashion", "rows", None, None, 1.0, f"{place}:1"),
        Row("kopi", "culinary", "7", "id", "s-1", 2.0, f"{place}:2"),
    ]
    assert (read.bad, read.countries) == ([], [None, "ID"])


@pytest.mark.parametrize(
    ("line", "reason", "message"),
    [
        (b'{"text": "tas", "cluster": "oth\xe9r"}', "not-utf8", "expected UTF-8, got byte 0xe9"),
        (b'{"text": "tas", ', "not-json", "expected one JSON object a line, got unexpected end of data"),
        (["tas", "craft"], "wrong-type", "expected a JSON object, got `['tas', 'craft']`"),
        ({"cluster": "craft"}, "missing-field", "expected `text` or `title`, got none"),
        ({"text": "tas"}, "missing-field", "expected `cluster`, got none"),
        ({"text": 3, "cluster": "craft"}, "wrong-type", "expected text in `text`, got `3`"),
        ({"text": "tas", "cluster": "craft", "language": 5}, "wrong-type", "expected text in `language`, got `5`"),
        ({"text": " \u200b🎉 ", "cluster": "craft"}, "empty-text", "expected a text with a letter or a digit in it, got `\u200b🎉`"),
        ({"text": "", "cluster": "craft"}, "empty-text", "expected a text with a letter or a digit in it, got ``"),
        ({"text": "tas", "cluster": "textile-fasion"}, "unknown-cluster", "expected one of `craft`, `culinary`, `other`, `textile_fashion`, got `textile-fasion`, did you mean `textile_fashion`?"),
        ({"text": "tas", "cluster": "craft", "weight": 0}, "bad-weight", "expected a weight over 0 and up to a million, got `0`"),
        ({"text": "tas", "cluster": "craft", "weight": 1e300}, "bad-weight", "expected a weight over 0 and up to a million, got `1e+300`"),
        ({"text": "tas", "cluster": "craft", "weight": -1.5}, "bad-weight", "expected a weight over 0 and up to a million, got `-1.5`"),
        ({"text": "tas", "cluster": "craft", "weight": True}, "bad-weight", "expected a weight over 0 and up to a million, got `True`"),
        ({"text": "tas", "cluster": "craft", "weight": "heavy"}, "bad-weight", "expected a weight over 0 and up to a million, got `heavy`"),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_with_its_line_and_does_not_spoil_its_neighbours(tmp_path, line, reason, message):
    good = {"text": "kopi", "cluster": "culinary"}
    read = read_rows([jsonl(tmp_path, good, line, b"", good)], CLUSTERS)
    assert told(read, tmp_path) == [(reason, f"rows.jsonl:2: {message}")]
    assert [row.place.rpartition(":")[2] for row in read.rows] == ["1", "4"]
    assert read.counts == {reason: 1}


def test_texts_that_two_rows_put_into_different_clusters_are_bad_in_all_of_them(tmp_path):
    """Nothing says which of them is right; the same text twice in one cluster is no contradiction."""
    rows = [("tas", "craft"), ("kopi", "culinary"), (" tas ", "other"), ("kopi", "culinary"), ("tas", "craft")]
    read = read_rows([jsonl(tmp_path, *({"text": t, "cluster": c} for t, c in rows))], CLUSTERS)
    assert [row.text for row in read.rows] == ["kopi", "kopi"]
    assert told(read, tmp_path) == [
        ("contradiction", "rows.jsonl:1: expected one cluster for `tas`, got `craft`, and `other` at rows.jsonl:3"),
        ("contradiction", "rows.jsonl:3: expected one cluster for `tas`, got `other`, and `craft` at rows.jsonl:1"),
        ("contradiction", "rows.jsonl:5: expected one cluster for `tas`, got `craft`, and `other` at rows.jsonl:3"),
    ]  # fmt: skip


@pytest.mark.parametrize(("ending", "separator"), [(".csv", ","), (".csv", ";"), (".tsv", "\t"), (".CSV", ",")])
def test_csv_is_read_as_spreadsheets_write_it(tmp_path, ending, separator):
    """With a byte order mark, `;` where the comma is a decimal sign, quotes, line breaks inside a field."""
    place = tmp_path / f"rows{ending}"
    lines = ["Title,Cluster,Weight", '"Gamis, ""syari""\nwanita",textile_fashion,2.5', "", "kopi,culinary,"]
    place.write_text("\ufeff" + "\r\n".join(line.replace(",", separator) for line in lines), encoding="utf-8")
    read = read_rows([place], CLUSTERS)
    found = [(row.text, row.weight, row.place.rpartition(":")[2]) for row in read.rows]
    assert found == [(f'Gamis{separator} "syari"\nwanita', 2.5, "2"), ("kopi", 1.0, "5")]


@pytest.mark.parametrize(
    ("line", "reason", "message"),
    [
        (b"tas,craft,1,extra", "not-csv", "expected 3 fields as in the header, got 4"),
        (b"tas,craft", "not-csv", "expected 3 fields as in the header, got 2"),
        (b'"tas" rotan,craft,1', "not-csv", "expected a record of CSV, got ',' expected after '\"'"),
        (b"t\xffs,craft,1", "not-utf8", "expected UTF-8, got byte 0xff"),
        (b",craft,1", "empty-text", "expected a text with a letter or a digit in it, got ``"),
        (b"tas,,1", "missing-field", "expected `cluster`, got none"),
        (b"tas,craft,heavy", "bad-weight", "expected a weight over 0 and up to a million, got `heavy`"),
        (b"tas,craft,nan", "bad-weight", "expected a weight over 0 and up to a million, got `nan`"),
    ],
)
def test_a_bad_line_of_csv_is_told_and_does_not_spoil_its_neighbours(tmp_path, line, reason, message):
    place = tmp_path / "rows.csv"
    place.write_bytes(b"text,cluster,weight\nkopi,culinary,1\n" + line + b"\nteh,culinary,1\n")
    read = read_rows([place], CLUSTERS)
    assert told(read, tmp_path) == [(reason, f"rows.csv:3: {message}")]
    assert [row.text for row in read.rows] == ["kopi", "teh"]


def test_a_quote_that_never_closes_is_told_where_it_opens(tmp_path):
    place = tmp_path / "rows.csv"
    place.write_text('text,cluster\nkopi,culinary\n"tas,craft\nteh,culinary\n')
    assert told(read_rows([place], CLUSTERS), tmp_path) == [
        ("not-csv", "rows.csv:3: expected a record of CSV, got unexpected end of data")
    ]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_parquet_is_read_whatever_kind_of_text_it_holds(tmp_path, kind):
    place = tmp_path / "rows.parquet"
    columns = {"title": pa.array(["tas", None, "", "kopi"], kind), "cluster": pa.array(["craft", "craft", "craft", "culinary"], kind), "weight": [1, 1, 1, 3]}  # fmt: skip
    parquet.write_table(pa.table({**columns, "picture": [[1], [2], [3], [4]]}), place)
    read = read_rows([place], CLUSTERS)
    assert [(row.text, row.weight, row.place) for row in read.rows] == [("tas", 1.0, f"{place}:1"), ("kopi", 3.0, f"{place}:4")]  # fmt: skip
    assert [(bad.reason, bad.place) for bad in read.bad] == [("missing-field", f"{place}:2"), ("empty-text", f"{place}:3")]  # fmt: skip


def test_a_value_of_parquet_that_is_no_utf8_costs_its_own_row_only(tmp_path):
    place = tmp_path / "rows.parquet"
    broken = pa.array([b"kopi", b"t\xffs", b"teh"], pa.binary()).view(pa.string())
    parquet.write_table(pa.table({"text": broken, "cluster": ["culinary"] * 3}), place)
    read = read_rows([place], CLUSTERS)
    assert [row.text for row in read.rows] == ["kopi", "teh"]
    assert told(read, tmp_path) == [("not-utf8", "rows.parquet:2: expected UTF-8, got byte 0xff")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.xlsx", b"", "expected a file of rows, got the ending `.xlsx`"),
        ("rows.csv", b"judul,cluster\ntas,craft\n", "expected a column `text` or `title`, got `judul`, `cluster`"),
        ("rows.csv", b"texts,klass\n", "expected a column `text` or `title`, did you mean `texts`?, got `texts`, `klass`"),
        ("rows.csv", b"", "expected a column `text` or `title`, got none"),
        ("rows.parquet", b"PAR?", "not a Parquet file: "),
        (None, b"", "file cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_of_rows_stops_the_start(tmp_path, name, content, message):
    place = tmp_path / (name or "missing.jsonl")
    if name:
        place.write_bytes(content)
    with pytest.raises(BadSetup) as bad:
        read_rows([place], CLUSTERS)
    assert bad.value.problems[0].message.startswith(message)
    assert str(place) in bad.value.problems[0].place


def test_without_known_clusters_the_files_name_them(tmp_path):
    place = jsonl(tmp_path, {"text": "kompor", "cluster": "kitchen"}, {"text": "kopi", "cluster": " "})
    read = read_rows([place])
    assert [row.cluster for row in read.rows] == ["kitchen"]
    assert told(read, tmp_path) == [("unknown-cluster", "rows.jsonl:2: expected the name of a cluster, got ``")]


def test_rows_are_refused_where_more_than_a_tenth_is_bad(tmp_path):
    good, bad = [{"text": f"kopi {i}", "cluster": "culinary"} for i in range(9)], {"text": "tas", "cluster": "bags"}
    check_share_of_bad(read_rows([jsonl(tmp_path, *good, bad)], CLUSTERS))
    with pytest.raises(BadSetup, match=r"2 of 11 rows are bad, at most 10% may be\n(.*\n)*.*rows.jsonl:10"):
        check_share_of_bad(read_rows([jsonl(tmp_path, *good, bad, bad)], CLUSTERS))
    with pytest.raises(BadSetup, match="no rows"):
        check_share_of_bad(read_rows([jsonl(tmp_path)], CLUSTERS))


FIELD = st.none() | st.text(max_size=6) | st.sampled_from(["craft", "other", "tas", " tas"]) | st.floats() | st.lists(st.integers(), max_size=1)  # fmt: skip
OBJECTS = st.fixed_dictionaries({}, optional=dict.fromkeys(("text", "title", "cluster", "source", "weight"), FIELD))


@given(st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"")) | OBJECTS.map(lambda o: json.dumps(o).encode()), max_size=12))  # fmt: skip
def test_every_line_comes_out_once(tmp_path_factory, lines):
    """As a row or as a bad row, blank lines alone excepted; and nothing in a file makes the reader raise."""
    place = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    place.write_bytes(b"\n".join(lines))
    read = read_rows([place], CLUSTERS)
    places = [row.place for row in read.rows] + [bad.place for bad in read.bad]
    assert sorted(places) == sorted(f"{place}:{n}" for n, line in enumerate(lines, 1) if line.strip())


@given(st.lists(st.tuples(st.text(max_size=9), st.sampled_from(CLUSTERS)), max_size=8))
def test_csv_and_jsonl_say_the_same(tmp_path_factory, pairs):
    """Whatever is quoted, broken over lines or strange in a text, but for surrogates, which are no text."""
    pairs = [(text.replace("\r", " ").encode("utf-8", "ignore").decode(), cluster) for text, cluster in pairs]
    folder = tmp_path_factory.mktemp("rows")
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "cluster"), *pairs])
    jsonl(folder, *({"text": text, "cluster": cluster} for text, cluster in pairs))
    ours = [[row[:5] for row in read_rows([folder / f"rows.{ending}"], CLUSTERS).rows] for ending in ("csv", "jsonl")]
    assert ours[0] == ours[1]
