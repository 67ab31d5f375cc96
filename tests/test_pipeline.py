"""The pipeline's truths: one outcome a record, in order, alone or in any batch, the same bytes every time, and nothing raises."""

import json
from dataclasses import replace
from random import Random

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.classify.normalise import digests_of
from stream.contract.answer import Answer
from stream.contract.dead_letter import DeadLetterHeaders
from stream.contract.decision import Decision, TombstoneHeaders, decision_id
from stream.contract.instant import parse_instant
from stream.contract.outcome import Kind
from stream.contract.record import FileRecord
from stream.decide.load import load_policies
from stream.pipeline import classify_run, reclassify
from tests.conftest import event_with, value_with

AS_OF = parse_instant("2021-08-03T02:00:01Z")
LATER = parse_instant("2021-08-04T00:00:00Z")

TITLES = st.text(max_size=30) | st.sampled_from(["Gamis wanita", "keripik singkong", "ukiran kayu", "casing hp", ""])
EVENTS = st.builds(
    lambda title, seller, country, revision, event_type: value_with(
        listing__title=title,
        seller__type=seller,
        origin__country=country,
        listing__revision=revision,
        event_type=event_type,
    ),
    TITLES,
    st.sampled_from(["cross_border", "local"]),
    st.none() | st.sampled_from(["ID", "CN", "cn", ""]),
    st.none() | st.integers(0, 9),
    st.sampled_from(["listing.created", "listing.updated", "listing.removed"]),
)
RECORDS = st.builds(
    lambda value, key: FileRecord(value, key),
    st.none() | st.binary(max_size=40) | EVENTS,
    st.none() | st.sampled_from([b"L-1", b"L-2", b"", b"\xff"]),
)


