"""How a worker begins: by its folders or by control, every problem told before anything starts."""

import pytest

from stream.engines import live_start
from stream.engines.live_start import begin
from stream.engines.offers import ControlOffers, FolderOffers, look
from stream.problems import BadSetup
from tests.live.making import document, make_folders


def set_folders(monkeypatch, folders):
    monkeypatch.setenv("KERAN_SHELF", str(folders.shelf))
    monkeypatch.setenv("KERAN_MODEL", folders.model)
    monkeypatch.setenv("KERAN_POLICIES", str(folders.policies))


def test_by_default_a_worker_runs_its_folders_and_watches_them(monkeypatch, tmp_path):
    set_folders(monkeypatch, make_folders(tmp_path))
    settings, live = begin()
    assert settings.live == "folders"
    assert isinstance(live.offers, FolderOffers)
    assert live.running().runs.policies == ["id-test@1"]
    assert live.aside is None, "it has nothing to say to any topic"


def test_settings_name_a_shadow(monkeypatch, tmp_path):
    set_folders(monkeypatch, make_folders(tmp_path))
    (tmp_path / "next.yaml").write_text(document(2))
    monkeypatch.setenv("KERAN_SHADOW_POLICIES", str(tmp_path / "next.yaml"))
    monkeypatch.setenv("KERAN_SHADOW_MODEL", "doubtful-1")
    live = begin()[1]
    assert live.running().shadow.policies == ["id-test@2"]
    assert live.running().shadow.model.startswith("doubtful-1#")
    assert live.aside is not None


def test_a_shadow_of_the_settings_that_is_refused_stops_no_start(monkeypatch, tmp_path):
    set_folders(monkeypatch, make_folders(tmp_path))
    monkeypatch.setenv("KERAN_SHADOW_MODEL", "doubtful-9")
    running = begin()[1].running()
    assert running.shadow is None
    assert [fault.message for fault in running.shadow_faults] == ["unknown model `doubtful-9`, did you mean `doubtful-1`?"]  # fmt: skip


def test_problems_of_settings_model_and_policies_are_told_together(monkeypatch, tmp_path):
    set_folders(monkeypatch, make_folders(tmp_path))
    (tmp_path / "policies/id-test.yaml").write_text("policy: 7\n")
    monkeypatch.setenv("KERAN_MODEL", "cluster-9")
    monkeypatch.setenv("KERAN_RUN_ROWS", "many")
    with pytest.raises(BadSetup) as bad:
        begin()
    told = str(bad.value)
    assert all(words in told for words in ("KERAN_RUN_ROWS", "unknown model `cluster-9`", "id-test.yaml"))


def test_control_is_not_asked_by_settings_that_are_wrong(monkeypatch):
    monkeypatch.setattr(live_start, "control_log", lambda settings: pytest.fail("it was asked"))
    monkeypatch.setenv("KERAN_LIVE", "control")
    monkeypatch.setenv("KERAN_BROKER", "nowhere")
    with pytest.raises(BadSetup, match="expected `host:port`"):
        begin()


def test_by_control_a_worker_says_what_it_runs_under_its_name(monkeypatch, tmp_path):
    set_folders(monkeypatch, make_folders(tmp_path))

    class Empty:
        async def read(self):
            return []

        async def check_compacted(self):
            pass

    monkeypatch.setattr(live_start, "control_log", lambda settings: Empty())
    monkeypatch.setenv("KERAN_LIVE", "control")
    monkeypatch.setenv("KERAN_WORKER", "w-1")
    live = begin()[1]
    assert isinstance(live.offers, ControlOffers)
    assert (live.running().worker, live.topic_control) == ("w-1", "control")


def test_looking_sees_policies_tables_and_entries_and_nothing_else(tmp_path):
    folders = make_folders(tmp_path)
    before = look(folders)
    for name in ("notes.md", "id-test.cases.yaml", "examples/other.yaml"):
        (folders.policies / name).parent.mkdir(exist_ok=True)
        (folders.policies / name).write_text("x")
    assert look(folders) == before
    for name in ("tables/deep/codes.csv", "second.yaml"):
        (folders.policies / name).parent.mkdir(parents=True, exist_ok=True)
        (folders.policies / name).write_text("x")
        assert look(folders) != before
        before = look(folders)
    (folders.shelf / "cluster-3/card.md").write_text("x")
    assert look(folders) == before
    one = folders._replace(policies=folders.policies / "id-test.yaml")
    assert {name.rsplit("/", 1)[1] for name, *_ in look(one) if "models" not in name} == {"id-test.yaml"}


def test_a_folder_that_is_gone_is_seen_as_empty(tmp_path):
    folders = make_folders(tmp_path)
    assert look(folders)
    (folders.policies / "id-test.yaml").unlink()
    (folders.policies).rmdir()
    assert not any("policies/" in name for name, *_ in look(folders))
