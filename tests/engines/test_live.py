"""Live changes in a worker, on a broker and a control topic in memory: swapped between runs, refused, rolled back, shadowed."""

import asyncio
import json
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from stream import pipeline
from stream.contract.control import LIVE_KEY, Shadow, write_control
from stream.contract.instant import instant_at, parse_instant
from stream.contract.record import FileRecord
from stream.engines import live as live_module
from stream.engines import worker
from stream.engines.live import Live
from stream.engines.live_start import first_of
from stream.engines.memory import MemoryBroker, MemoryOutputs, memory_worker
from stream.engines.memory_live import MemoryAside, MemoryControl
from stream.engines.offers import ControlOffers, FolderOffers, Offer, offer_of
from stream.live.pair import replaced_by
from stream.live.sources import load_folders
from stream.problems import BadSetup, Problem
from stream.settings import Settings
from tests.engines.test_worker_in_memory import SlowOutputs, play, until
from tests.live.making import CHALLENGER, NOW, control, document, listing, make_folders, named, pair, policy

ROWS = 5


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return make_folders(tmp_path_factory.mktemp("folders"))


@dataclass
class Stage:
    """A worker with its topics."""

    folders: object
    app: object = None
    live: Live = None
    broker: MemoryBroker = field(default_factory=lambda: MemoryBroker("listings"))
    control: MemoryControl = field(default_factory=MemoryControl)
    aside: MemoryAside = field(default_factory=MemoryAside)
    sent: int = 0

    def send(self, count=ROWS):
        for _ in range(count):
            self.sent += 1
            self.broker.append(listing(self.sent))

    def decided(self):
        return [json.loads(outcome.value) for _, outcome in self.broker.published]

    async def all_decided(self):
        await until(lambda: len(self.broker.published) == self.sent)

    def said(self):
        """What the worker last said of itself, and None when it is gone."""
        words = [value for topic, key, value in self.aside.said if (topic, key) == ("control", b"worker/w-1")]
        return json.loads(words[-1]) if words and words[-1] is not None else None

    async def runs(self, control_id):
        await until(lambda: (self.said() or {}).get("control_id") == control_id)

    async def refuses(self, control_id):
        await until(lambda: ((self.said() or {}).get("refused") or {}).get("control_id") == control_id)

    def metrics(self, name):
        """The lines of a metric, by their labels."""
        registry = CollectorRegistry()
        self.live.metrics.register(registry, self.live.running)
        lines = generate_latest(registry).decode().splitlines()
        return {line.rsplit(" ", 1)[0].removeprefix(name): float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name)}  # fmt: skip


@asynccontextmanager
async def on_stage(folders, *, first=None, outputs=None, offers=None, **more):
    stage = Stage(folders)
    if first is not None:
        stage.control.write(write_control(first))
    loaded, refused = first_of(stage.control.records[-1] if first else None, folders, NOW)
    source = offers or ControlOffers(stage.control, folders)
    stage.live = Live("w-1", loaded, source, stage.aside, refused=refused, topic_control="control", **more)
    chosen = Settings(http_port=0, run_rows=ROWS, order="producer", as_of=NOW)
    made = outputs(stage.broker) if outputs else MemoryOutputs(stage.broker)
    async with memory_worker(chosen, stage.live, stage.broker, made) as app:
        stage.app = app
        yield stage
    assert stage.said() is None, "a worker that stops says so"


def policies_of(decisions):
    return [decision["policies"][0].split("/")[0] for decision in decisions]


def test_a_new_pair_is_taken_between_two_runs_and_every_decision_names_what_decided_it(folders):
    """Runs are held in the middle of being published while the pair is swapped: each is decided whole by one pair."""

    async def scenario():
        async with on_stage(folders, outputs=SlowOutputs) as stage:
            outputs = stage.app.outputs
            stage.send(3 * ROWS)
            await outputs.waiting.wait()
            stage.control.write(write_control(control("C-2", pair(folders.shelf, 2, "tkdn"))))
            await stage.runs("C-2")
            outputs.let_all()
            await stage.all_decided()
        decisions = stage.decided()
        assert policies_of(decisions) == ["id-test@1"] * ROWS + ["id-test@2"] * 2 * ROWS
        assert {(d["policies"][0][:9], d["decision"]) for d in decisions} == {("id-test@1", "block"), ("id-test@2", "allow")}  # fmt: skip

    play(scenario())


