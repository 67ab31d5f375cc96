"""`keran live` over a control topic that is a list: what is published, what is shown, what is refused, word for word."""

import asyncio
import json
from pathlib import Path

import pytest
from rich.console import Console

from stream.contract.control import LIVE_KEY, Shadow, write_control
from stream.contract.instant import instant_at, parse_instant
from stream.contract.record import FileRecord
from stream.contract.running import Fault, Named, Running, write_running
from stream.engines import live_desk, live_show
from stream.engines.live import refusal_of
from stream.engines.live_desk import Signed, Wanted
from stream.engines.runs import FetchedRecord
from stream.live.pair import pair_in
from stream.live.state import answer_of, state_of
from stream.problems import BadSetup, Problem
from tests.live.making import CHALLENGER, control, document, make_shelf, named, pair, policy

GOLDEN = Path(__file__).with_name("golden")
BY = Signed("policy-desk")


class Topic:
    """A control topic as the commands use it."""

    def __init__(self, *values):
        self.records = []
        for value in values:
            self.append(LIVE_KEY, value)

    def append(self, key, value):
        self.records.append(FetchedRecord("control", 0, len(self.records), None, key, value, ()))

    async def read(self):
        return list(self.records)

    async def check_compacted(self):
        pass

    async def write(self, key, value):
        self.append(key, value)

    def live(self):
        return state_of(self.records).control()


@pytest.fixture
def topic(monkeypatch, tmp_path):
    made = Topic()
    monkeypatch.setattr(live_desk, "control_log", lambda settings: made)
    monkeypatch.setattr(live_show, "control_log", lambda settings: made)
    monkeypatch.setenv("KERAN_SHELF", str(make_shelf(tmp_path / "models")))
    monkeypatch.setenv("KERAN_MODEL", "cluster-3")
    for version in (1, 2, 3):
        (tmp_path / f"v{version}").mkdir()
        (tmp_path / f"v{version}/id-test.yaml").write_text(document(version))
    made.folder = tmp_path
    return made


def publish(topic, version, signed=BY, **more):
    return live_desk.publish(Wanted(policies=[topic.folder / f"v{version}"], **more), signed)


def version_of(record):
    return record.policies[0].document.splitlines()[1]


def test_each_record_carries_the_pair_it_replaced_and_a_rollback_is_undone_by_another(topic):
    publish(topic, 1)
    assert topic.live().replaced is None
    first = topic.live().control_id
    publish(topic, 2)
    assert topic.live().replaced.control_id == first
    live_desk.rollback(BY)
    assert (version_of(topic.live()), version_of(topic.live().replaced)) == ("version: 1", "version: 2")
    live_desk.rollback(BY)
    assert (version_of(topic.live()), version_of(topic.live().replaced)) == ("version: 2", "version: 1")


def test_another_shadow_replaces_no_pair(topic):
    publish(topic, 1)
    publish(topic, 2)
    publish(topic, 2, shadow_model=CHALLENGER)
    assert topic.live().shadow.model.id == CHALLENGER
    assert version_of(topic.live().replaced) == "version: 1"
    publish(topic, 2)
    assert topic.live().shadow is None


def test_the_first_is_rolled_back_to_the_folders(topic, capsys):
    publish(topic, 1)
    live_desk.rollback(BY)
    assert topic.records[-1].value is None
    assert capsys.readouterr().out.endswith("published: workers go back to their own folders\n")


def test_a_dry_run_shows_what_would_change_and_publishes_nothing(topic, capsys):
    publish(topic, 1)
    capsys.readouterr()
    publish(topic, 2, Signed("me", dry_run=True), model=CHALLENGER, shadow_policies=[topic.folder / "v3"])
    assert len(topic.records) == 1
    assert capsys.readouterr().out.replace(named(topic.folder / "models", CHALLENGER).digest[:8], "DIGEST-2").replace(named(topic.folder / "models").digest[:8], "DIGEST-1") == (GOLDEN / "dry_run.txt").read_text()  # fmt: skip


