"""A worker's watch over drift: few titles whatever its speed, an alarm said once, a metric for what it knows."""

import dataclasses

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from stream.contract.record import FileRecord
from stream.drift.profile import profile_of
from stream.drift.signals import added, titles_in
from stream.engines.drift import JUDGE_SECONDS, LOOK_SECONDS, TITLES_A_LOOK, Drift
from stream.engines.profiling import profile_lines
from stream.live.look import look
from stream.live.reference import Found, Reference
from stream.pipeline import ClassifiedRun, classify_run
from stream.problems import BadSetup, Problem
from tests.conftest import value_with

FASHION = ["Gamis wanita syari premium", "Kaos polos pria katun", "Tas selempang kulit", "Sepatu sneakers pria"]
FOOD = ["Kopi gayo bubuk 250 gram", "Keripik singkong balado pedas", "Sambal bawang botol", "Beras pulen 5 kg"]


class Stage:
    """A watch under a clock of its own, with a profile of half clothes and half food."""

    def __init__(self, model, own=True):
        self.model, self.now = model, 1_000.0
        self.drift = Drift(lambda: self.now)
        whole = self.run([*FASHION, *FOOD] * 250)
        counts = look(model, model.weights.any(axis=1), whole, _every(whole))
        self.profile = profile_of(model.id, model.clusters, counts, "clothes and food")
        self.drift.watch(model, Found(Reference(self.profile, own)))

    def run(self, titles) -> ClassifiedRun:
        return classify_run(self.model, [FileRecord(value_with(listing__title=title)) for title in titles])

    def see(self, titles, looks=60):
        run = self.run(titles * 8)
        for _ in range(looks):
            self.now += JUDGE_SECONDS
            self.drift.take(run)

    def metric(self, name, **labels):
        registry = CollectorRegistry()
        registry.register(self.drift)
        return registry.get_sample_value(name, labels)


def _every(run):
    return np.arange(len(run.classifications))


@pytest.fixture
def stage(pipeline):
    return Stage(pipeline.model)


def test_the_same_mix_as_the_profiles_rings_nothing(stage):
    with capture_logs() as logs:
        stage.see([*FASHION, *FOOD])
    assert logs == []
    assert stage.metric("keran_drift_alarm", signal="cluster", profile="own") == 0
    assert stage.metric("keran_drift_distance", signal="cluster", profile="own") < 0.001


def test_a_shift_is_said_once_with_its_reason_and_again_when_it_is_over(stage):
    with capture_logs() as logs:
        stage.see(FASHION, 100)
        stage.see(FASHION, 100)
    (said,) = [line for line in logs if line.get("signal") == "cluster"]
    assert (said["event"], said["log_level"], said["profile"]) == ("drifted", "warning", "own")
    assert said["reason"].startswith("`culinary` 0.0% (profile 50.0%), `textile_fashion` 100.0% (profile 50.0%)")
    assert stage.metric("keran_drift_alarm", signal="cluster", profile="own") == 1
    with capture_logs() as logs:
        stage.see([*FASHION, *FOOD], 1_000)
    (over,) = [line for line in logs if line.get("signal") == "cluster"]
    assert (over["event"], over["log_level"]) == ("drift over", "info")
    assert stage.metric("keran_drift_alarm", signal="cluster", profile="own") == 0


def test_however_many_runs_a_second_only_so_many_titles_are_looked_at(stage):
    run = stage.run(FASHION * 500)
    for _ in range(1_000):
        stage.now += 0.001
        stage.drift.take(run)
    most = (1 / LOOK_SECONDS + 1) * TITLES_A_LOOK
    assert 0 < stage.metric("keran_drift_titles_total") <= most
    assert stage.metric("keran_drift_window_titles") == stage.metric("keran_drift_titles_total")


def test_the_shares_of_every_signal_add_up_in_the_window_and_in_the_profile(stage):
    stage.see([*FASHION, *FOOD], 1)
    families = {family.name: family for family in stage.drift.collect()}
    for name in ("keran_drift_share", "keran_drift_profile_share"):
        by_signal = {}
        for sample in families[name].samples:
            by_signal[sample.labels["signal"]] = by_signal.get(sample.labels["signal"], 0) + sample.value
        assert by_signal == pytest.approx(dict.fromkeys(stage.profile.signals, 1.0)), name


def test_a_run_without_listings_and_a_watch_without_a_model_take_nothing(stage):
    stage.drift.take(stage.run([]))
    assert stage.metric("keran_drift_titles_total") == 0
    unset = Drift()
    unset.take(stage.run(FASHION))
    assert [family.name for family in unset.collect()] == ["keran_drift_titles"]


def test_another_model_begins_anew_and_the_same_one_goes_on(stage):
    stage.see([*FASHION, *FOOD], 5)
    found = Found(Reference(stage.profile, own=True))
    with capture_logs() as logs:
        stage.drift.watch(stage.model, found)
    assert logs == []
    assert stage.metric("keran_drift_window_titles") == 5 * TITLES_A_LOOK
    other = dataclasses.replace(stage.model, id="other-1#01234567")
    stage.drift.watch(other, Found())
    assert stage.metric("keran_drift_window_titles") == 0
    assert stage.metric("keran_drift_alarm", signal="cluster", profile="own") is None


def test_without_a_profile_shares_are_shown_and_nothing_is_judged(stage):
    stage.drift.watch(stage.model, Found())
    with capture_logs() as logs:
        stage.see(FASHION)
    assert logs == []
    assert stage.metric("keran_drift_share", signal="cluster", value="textile_fashion") == 1
    assert stage.metric("keran_drift_profile_share", signal="cluster", value="textile_fashion") is None


def test_a_profile_that_cannot_be_used_is_said_with_its_reasons(stage):
    with capture_logs() as logs:
        stage.drift.watch(stage.model, Found(problems=(Problem("cannot read", "FILE", "write it anew"),)))
    assert [(line["event"], line["log_level"]) for line in logs] == [("profile refused", "error")]
    assert "cannot read" in logs[0]["faults"][0]


def test_a_profile_of_listings_is_what_a_watch_over_them_finds(stage, tmp_path):
    file = tmp_path / "week.jsonl"
    file.write_bytes(b"".join(value_with(listing__title=title) + b"\n" for title in [*FASHION, *FOOD] * 250) + b"[]\n")
    profile = profile_lines(stage.model, str(file), run_rows=300)
    assert profile.signals == stage.profile.signals
    assert profile.of == "2,000 listing events of week.jsonl"


def test_too_few_listings_make_no_profile(stage, tmp_path):
    file = tmp_path / "hour.jsonl"
    file.write_bytes(value_with() + b"\n")
    with pytest.raises(BadSetup) as bad:
        profile_lines(stage.model, str(file))
    assert str(bad.value).replace(str(file), "FILE") == (
        "error: expected 1,000 listing events or more, got 1\n"
        "  --> FILE\n"
        "  hint: a week of them, all hours and days, is what the stream will be held beside"
    )


def test_counts_of_a_run_are_those_of_its_rows_one_by_one(stage):
    run = stage.run([*FASHION, *FOOD])
    said = stage.model.weights.any(axis=1)
    one_by_one = added([look(stage.model, said, run, rows[None]) for rows in _every(run)], stage.model.clusters)
    whole = look(stage.model, said, run, _every(run))
    assert titles_in(whole) == 8
    assert all((whole[signal] == one_by_one[signal]).all() for signal in whole)