def test_a_worker_starts_with_what_control_says_and_not_with_its_folders(folders):
    async def scenario():
        async with on_stage(folders, first=control("C-7", pair(folders.shelf, 7))) as stage:
            stage.send()
            await stage.all_decided()
            await stage.runs("C-7")
        assert set(policies_of(stage.decided())) == {"id-test@7"}

    play(scenario())


def test_a_bad_pair_is_refused_with_its_reasons_and_the_old_one_goes_on(folders):
    """A policy that names a cluster its model lacks, a model that is not on the shelf, another digest, no control record."""
    shelf = folders.shelf
    good = control("C-1", pair(shelf, 1))
    other = named(shelf).model_copy(update={"digest": "0" * 64})
    absent = named(shelf).model_copy(update={"id": "cluster-9"})
    bad_policy = policy(2, cluster="textile-fasion")
    bad = {
        "B-1": (good.model_copy(update={"control_id": "B-1", "policies": [bad_policy]}), "unknown cluster `textile-fasion`, did you mean `textile_fashion`?"),
        "B-2": (good.model_copy(update={"control_id": "B-2", "model": absent}), "unknown model `cluster-9`, did you mean `cluster-3`?"),
        "B-3": (good.model_copy(update={"control_id": "B-3", "model": other}), "`control B-3` names model `cluster-3` with digest 000000000000..., this shelf's has "),
    }  # fmt: skip

    async def scenario():
        async with on_stage(folders, first=good) as stage:
            await stage.runs("C-1")
            for name, (record, reason) in bad.items():
                stage.control.write(write_control(record))
                await stage.refuses(name)
                (fault,) = stage.said()["refused"]["faults"]
                assert fault["message"].startswith(reason)
                assert stage.said()["control_id"] == "C-1"
                stage.send()
                await stage.all_decided()
            stage.control.write(b'{"schema": "keran.control/1", "model": 7}')
            await stage.refuses("offset 4")
            assert [f["place"] for f in stage.said()["refused"]["faults"]][:2] == ["control record, `$.control_id`", "control record, `$.issued_at`"]  # fmt: skip
            assert stage.metrics("keran_live_refused") == {"": 1}
            assert stage.metrics("keran_live_refusals_total") == {"": 4}
            stage.control.write(write_control(good))
            await until(lambda: "refused" not in stage.said())
            assert stage.metrics("keran_live_refused") == {"": 0}
        assert set(policies_of(stage.decided())) == {"id-test@1"}

    play(scenario())


def test_of_several_records_that_came_at_once_only_the_last_counts(folders):
    async def scenario():
        async with on_stage(folders) as stage:
            for version in (2, 3, 4):
                stage.control.write(write_control(control(f"C-{version}", pair(folders.shelf, version))))
            await stage.runs("C-4")
            assert stage.metrics("keran_live_swaps_total")[""] <= 2

    play(scenario())


def test_a_null_value_brings_the_folders_back(folders):
    async def scenario():
        async with on_stage(folders, first=control("C-2", pair(folders.shelf, 2))) as stage:
            await stage.runs("C-2")
            stage.control.write(None)
            await until(lambda: "control_id" not in stage.said())
            stage.send()
            await stage.all_decided()
        assert set(policies_of(stage.decided())) == {"id-test@1"}

    play(scenario())


def test_a_start_that_must_refuse_control_runs_what_was_replaced_and_says_so(folders):
    """As the workers do that refused it while they ran; with no pair replaced, those ran their folders."""
    good = control("C-1", pair(folders.shelf, 3))
    bad = control("C-2", pair(folders.shelf, 4)).model_copy(update={"policies": [policy(4, cluster="nope")]})

    async def scenario(first, version, control_id):
        async with on_stage(folders, first=first) as stage:
            stage.send()
            await stage.all_decided()
            await stage.refuses("C-2")
            # It is read again as the first of what is followed, and is no second refusal.
            await until(lambda: stage.metrics("keran_live_load_seconds_count") == {"": 1})
            await asyncio.sleep(0.05)
            assert stage.said().get("control_id") == control_id
            assert stage.live.running().refused.refused_at == NOW
            assert stage.metrics("keran_live_refused") == {"": 1}
            assert stage.metrics("keran_live_refusals_total") == {"": 1}
        assert set(policies_of(stage.decided())) == {f"id-test@{version}"}

    play(scenario(bad.model_copy(update={"replaced": replaced_by(good)}), 3, "C-1"))
    play(scenario(bad, 1, None))


