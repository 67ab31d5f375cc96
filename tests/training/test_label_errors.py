"""Likely label errors: planted ones come first, and nothing is said of rows that are plainly right."""

import itertools
import random

import numpy as np
import pytest

from tests.training.shops import CLUSTERS, quiet, shop_rows
from training.calibrate import Calibration, HeldOut, calibrate
from training.held_out import classify_held_out, plan
from training.label_errors import LabelError, rank_label_errors
from training.material import gather
from training.rows import Row
from training.tables import write_table


@pytest.fixture(scope="module")
def planted():
    """Rows of which one in twenty carries a wrong cluster."""
    chance, rows, wrong = random.Random(1), [], set()
    for row in shop_rows(25):
        if chance.random() < 0.05:
            row = row._replace(cluster=chance.choice([c for c in CLUSTERS if c != row.cluster]))
            wrong.add(row.place)
        rows.append(row)
    return rows, wrong


@pytest.fixture(scope="module")
def found(planted) -> list[LabelError]:
    material = gather([], planted[0])
    folds = plan(material)
    held_out = classify_held_out(material, folds, quiet())
    return rank_label_errors(material, folds, held_out, calibrate(held_out))


def test_wrong_labels_are_found_early_in_the_list(planted, found):
    """Looking at as many rows as there are wrong ones finds several times what as many chosen by chance would."""
    rows, wrong = planted
    first = {error.place for error in found[: len(wrong)]}
    share_of_all = len(wrong) / len(rows)
    assert len(first & wrong) / len(first) > 6 * share_of_all
    assert len({error.place for error in found} & wrong) > 0.6 * len(wrong)


def test_every_suspicion_says_why_and_the_surest_comes_first(planted, found):
    clusters = {row.place: row.cluster for row in planted[0]}
    for error in found:
        assert error.cluster == clusters[error.place] != error.likelier
        assert error.score < error.score_of_likelier
    margins = [error.score_of_likelier - error.score for error in found]
    assert all(one >= other - 2e-4 for one, other in itertools.pairwise(margins))


def test_a_cluster_of_which_models_are_never_sure_is_not_held_to_the_surety_of_others():
    """A score that is usual for the one cluster is a sign there, where for the other it is none."""
    rows = [Row(f"kopi {n}", c, "a", place=f"{c}-{n}") for c in ("sure", "unsure") for n in range(10)]
    material = gather([], rows)
    values = np.log([[0.9, 0.1]] * 9 + [[0.35, 0.65]] + [[0.4, 0.6]] * 9 + [[0.7, 0.3]])
    held_out = HeldOut(material.clusters, values, material.truth, np.ones(20))
    errors = rank_label_errors(material, plan(material), held_out, Calibration(1.0, {}, 0.0, 0.0))
    assert [error.place for error in errors] == ["sure-9"]


def test_they_are_written_as_a_table(found, tmp_path):
    write_table(tmp_path / "errors.csv", LabelError, found[:2])
    lines = (tmp_path / "errors.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "place,source,text,cluster,likelier,score,score_of_likelier"
    assert len(lines) == 3
