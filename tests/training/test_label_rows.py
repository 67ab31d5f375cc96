"""People's labels as rows to learn from: they overrule files, are counted, and change the next model's answer."""

from pathlib import Path

from stream.classify import artifact
from stream.classify.classifier import classify
from stream.labels.read_labels import ReadLabels, read_labels
from stream.labels.settle import settle
from tests.labels.making import label, record
from tests.training.shops import CLUSTERS, quiet, shop_rows, write_rows
from training.label_rows import fields_of
from training.read_rows import read_rows
from training.train import Recipe, train

TITLE = "mug batik"


def labelled(*labels):
    return ReadLabels(list(labels), []), settle(labels)


def test_a_label_changes_the_next_models_answer_for_its_title_and_is_counted(tmp_path):
    """One label beside 400 rows; card and manifest count it under the source `labels`."""
    place = write_rows(tmp_path / "rows.jsonl", shop_rows())
    before, after = (
        train(Recipe(name, corpus=False), tmp_path, read_rows([place], CLUSTERS, labels=fields_of(labels)), progress=quiet())
        for name, labels in (("before", None), ("after", labelled(label("LB-1", "other", title=TITLE))))
    )  # fmt: skip
    given = [found.cluster for model in (before.model, after.model) for found in classify(model, [TITLE])]
    assert given == ["textile_fashion", "other"]
    assert artifact.read_manifest(after.place)[0].training["rows"]["sources"]["labels"] == 1
    assert "| labels | 0 | 0 | 1 | 0 |" in (after.place / artifact.CARD).read_text(encoding="utf-8")


def test_a_label_overrules_rows_of_files_that_are_normalised_the_same(tmp_path):
    """And the row says by which label; a label is no contradiction."""
    place = tmp_path / "rows.csv"
    place.write_text("title,cluster\nMUG Batik!,craft\nmug batik,other\nkopi,culinary\n")
    read = read_rows([place], labels=fields_of(labelled(label("LB-1"))))
    assert [(row.text, row.source) for row in read.rows] == [(TITLE, "rows"), ("kopi", "rows"), (TITLE, "labels")]
    (bad,) = read.bad
    assert bad.reason == "overruled"
    assert str(bad).replace(str(Path(place)), "ROWS") == (
        "ROWS:2: expected `other`, as label `LB-1` says of `MUG Batik!`, got `craft`"
    )


def test_bad_labels_and_unknown_clusters_are_bad_rows():
    read = read_labels([record(b"{}x")])
    labels = read._replace(labels=[label("LB-1", "crafts")])
    bad = read_rows([], CLUSTERS, labels=fields_of((labels, settle(labels.labels)))).bad
    assert [(row.reason, str(row)) for row in bad] == [
        (
            "unknown-cluster",
            "label `LB-1`: expected one of `craft`, `culinary`, `other`, `textile_fashion`, got `crafts`, "
            "did you mean `craft`?",
        ),
        (
            "bad-label",
            "labels.jsonl:1: expected a label, `keran.label/1`, got "
            "`$`: invalid JSON: trailing characters at line 1 column 3",
        ),
    ]