@given(st.lists(RECORDS, max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_batch_gives_what_its_records_give_one_by_one_in_order(pipeline, records):
    """One outcome a record, in order; the others in the run change nothing."""
    together = pipeline.run(records, AS_OF)
    assert together == [outcome for record in records for outcome in pipeline.run([record], AS_OF)]
    assert len(together) == len(records)


@given(st.lists(RECORDS, max_size=6))
@settings(max_examples=100, deadline=None)
def test_the_same_bytes_give_the_same_bytes(pipeline, records):
    assert pipeline.run(records, AS_OF) == pipeline.run(list(records), AS_OF)


@given(RECORDS)
@settings(max_examples=150, deadline=None)
def test_every_outcome_is_what_the_wire_says_it_is(pipeline, record):
    """Each decision, tombstone and dead letter is held to its published model; a dead letter keeps its bytes."""
    (outcome,) = pipeline.run([record], AS_OF)
    came = len(record.headers) if outcome.kind is Kind.DEAD_LETTER else 0
    assert tuple(outcome.headers[:came]) == tuple(record.headers[:came])
    headers = {name: value.decode() for name, value in outcome.headers[came:]}
    match outcome.kind:
        case Kind.DECISION:
            decision = Decision.model_validate_json(outcome.value)
            assert outcome.key == decision.listing_id.encode()
            assert (outcome.review, outcome.tally) == (decision.review, decision.decision)
        case Kind.TOMBSTONE:
            assert outcome.value is None
            assert TombstoneHeaders.model_validate(headers).listing_id.encode() == outcome.key
        case Kind.DEAD_LETTER:
            assert (outcome.key, outcome.value) == (record.key, record.value)
            assert DeadLetterHeaders.model_validate(headers).code == outcome.tally


def test_order_is_kept_through_runs_of_any_size(pipeline):
    chance = Random(1)
    kinds = [lambda n: value_with(listing__id=f"L-{n}"), lambda n: b"broken %d" % n, lambda n: value_with(listing__id=f"L-{n}", event_type="listing.removed")]  # fmt: skip
    records = [FileRecord(chance.choice(kinds)(n)) for n in range(200)]
    whole = pipeline.run(records, AS_OF)
    for size in (1, 7, 64):
        runs = [records[start : start + size] for start in range(0, len(records), size)]
        assert [outcome for run in runs for outcome in pipeline.run(run, AS_OF)] == whole


def test_a_decision_seen_again_differs_at_most_in_as_of(pipeline):
    """Promise 2: the same event under the same model and policies, later."""
    record = FileRecord(value_with())
    first, again = (orjson.loads(pipeline.run([record], moment)[0].value) for moment in (AS_OF, LATER))
    assert first.pop("as_of") != again.pop("as_of")
    assert first == again


def test_a_decision_id_is_a_function_of_event_model_and_policies(pipeline):
    decision = orjson.loads(pipeline.run([FileRecord(value_with())], AS_OF)[0].value)
    assert decision["decision_id"] == decision_id(
        decision["event_id"], decision["classification"]["model"], decision["policies"]
    )
    parts = [
        ("e", "m", ["p"]),
        ("e2", "m", ["p"]),
        ("e", "m2", ["p"]),
        ("e", "m", ["p", "q"]),
        ("e", "m", []),
        ("em", "", ["p"]),
    ]
    assert len({decision_id(*part) for part in parts}) == len(parts)


EDITION = """
policy: parcels
version: {version}
market: ID
timezone: Asia/Jakarta
lists: {{closed: closed.csv}}
rates: {{bi: {{file: bi.csv, base: IDR, basis: middle}}}}
phases:
  - id: first
    effective: 2021-08-01
    citation: "Decree 1"
    rules:
      - {{id: cheap, when: {{listing.price: {{lt: {limit} USD}}, origin.country: {{in_list: closed}}}}, then: block}}
{more}"""
RATES = "date,currency,rate\n2021-08-03,USD,14345\n"
# Editions of a policy as they would lie in its history: its text's gaps, its list, its rates.
EDITIONS = {
    "first": ({"version": 1, "limit": 100, "more": ""}, "value\nCN\n", RATES),
    "rates and list grow": (
        {"version": 1, "limit": 100, "more": ""},
        "value,from\nCN,\nVN,2021-08-04\n",
        RATES + "2021-08-04,USD,1\n",
    ),
    "the limit falls": ({"version": 2, "limit": 10, "more": ""}, "value\nCN\n", RATES),
    "a rate is mended": ({"version": 1, "limit": 100, "more": ""}, "value\nCN\n", RATES.replace("14345", "14")),
    "a phase is made retroactive": (
        {
            "version": 1,
            "limit": 100,
            "more": "  - {id: second, published: 2021-09-01, effective: 2021-08-02, citation: Decree 2, rules: []}\n",
        },
        "value\nCN\n",
        RATES,
    ),
}


def test_an_old_decision_is_made_again_from_what_it_names(pipeline, tmp_path):
    """Model, policy ids and `as_of` of a decision say which edition made it, and that one makes the same bytes again."""
    value = value_with(listing__price={"amount": "1000000", "currency": "IDR"})
    held = {}
    for name, (gaps, closed, rates) in EDITIONS.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "parcels.yaml").write_text(EDITION.format(**gaps))
        (folder / "closed.csv").write_text(closed)
        (folder / "bi.csv").write_text(rates)
        held[name] = replace(pipeline, policies=load_policies(folder, pipeline.model.clusters))
    old = held["first"].run([FileRecord(value)], AS_OF)[0].value
    said = orjson.loads(old)
    assert said["decision"] == "block"

    again = {}
    for name, edition in held.items():
        made = edition.run([FileRecord(value)], parse_instant(said["as_of"]))[0].value
        if orjson.loads(made)["policies"] == said["policies"]:
            again[name] = made
    assert said["classification"]["model"] == pipeline.model.id
    assert again == {"first": old, "rates and list grow": old}


def test_akar_closes_its_clusters_to_cross_border_sellers_alone(pipeline):
    """The example of the design, from the bytes of an event to the bytes of its decision."""
    blocked, local, other = (
        orjson.loads(pipeline.run([FileRecord(value)], AS_OF)[0].value)
        for value in (
            value_with(),
            value_with(seller__type="local", seller__country="ID", origin__country="ID", origin__ship_from="ID"),
            value_with(listing__title="Kabel data type c fast charging 1 meter"),
        )
    )
    assert (blocked["decision"], [r["rule"] for r in blocked["reasons"]]) == ("block", ["close-cross-border"])
    assert blocked["classification"]["cluster"] == "textile_fashion"
    assert blocked["policies"][0].startswith("id-akar@3/2021-08#")
    assert (local["decision"], local["reasons"]) == ("allow", [])
    assert (other["decision"], other["classification"]["cluster"]) == ("allow", "other")


def test_a_market_without_policy_is_allowed_without_reasons(pipeline):
    decision = orjson.loads(pipeline.run([FileRecord(value_with(market="SG"))], AS_OF)[0].value)
    assert (decision["decision"], decision["reasons"], decision["policies"]) == ("allow", [], [])


def test_before_the_first_phase_nothing_is_closed(pipeline):
    moments = [parse_instant(text) for text in ("2021-08-02T23:59:59+07:00", "2021-08-03T00:00:00+07:00")]
    before, at = (orjson.loads(pipeline.run([FileRecord(value_with())], moment)[0].value) for moment in moments)
    assert (before["decision"], at["decision"]) == ("allow", "block")


def test_without_an_as_of_each_event_is_decided_at_its_own_time(pipeline):
    records = [FileRecord(value_with(occurred_at=f"2021-08-0{day}T12:00:00+07:00")) for day in (2, 3)]
    decided = [orjson.loads(outcome.value) for outcome in pipeline.run(records, None)]
    assert [d["decision"] for d in decided] == ["allow", "block"]
    assert [d["as_of"] for d in decided] == [json.loads(r.value)["occurred_at"] for r in records]


def test_broken_neighbours_change_no_decision(pipeline):
    """A poison record in every position of a run, and the others are decided all the same."""
    good = [FileRecord(value_with(listing__id=f"L-{n}")) for n in range(5)]
    decided = pipeline.run(good, AS_OF)
    for place in range(6):
        with_poison = [*good[:place], FileRecord(b'{"listing": NaN}'), *good[place:]]
        outcomes = pipeline.run(with_poison, AS_OF)
        assert outcomes[place].kind is Kind.DEAD_LETTER
        assert outcomes[:place] + outcomes[place + 1 :] == decided


def test_a_value_of_many_megabytes_has_its_outcome(pipeline):
    huge_title = FileRecord(value_with(listing__title="kain " * 1_000_000))
    huge_garbage = FileRecord(b"\xff" * 10_000_000)
    assert [o.kind for o in pipeline.run([huge_title, huge_garbage], AS_OF)] == [Kind.DECISION, Kind.DEAD_LETTER]


def test_the_decision_shows_the_event_as_it_was_declared(pipeline):
    event = event_with()
    decision = orjson.loads(pipeline.run([FileRecord(json.dumps(event).encode())], AS_OF)[0].value)
    assert decision["occurred_at"] == event["occurred_at"]
    assert decision["origin"]["declared"] == {"seller_type": "cross_border", "country": "CN"}
    assert sum(decision["classification"]["scores"].values()) > 0.999


LABELS = st.dictionaries(
    st.sampled_from(["L-1", "L-2"]),
    st.builds(
        lambda title, cluster: Answer("LB-1", cluster, digests_of([title])[0], 0),
        TITLES,
        st.sampled_from(["craft", "other", "no-such-cluster"]),
    ),
    max_size=2,
)


@given(st.lists(RECORDS, max_size=6), LABELS)
@settings(max_examples=100, deadline=None)
def test_labels_are_an_input_as_any_other(pipeline, records, labels):
    """A batch gives what its records give one by one; a label changes its own listing's decision and no other outcome."""
    without, under = pipeline.run(records, AS_OF), pipeline.run(records, AS_OF, labels=labels)
    assert under == [outcome for record in records for outcome in pipeline.run([record], AS_OF, labels=labels)]
    for before, after in zip(without, under, strict=True):
        answered = before.kind is Kind.DECISION and before.key.decode() in labels
        assert after == before or (answered and json.loads(after.value)["classification"]["model"] == "label:LB-1")


def test_a_persons_answer_decides_and_names_itself(pipeline):
    """Closed to cross-border sellers as craft, open as `other`; the id of the decision is that of the label's own."""
    record = FileRecord(value_with(listing__title="ukiran kayu", seller__type="cross_border"))
    labels = {"L-1": Answer("LB-1", "other", digests_of(["UKIRAN  kayu"])[0], 0)}
    (before,), (after,) = pipeline.run([record], AS_OF), pipeline.run([record], AS_OF, labels=labels)
    assert (before.tally, after.tally, after.review) == ("block", "allow", False)
    decision = Decision.model_validate_json(after.value)
    said = decision.classification
    assert (said.cluster, said.scores["other"], sum(said.scores.values())) == ("other", 1.0, 1.0)
    assert (said.abstained, said.model) == (False, "label:LB-1")
    assert decision.decision_id == decision_id(decision.event_id, "label:LB-1", decision.policies)
    assert after.place == before.place._replace(decision_id=decision.decision_id.encode())


def test_another_title_is_the_models_again(pipeline):
    labels = {"L-1": Answer("LB-1", "other", digests_of(["ukiran kayu"])[0], 0)}
    record = FileRecord(value_with(listing__title="ukiran kayu jati"))
    assert pipeline.run([record], AS_OF, labels=labels) == pipeline.run([record], AS_OF)


def test_another_model_classifies_under_the_same_labels(pipeline):
    labels = {"L-1": Answer("LB-1", "other", digests_of(["ukiran kayu"])[0], 0)}
    records = [FileRecord(value_with(listing__title="ukiran kayu"))]
    other = replace(pipeline.model, id="other-model")
    again = reclassify(other, classify_run(pipeline.model, records, labels))
    assert [one.model for one in again.classifications] == ["label:LB-1"]
    assert [one.model for one in reclassify(other, classify_run(pipeline.model, records)).classifications] == [
        "other-model"
    ]