def test_what_is_live_already_is_not_published_again(topic, capsys):
    publish(topic, 1)
    publish(topic, 1)
    assert len(topic.records) == 1
    assert "is live and says the same; nothing to publish" in capsys.readouterr().out


def test_a_record_that_cannot_be_read_is_written_over_and_not_rolled_back(topic, capsys):
    topic.append(LIVE_KEY, b"{}")
    with pytest.raises(BadSetup, match="field required"):
        live_desk.rollback(BY)
    publish(topic, 1)
    assert "cannot be read and is written over" in capsys.readouterr().out
    assert version_of(topic.live()) == "version: 1"


def test_all_problems_of_what_is_to_be_live_are_told_at_once(topic, monkeypatch):
    """Settings, model, policies of the pair; each refusal word for word."""
    (topic.folder / "bad.yaml").write_text(document(1, cluster="textile-fasion"))
    (topic.folder / "v2/id-test.yaml").write_text(document(2).replace("id-test", "id-other"))
    told = []
    for wanted in (
        Wanted(policies=[topic.folder / "bad.yaml"], shadow_model="cluster-9"),
        Wanted(model="cluster-9", policies=[topic.folder / "none.yaml"]),
        Wanted(policies=[topic.folder / "v1", topic.folder / "v2"]),
        Wanted(policies=[topic.folder / "v1"], shadow_policies=[topic.folder / "bad.yaml"]),
    ):
        with pytest.raises(BadSetup) as bad:
            live_desk.publish(wanted, BY)
        told.append(str(bad.value).replace(str(topic.folder), "TMP"))
    with pytest.raises(BadSetup) as bad:
        live_desk.rollback(BY)
    told.append(str(bad.value))
    assert topic.records == []
    assert "\n\n".join(told) + "\n" == (GOLDEN / "live_refused.txt").read_text()


def running(worker, asked, *, seconds_ago=0, refused=None):
    now = live_desk.now()
    runs = Named(pair="0011223344556677", model="cluster-3#00112233", policies=["id-test@1"])
    return Running(
        schema="keran.running/1",
        worker=worker,
        said_at=instant_at(now.micros - seconds_ago * 1_000_000),
        runs=runs,
        control_id=asked,
        since=parse_instant("2021-08-03T00:00:00Z"),
        refused=None if refused is None else refusal_of(refused, [Problem("unknown model `x`", "models", "see")], now),
    )


def say(topic, *workers):
    topic.records += [FileRecord(write_running(w), f"worker/{w.worker}".encode()) for w in workers]


def test_waiting_ends_with_every_answer_and_fails_when_one_refuses(topic, capsys):
    publish(topic, 1)
    name = topic.live().control_id
    say(topic, running("w-1", name), running("w-2", "old", refused=name), running("w-3", "old", seconds_ago=1_000))
    code = asyncio.run(live_desk._wait(topic, name, 5))
    assert code == 1
    assert capsys.readouterr().out.endswith("w-1: as asked\nw-2: refuses\nerror: unknown model `x`\n  --> models\n  hint: see\nw-3: silent\n")  # fmt: skip
    say(topic, running("w-2", "old"))
    assert asyncio.run(live_desk._wait(topic, name, 0)) == 1
    say(topic, running("w-2", name))
    assert asyncio.run(live_desk._wait(topic, name, 5)) == 0


def test_show_names_what_is_asked_and_what_each_worker_runs(topic, capsys):
    publish(topic, 1)
    name = topic.live().control_id
    say(topic, running("w-1", name), running("w-2", None, refused=name))
    topic.records.append(FileRecord(b"garbage", b"worker/w-3"))
    topic.records.append(FileRecord(None, b"worker/w-4"))
    live_show.show(Console(width=200), as_json=False)
    shown = capsys.readouterr().out
    assert f"live     {name}, pair {pair_in(topic.live()).digest}" in shown
    assert [line.split()[0] for line in shown.splitlines() if "w-" in line] == ["│", "│"]
    live_show.show(Console(), as_json=True)
    plain = json.loads(capsys.readouterr().out)
    assert plain["live"]["control_id"] == name
    assert [(w["worker"], w["answer"]) for w in plain["workers"]] == [("w-1", "as asked"), ("w-2", "refuses")]


