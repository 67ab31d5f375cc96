"""What an archive says of a listing: all of its decisions, what stands behind them, and that they come out the same."""

import shutil

import jsonschema
import orjson
import pytest

from stream.archive.export import export
from stream.archive.page import write_page
from stream.archive.verify import verify
from stream.classify.normalise import digests_of
from stream.contract.answer import Answer
from stream.contract.audit import Audit
from stream.contract.record import FileRecord
from stream.contract.schemas import schema_file
from tests.archive.making import AS_OF, append, archive, keep_shipped
from tests.conftest import value_with

EVENTS = {f"E-{n}": value_with(event_id=f"E-{n}", listing__id=f"L-{n % 7}") for n in range(15)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, pipeline):
    place = tmp_path_factory.mktemp("archive")
    archive(place, pipeline)
    return place


def test_every_decision_of_the_listing_comes_out_the_same_again(folder):
    audit = export(folder, "L-1", EVENTS, "complaints@example.com")
    assert [(entry.offset, entry.decision.event_id) for entry in audit.entries] == [(2, "E-1"), (16, "E-8")]
    assert [entry.reproduced for entry in audit.entries] == ["same bytes", "same bytes"]
    assert all(entry.model_card and len(entry.policies_kept) == 1 for entry in audit.entries)


def test_a_block_has_its_statement_of_reasons(folder):
    first, second = export(folder, "L-1", {}, "complaints@example.com").entries
    said = first.statement
    assert (said.restriction.territory, said.restriction.begins) == ("ID", AS_OF)
    assert said.restriction.ends == second.recorded_at
    assert second.statement.restriction.ends is None
    assert (said.facts.seller_type, said.facts.cluster) == ("cross_border", "textile_fashion")
    assert (said.automated.detection, said.automated.decision) == (True, True)
    assert [(ground.rule, set(ground.text)) for ground in said.grounds] == [("close-cross-border", {"id", "en"})]
    assert said.redress == "complaints@example.com"
    assert first.reproduced == "no event given"


def test_an_event_that_says_something_else_gives_other_bytes(folder):
    other = value_with(event_id="E-1", listing__id="L-1", listing__title="kabel usb")
    assert export(folder, "L-1", {"E-1": other}).entries[0].reproduced == "other bytes"


def test_what_is_not_kept_cannot_be_decided_again(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    shutil.rmtree(copy / "models")
    assert export(copy, "L-1", EVENTS).entries[0].reproduced == "model or policies not kept"


def test_the_json_is_what_its_schema_says(folder):
    written = export(folder, "L-1", EVENTS).model_dump_json(by_alias=True)
    jsonschema.validate(orjson.loads(written), orjson.loads(schema_file("keran.audit-1").read_bytes()))
    assert Audit.model_validate_json(written) == export(folder, "L-1", EVENTS)


def test_removals_and_what_is_no_decision_stand_in_their_place(tmp_path):
    records = [FileRecord(b"{}", b"L", (), "decisions", 0, 0, 1), FileRecord(None, b"L", (), "decisions", 0, 1, 2)]
    append(tmp_path, records)
    assert [entry.kind for entry in export(tmp_path, "L").entries] == ["unreadable", "removal"]


def test_a_listing_that_is_not_there_has_no_entries(folder):
    assert export(folder, "L-99").entries == []


HOSTILE = "<script>alert(1)</script>\u202e"


def test_hostile_ids_are_shown_as_text(tmp_path, pipeline):
    value = value_with(event_id=HOSTILE, listing__id=HOSTILE, seller__id=HOSTILE)
    (outcome,) = pipeline.run([FileRecord(value)], AS_OF)
    append(tmp_path, [FileRecord(outcome.value, outcome.key, (), "decisions", 0, 0, 1)])
    keep_shipped(tmp_path)
    page = write_page(export(tmp_path, HOSTILE))
    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e" in page


def test_what_a_person_answered_comes_out_the_same_again_and_says_so(tmp_path, pipeline):
    """The model that the label overruled need not be known: any kept one of the same clusters gives the same bytes."""
    event = value_with(event_id="E-1", listing__title="kabel usb")
    answers = {"L-1": Answer("LB-1", "craft", digests_of(["kabel usb"])[0], 0)}
    (outcome,) = pipeline.run([FileRecord(event)], AS_OF, labels=answers)
    append(tmp_path, [FileRecord(outcome.value, outcome.key, (), "decisions", 0, 0, 1)])
    assert export(tmp_path, "L-1", {"E-1": event}).entries[0].reproduced == "model or policies not kept"
    keep_shipped(tmp_path)
    (entry,) = export(tmp_path, "L-1", {"E-1": event}).entries
    assert (entry.reproduced, entry.model_card) == ("same bytes", None)
    assert (entry.statement.automated.detection, entry.statement.automated.model) == (False, "label:LB-1")
    assert verify(tmp_path).faults == []