def test_a_worker_that_cannot_run_what_another_runs_does_not_start(folders):
    """The shelf is at fault and not the record: word for word. One that was silent for long does not count."""
    gone = named(folders.shelf).model_copy(update={"id": "gone-1"})
    record = control("C-2", pair(folders.shelf, 4), replaced=control("C-1", pair(folders.shelf, 3)))
    live = FileRecord(write_control(record.model_copy(update={"model": gone})), LIVE_KEY)
    other = Live("w-2", load_folders(folders, NOW), Nothing(), now=lambda: NOW).running()
    able = other.model_copy(update={"control_id": "C-2"})
    silent = able.model_copy(update={"said_at": instant_at(NOW.micros - 10**9)})
    with pytest.raises(BadSetup) as refused:
        first_of(live, folders, NOW, [other, able])
    assert str(refused.value).replace(str(folders.shelf), "SHELF").splitlines() == [
        "error: control record `C-2` is refused here, and worker `w-2` runs it",
        "  --> control",
        "  hint: make this worker's shelf as the others'; they take its partitions meanwhile",
        "error: unknown model `gone-1`",
        "  --> SHELF",
        "  hint: the shelf holds: cluster-3, doubtful-1",
    ]
    assert first_of(live, folders, NOW, [other, silent])[0].serving.control_id == "C-1"


def test_a_start_that_can_run_neither_does_not_start(folders):
    """Rather than decide by other rules than the workers beside it."""
    worse = control("C-1", pair(folders.shelf, 3)).model_copy(update={"model": named(folders.shelf).model_copy(update={"id": "gone-1"})})  # fmt: skip
    bad = worse.model_copy(update={"control_id": "C-2", "replaced": replaced_by(worse)})
    with pytest.raises(BadSetup) as refused:
        first_of(FileRecord(write_control(bad), LIVE_KEY), folders, NOW)
    told = str(refused.value)
    assert "control record `C-2` is refused, and what it replaced too" in told
    assert told.count("unknown model `gone-1`") == 1
    with pytest.raises(BadSetup, match="control record, `\\$"):
        first_of(FileRecord(b"{}", LIVE_KEY), folders, NOW)


def test_loading_takes_its_time_beside_the_runs(folders):
    """While an offer loads, runs are decided by the old pair."""

    async def scenario():
        loop = asyncio.get_running_loop()
        began, go_on = asyncio.Event(), threading.Event()

        def slowly(as_of):
            loop.call_soon_threadsafe(began.set)
            assert go_on.wait(20)
            return load_folders(folders, as_of)

        class Once:
            async def follow(self):
                yield Offer(None, slowly)

        async with on_stage(folders, offers=Once()) as stage:
            await began.wait()
            stage.send(4 * ROWS)
            await stage.all_decided()
            go_on.set()

    play(scenario())


def test_what_breaks_in_loading_ends_the_worker(folders):
    """Bad setup is refused; a bug of ours is not taken for it."""

    def broken(as_of):
        raise RuntimeError("a bug")

    class Once:
        async def follow(self):
            yield Offer(None, broken)

    async def scenario():
        async with on_stage(folders, offers=Once()) as stage:
            await until(lambda: stage.app.crashed)

    play(scenario())


# The worker's own folders.


def test_a_changed_folder_is_taken_when_it_stands_still_and_a_broken_one_is_refused(tmp_path):
    folders = make_folders(tmp_path)
    file = folders.policies / "id-test.yaml"

    async def scenario():
        async with on_stage(folders, offers=FolderOffers(folders, 0.05)) as stage:
            stage.send()
            await stage.all_decided()
            file.write_text(document(2)[:120])
            await until(lambda: "refused" in stage.said())
            assert stage.said()["refused"]["faults"][0]["place"].startswith(str(file))
            stage.send()
            await stage.all_decided()
            file.write_text(document(2))
            await until(lambda: stage.said()["runs"]["policies"] == ["id-test@2"] and "refused" not in stage.said())
            stage.send()
            await stage.all_decided()
        assert policies_of(stage.decided()) == ["id-test@1"] * 2 * ROWS + ["id-test@2"] * ROWS

    play(scenario())


