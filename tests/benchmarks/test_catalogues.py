"""Measures of a catalogue: it holds the rows asked for, and a command that fails is no measurement."""

import pyarrow.parquet as pq
import pytest

from benchmarks import catalogues
from benchmarks.memory import memory_of
from benchmarks.one_machine import measure


def test_a_catalogue_repeats_its_events_to_the_rows_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogues, "DISTINCT", 4)
    catalogues.write_catalogue(tmp_path / "in.parquet", 10)
    values = pq.read_table(tmp_path / "in.parquet")["value"].to_pylist()
    assert (len(values), values[:2]) == (10, values[8:])
    assert len(set(values)) == 4


def test_what_is_measured_is_what_was_decided(tmp_path):
    used = measure(tmp_path, 20, 1)
    assert pq.read_metadata(tmp_path / "out.parquet").num_rows == 20
    assert min(used) > 0


def test_a_command_that_fails_is_not_measured():
    with pytest.raises(RuntimeError, match="ended with exit code 2: error: "):
        catalogues.used_by(["impact", "--on", "nope.parquet"])


def test_memory_is_that_of_the_command_and_its_processes(tmp_path):
    """Three Pythons hold more than twice what one does."""
    catalogues.write_catalogue(tmp_path / "in.parquet", 20)
    command = ["replay", str(tmp_path / "in.parquet"), "--output", str(tmp_path / "out.parquet"), "--processes"]
    alone, three = memory_of([*command, "1"]), memory_of([*command, "2"])
    assert 50 < alone < three / 1.5
    with pytest.raises(RuntimeError, match="ended with 2: error: "):
        memory_of(["impact", "--on", "nope.parquet"])
