"""What decides is kept as it changes: every pair that came over `control`, whatever else of it cannot be kept."""

import asyncio
import shutil

import pytest
from structlog.testing import capture_logs

from stream.archive.deciders import Deciders
from stream.archive.kept import digest_of, files_in
from stream.contract.control import LivePolicy, write_control
from stream.engines.archive_keep import Keeper
from stream.engines.memory_live import MemoryControl
from stream.live.load import read_policies_whole
from stream.live.pair import replaced_by
from stream.problems import BadSetup, Problem
from stream.settings import Settings
from tests.conftest import ROOT
from tests.live.making import CHALLENGER, CHAMPION, control, make_folders, named, pair, policy


class Unread(MemoryControl):
    """A control topic that cannot be read."""

    async def every(self, key):
        raise BadSetup([Problem("`control` cannot be read", "environment", "let this user read it")])
        yield


@pytest.fixture
def folders(tmp_path):
    """The archiver's own shelf and policies: two models, and version 1 of `id-test`."""
    return make_folders(tmp_path / "disk")


@pytest.fixture
def keeper(folders, tmp_path):
    settings = Settings(shelf=folders.shelf, policies=folders.policies, live="control")
    return Keeper(settings, tmp_path / "archive", MemoryControl())


def kept(keeper):
    """What the archive keeps of policies, name and version."""
    places = sorted(keeper._folder.glob("policies/*/*"))
    assert all(digest_of(files_in(place)) == place.name for place in places)
    return [place.parent.name for place in places]


def told(step):
    """What is logged as not kept."""
    with capture_logs() as logs:
        asyncio.run(step())
    return [line["problem"] for line in logs if line["event"] == "not kept"]


def test_every_pair_that_came_since_the_last_look_is_kept(keeper):
    """Three swaps between two looks, the second of them named by no record that is the last of its key."""
    assert told(keeper.keep) == []
    assert kept(keeper) == ["id-test@1"]
    one, two, three = (control(f"C-{n}", pair(keeper._settings.shelf, n)) for n in (2, 3, 4))
    for record in (one, two.model_copy(update={"replaced": replaced_by(one)}), three):
        keeper._control.write(write_control(record))
    keeper._control.write(b"{}", key=b"worker/w-1")
    keeper._control.write(None)
    assert told(keeper.keep_again) == []
    assert kept(keeper) == [f"id-test@{n}" for n in (1, 2, 3, 4)]
    assert told(keeper.keep_again) == []


def test_what_a_record_replaced_is_kept_from_that_record_alone(keeper):
    """Compaction has taken the record of its own."""
    before = control("C-2", pair(keeper._settings.shelf, 2))
    keeper._control.write(write_control(control("C-3", pair(keeper._settings.shelf, 3), replaced=before)))
    assert told(keeper.keep) == []
    assert kept(keeper) == [f"id-test@{n}" for n in (1, 2, 3)]


def test_lists_and_rates_are_kept_with_their_policy(keeper):
    """The shipped examples', as `keran live publish` sends them."""
    live = control("C-2", pair(keeper._settings.shelf, 2))
    examples = read_policies_whole([ROOT / "policies/examples"], None)[0]
    keeper._control.write(write_control(live.model_copy(update={"policies": examples})))
    assert told(keeper.keep) == []
    held = [files_in(place) for place in keeper._folder.glob("policies/*/*")]
    sent = [{each.name: each.document, **each.tables} for each in [policy(1), *examples]]
    assert sorted(map(sorted, held)) == sorted(map(sorted, sent))
    assert sum(len(texts) > 1 for texts in sent) > 0
    assert all({name: text.encode() for name, text in texts.items()} in held for texts in sent)


def test_one_policy_that_cannot_be_kept_keeps_no_other_from_it(keeper):
    """Nor what the record replaced, which is what workers that refuse the record go on with. It is told at each look."""
    shelf = keeper._settings.shelf
    bad = LivePolicy(name="id-bad.yaml", document="policy: [")
    outside = LivePolicy(name="../id-test.yaml", document=policy(5).document)
    record = control("C-4", pair(shelf, 4), replaced=control("C-2", pair(shelf, 2)))
    keeper._control.write(write_control(record.model_copy(update={"policies": [bad, outside, *record.policies]})))
    first = told(keeper.keep)
    assert len(first) == 2
    assert first[1] == "`../id-test.yaml` is no name beside a policy"
    assert kept(keeper) == [f"id-test@{n}" for n in (1, 2, 4)]
    assert told(keeper.keep_again) == first


def test_a_record_that_cannot_be_read_is_told_and_the_next_one_kept(keeper):
    keeper._control.write(b"{")
    keeper._control.write(write_control(control("C-2", pair(keeper._settings.shelf, 2))))
    (problem,) = told(keeper.keep)
    assert problem.startswith("invalid JSON")
    assert kept(keeper) == ["id-test@1", "id-test@2"]


def test_a_model_that_this_shelf_lacks_is_told_until_it_is_there_and_then_kept_for_ever(keeper, tmp_path):
    """Control has its name and digest only; once it is kept, the shelf may lose it."""
    shelf = keeper._settings.shelf
    challenger = named(shelf, CHALLENGER)
    shutil.move(shelf / CHALLENGER, tmp_path / "elsewhere")
    keeper._control.write(write_control(control("C-2", pair(shelf, 2, model=CHALLENGER))))
    missing = [f"model `{CHALLENGER}` with digest {challenger.digest[:12]}... is not on this shelf"]
    assert told(keeper.keep) == missing
    assert told(keeper.keep_again) == missing
    shutil.move(tmp_path / "elsewhere", shelf / CHALLENGER)
    assert told(keeper.keep_again) == []
    shutil.rmtree(shelf / CHALLENGER)
    again = Keeper(keeper._settings, keeper._folder, keeper._control)
    assert told(again.keep) == []
    assert Deciders(keeper._folder).model_folder(f"{CHALLENGER}#{challenger.digest[:8]}").name == CHALLENGER


def test_a_model_of_the_same_name_and_another_digest_is_another(keeper):
    live = control("C-2", pair(keeper._settings.shelf, 2))
    other = live.model.model_copy(update={"digest": "0" * 64})
    keeper._control.write(write_control(live.model_copy(update={"model": other})))
    assert told(keeper.keep) == [f"model `{CHAMPION}` with digest 000000000000... is not on this shelf"]


def test_a_control_topic_that_cannot_be_read_stops_the_start_and_not_the_archive(folders, tmp_path):
    keeper = Keeper(Settings(shelf=folders.shelf, policies=folders.policies), tmp_path / "archive", Unread())
    with pytest.raises(BadSetup, match="`control` cannot be read"):
        asyncio.run(keeper.keep())
    assert told(keeper.keep_again) == ["`control` cannot be read"]
    assert kept(keeper) == ["id-test@1"]