def test_a_worker_answers_for_the_record_that_is_asked_and_no_other():
    now = live_desk.now()
    assert answer_of(running("w", "C-1", refused="C-0"), "C-1", now) == "as asked"
    assert answer_of(running("w", "C-0"), "C-1", now) == "not yet"
    assert answer_of(running("w", None), None, now) == "as asked"


def test_a_record_too_large_to_be_read_is_not_written(topic, monkeypatch):
    monkeypatch.setattr(live_desk, "CONTROL_BYTES_AT_MOST", 100)
    with pytest.raises(BadSetup, match="at most 100 are read"):
        publish(topic, 1)
    assert topic.records == []


def test_the_shadow_of_a_record_is_not_rolled_back_to(topic):
    shelf = topic.folder / "models"
    first = control("C-1", pair(shelf, 1), shadow=Shadow(policies=[policy(3)]))
    topic.records.append(FileRecord(write_control(control("C-2", pair(shelf, 2), replaced=first)), LIVE_KEY))
    live_desk.rollback(BY)
    assert topic.live().shadow is None


def test_a_worker_that_went_long_ago_is_forgotten_at_the_next_change(topic):
    say(topic, running("w-1", None), running("w-2", None, seconds_ago=90_000))
    publish(topic, 1)
    assert [worker.worker for worker in state_of(topic.records).workers] == ["w-1"]


def test_nobody_goes_back_to_a_pair_that_every_worker_refused(topic):
    """The next pair replaces what the workers run, which is what that one replaced."""
    publish(topic, 1)
    publish(topic, 2)
    refused = topic.live().control_id
    say(topic, running("w-1", "old", refused=refused), running("w-2", "old", refused=refused))
    publish(topic, 3)
    assert version_of(topic.live().replaced) == "version: 1"
    say(topic, running("w-2", topic.live().control_id), running("w-1", "old", refused=topic.live().control_id))
    publish(topic, 1)
    assert version_of(topic.live().replaced) == "version: 3"


def test_show_tells_what_workers_run_also_where_control_cannot_be_read(topic, capsys):
    """A record without a readable name is refused by its place, and whoever did so answers `refuses`."""
    topic.append(LIVE_KEY, b"{}")
    say(topic, running("w-1", "C-1", refused="offset 0"), running("w-2", "C-1"))
    live_show.show(Console(width=200), as_json=False)
    shown = capsys.readouterr().out
    assert "live     cannot be read, and every worker refuses it\nerror: field required" in shown
    assert [line.split()[1:4:2] for line in shown.splitlines() if "w-" in line] == [["w-1", "refuses"], ["w-2", "not"]]
    with pytest.raises(BadSetup, match="field required"):
        live_show.show(Console(), as_json=True)


def test_show_cuts_no_name_where_there_is_little_room(topic, capsys):
    """At 80 columns a pair's digest goes on in the next line: two workers are compared by it."""
    publish(topic, 1)
    say(topic, running("w-1", topic.live().control_id))
    live_show.show(Console(width=80), as_json=False)
    shown = capsys.readouterr().out
    assert "…" not in shown
    cells = [line.split("│")[4].strip() for line in shown.splitlines() if line.startswith("│")]
    assert "".join(cells) == "0011223344556677"


def test_show_names_the_shadow_and_who_cannot_run_it(topic, capsys):
    publish(topic, 1, shadow_model=CHALLENGER)
    fault = Fault(message="unknown model `doubtful-1`", place="models")
    say(topic, running("w-1", topic.live().control_id).model_copy(update={"shadow_faults": [fault]}))
    live_show.show(Console(width=200), as_json=False)
    shown = capsys.readouterr().out
    assert f"shadow   model {CHALLENGER}#" in shown
    assert "no shadow: unknown model `doubtful-1`" in shown