def test_a_file_that_is_only_touched_swaps_nothing(tmp_path):
    folders = make_folders(tmp_path)

    async def scenario():
        async with on_stage(folders, offers=FolderOffers(folders, 0.02)) as stage:
            since = stage.live.running().since
            (folders.policies / "id-test.yaml").write_text(document(1))
            await until(lambda: stage.metrics("keran_live_load_seconds_count") == {"": 1})
            assert stage.metrics("keran_live_swaps_total") == {"": 0}
            assert stage.live.running().since == since

    play(scenario())


# Time alone.


def test_a_phase_takes_effect_without_any_change(folders):
    """The worker reads its clock once a run, and what is in force follows it."""
    moments = iter([parse_instant("2021-09-30T16:59:59Z"), parse_instant("2021-09-30T17:00:00Z")])
    record = control("C-1", pair(folders.shelf, 1)).model_copy(update={"policies": [policy(5, effective="2021-10-01")]})

    with pytest.MonkeyPatch.context() as monkeypatch:
        decided = asyncio.run(_free_clock(folders, record, moments, monkeypatch))
    assert decided == ["allow"] * ROWS + ["block"] * ROWS


async def _free_clock(folders, record, moments, monkeypatch):
    monkeypatch.setattr(worker, "_now", lambda: next(moments))
    stage = Stage(folders)
    stage.control.write(write_control(record))
    loaded, _ = first_of(stage.control.records[-1], folders, NOW)
    live = Live("w-1", loaded, ControlOffers(stage.control, folders), stage.aside)
    async with memory_worker(Settings(http_port=0, run_rows=ROWS, order="producer"), live, stage.broker):
        for _ in range(2):
            stage.send()
            await stage.all_decided()
    return [decision["decision"] for decision in stage.decided()]


# The shadow.


def shadowed(shelf, **shadow):
    return control("C-1", pair(shelf, 1), shadow=Shadow(**shadow))


def test_the_shadow_s_decisions_are_counted_and_sampled_and_never_published(folders):
    async def scenario():
        first = shadowed(folders.shelf, policies=[policy(2, "tkdn")])
        async with on_stage(folders, first=first, samples_a_minute=3) as stage:
            stage.send(ROWS)
            await stage.all_decided()
            await until(lambda: stage.metrics("keran_shadow_samples_total").get('{fate="said"}') == 3)
            assert stage.metrics("keran_shadow_decisions_total") == {'{live="block",shadow="allow"}': ROWS}
            assert stage.metrics("keran_shadow_effects_total") == {'{effect="newly_allowed"}': ROWS}
            assert stage.metrics("keran_shadow_samples_total") == {'{fate="said"}': 3, '{fate="over_rate"}': ROWS - 3}
            assert stage.said()["shadow"]["policies"] == ["id-test@2"]
        assert {d["decision"] for d in stage.decided()} == {"block"}
        samples = [json.loads(value) for topic, _, value in stage.aside.said if topic == "shadow"]
        assert [s["event_id"] for s in samples] == ["E-1", "E-2", "E-3"]
        assert (samples[0]["live"]["decision"], samples[0]["shadow"]["decision"]) == ("block", "allow")
        assert samples[0]["shadow"]["policies"][0].startswith("id-test@2/")

    play(scenario())


def test_titles_are_classified_twice_only_where_the_models_differ(folders, monkeypatch):
    calls = []
    real = pipeline.classify
    monkeypatch.setattr(pipeline, "classify", lambda model, titles: calls.append(model.id) or real(model, titles))

    async def scenario(**shadow):
        async with on_stage(folders, first=shadowed(folders.shelf, **shadow)) as stage:
            calls.clear()
            stage.send()
            await stage.all_decided()
            return [name.split("#")[0] for name in calls]

    def in_turn(called, models):
        # What is sent may come in more than one run, and the last one's shadow be asked after its decisions are out.
        return called and called == (models * len(called))[: len(called)]

    assert in_turn(asyncio.run(scenario(policies=[policy(2)])), ["cluster-3"])
    assert in_turn(asyncio.run(scenario(model=named(folders.shelf, CHALLENGER))), ["cluster-3", CHALLENGER])


