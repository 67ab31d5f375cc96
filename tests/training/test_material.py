"""What counts how much: clusters by their shares, sources by their roots, rows beside the corpus up to a part."""

from collections import defaultdict

import numpy as np
import pytest

from tests.training.shops import CLUSTERS, shop_rows
from training.entries import read_entries
from training.material import TITLES_A_ROW, fit_examples, gather, weigh
from training.rows import Row
from training.titles import SHARES, write_titles


@pytest.fixture(scope="module")
def titles():
    return write_titles(read_entries()[::100])


def weights_by(material, weights, key) -> dict:
    sums = defaultdict(float)
    for row, weight in zip(material.examples, weights, strict=True):
        sums[key(row)] += weight
    return sums


def test_each_cluster_counts_for_its_share_whatever_it_has(titles):
    """The corpus's shares, also with rows of one cluster alone beside it; and without the corpus those it is written by."""
    rows = shop_rows()
    food = [row for row in rows if row.cluster == "culinary"]
    of_titles = weights_by(gather(titles, []), [row.weight / sum(t.weight for t in titles) for row in titles], lambda row: row.cluster)  # fmt: skip
    for material in (gather(titles, []), gather(titles, rows), gather(titles, food)):
        shares = weights_by(material, weigh(material, material.every), lambda row: row.cluster)
        assert shares == pytest.approx(of_titles)
    alone = gather([], rows)
    assert weights_by(alone, weigh(alone, alone.every), lambda row: row.cluster) == pytest.approx(SHARES)


def test_clusters_of_ones_own_count_alike():
    material = gather([], [Row(f"panci {n}", "kitchen" if n % 10 else "bath", "a") for n in range(50)])
    assert weights_by(material, weigh(material, material.every), lambda row: row.cluster) == pytest.approx({"bath": 0.5, "kitchen": 0.5})  # fmt: skip


def test_a_source_counts_for_the_root_of_its_rows():
    """A hundred times the rows, ten times the say: a large shop does not drown a small one."""
    rows = [Row(f"kopi {n}", "culinary", "large" if n else "small") for n in range(101)]
    material = gather([], [*rows, Row("tas", "craft", "large")])
    shops = weights_by(material, weigh(material, material.every), lambda row: (row.cluster, row.source))
    assert shops["culinary", "large"] == pytest.approx(10 * shops["culinary", "small"])


def test_a_rows_own_weight_counts_within_its_source():
    rows = [Row("kopi", "culinary", "a", weight=3.0), Row("teh", "culinary", "a"), Row("tas", "craft", "a")]
    material = gather([], rows)
    weights = weigh(material, material.every)
    assert weights[0] == pytest.approx(3 * weights[1])


def test_rows_carry_at_most_their_part_and_a_few_rows_less(titles):
    """Ten rows of craft do not weigh as much as a quarter of the corpus's craft."""
    rows = shop_rows(20)
    few = [row for row in rows if row.cluster == "craft"][:10]
    material = gather(titles, [row for row in rows if row.cluster != "craft"] + few)
    weights = weigh(material, material.every, 0.25)
    part = weights_by(material, weights, lambda row: (row.cluster, row.place.startswith("rows")))
    assert part["culinary", True] / (part["culinary", True] + part["culinary", False]) == pytest.approx(0.25)
    heaviest = max(weight for row, weight in zip(material.examples, weights, strict=True) if row in few)
    light = [weight for row, weight in zip(titles, weights, strict=False) if row.cluster == "craft"]
    assert heaviest < 1.01 * TITLES_A_ROW * np.mean(light)


def test_without_weight_the_rows_might_as_well_not_be_there(titles):
    alone, beside = gather(titles, []), gather(titles, shop_rows())
    assert weigh(beside, beside.every, 0.0)[: len(titles)] == pytest.approx(weigh(alone, alone.every))
    assert weigh(beside, beside.every, 0.0)[len(titles) :].sum() == 0


def test_fitting_to_some_examples_is_fitting_to_those_alone():
    rows = shop_rows()
    material, chosen = gather([], rows), np.arange(0, len(rows), 2)
    alone = gather([], [rows[i] for i in chosen])
    one, other = fit_examples(material, chosen)["regression"], fit_examples(alone, alone.every)["regression"]
    assert np.array_equal(one.coef_, other.coef_)
    assert one.classes_.tolist() == list(CLUSTERS)
    assert not np.array_equal(one.coef_, fit_examples(material, chosen, seed=2)["regression"].coef_)