def test_a_shadow_that_is_refused_or_that_nobody_hears_leaves_the_live_pair_alone(folders):
    async def scenario(**shadow):
        async with on_stage(folders, first=shadowed(folders.shelf, **shadow)) as stage:
            await stage.runs("C-1")
            faults = stage.said().get("shadow_faults", [])
            stage.aside.deaf = True
            stage.send()
            await stage.all_decided()
            if not faults:
                await until(lambda: stage.metrics("keran_shadow_samples_total").get('{fate="lost"}') == ROWS)
            stage.aside.deaf = False
        assert {d["decision"] for d in stage.decided()} == {"block"}
        return [fault["message"] for fault in faults]

    gone = named(folders.shelf).model_copy(update={"id": "cluster-9", "digest": "0" * 64})
    assert asyncio.run(scenario(model=gone)) == ["unknown model `cluster-9`, did you mean `cluster-3`?"]
    assert asyncio.run(scenario(policies=[policy(2, "tkdn")])) == []


def test_a_worker_says_anew_what_it_runs(folders, monkeypatch):
    monkeypatch.setattr(live_module, "SAY_SECONDS", 0.02)

    async def scenario():
        async with on_stage(folders) as stage:
            await until(lambda: len(stage.aside.said) > 5)
            moments = {json.loads(value)["said_at"] for _, _, value in stage.aside.said}
            assert len(moments) > 3

    play(scenario())


def test_a_refusal_tells_no_more_reasons_than_one_can_read():
    problems = [Problem(f"wrong {n}", "here") for n in range(1_000)]
    assert len(live_module.refusal_of("C-1", problems, instant_at(0)).faults) == live_module.FAULTS_AT_MOST


# Any order of offers.


@given(st.lists(st.sampled_from(["run", "v2", "v3", "bad", "garbage", "null"]), max_size=12))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_a_run_is_decided_by_the_last_pair_that_could_be_taken(folders, steps):
    shelf = folders.shelf
    values = {
        "v2": write_control(control("C-2", pair(shelf, 2))),
        "v3": write_control(control("C-3", pair(shelf, 3))),
        "bad": write_control(control("C-4", pair(shelf, 4)).model_copy(update={"policies": [policy(4, cluster="no")]})),
        "garbage": b"\x00",
        "null": None,
    }
    takes = {"v2": 2, "v3": 3, "null": 1}

    async def scenario():
        live, version = Live("w-1", load_folders(folders, NOW), Nothing()), 1
        for step in steps:
            if step == "run":
                (outcome,) = live.run([FileRecord(listing(1), b"L-1")], NOW)
                assert policies_of([json.loads(outcome.value)]) == [f"id-test@{version}"]
                continue
            await live.consider(offer_of(FileRecord(values[step], LIVE_KEY), folders))
            version = takes.get(step, version)
            assert (live.running().refused is None) == (step in takes)

    asyncio.run(scenario())


class Nothing:
    """Offers nothing."""

    async def follow(self):
        return
        yield


def test_a_model_that_is_replaced_on_the_shelf_is_taken_when_it_is_whole(tmp_path):
    """Its weights come first and are cut short: refused by their digest; then they are whole, and the manifest comes last."""
    folders = make_folders(tmp_path)
    entry = folders.shelf / "cluster-3"
    weights = (entry / "weights.npy").read_bytes()

    async def scenario():
        async with on_stage(folders, offers=FolderOffers(folders, 0.05)) as stage:
            model = stage.live.running().runs.model
            (entry / "weights.npy").write_bytes(weights[:1_000])
            await until(lambda: "refused" in stage.said())
            assert stage.said()["refused"]["faults"][0]["message"].startswith("expected digest ")
            stage.send()
            await stage.all_decided()
            (entry / "weights.npy").write_bytes(weights)
            manifest = json.loads((entry / "manifest.json").read_text())
            manifest["abstain_below"] = dict.fromkeys(manifest["clusters"], 1.0)
            (entry / "manifest.json").write_text(json.dumps(manifest))
            await until(lambda: stage.said()["runs"]["model"] != model and "refused" not in stage.said())
            stage.send()
            await stage.all_decided()
        assert [d["classification"]["abstained"] for d in stage.decided()] == [False] * ROWS + [True] * ROWS

    play(scenario())
