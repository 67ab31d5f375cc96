"""Decisions out: joined from parts that a run repeats, and the same bytes as each encoded whole."""

from typing import NamedTuple

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.classification import Classifications
from stream.contract.decision import Decision, decision_id, write_decisions
from stream.contract.instant import parse_instant
from stream.contract.read import event_of
from tests.conftest import event_with

NOW = parse_instant("2021-08-03T02:00:01Z")
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


class Ruling(NamedTuple):
    """A ruling as plain as they come."""

    decision: str = "block"
    review: bool = True
    reasons: tuple = (
        {
            "policy": "p",
            "phase": "1",
            "rule": "r",
            "then": "block",
            "text": {"id": 'a"\\%b', "en": "100 %"},
            "citation": None,
        },
    )
    advice: tuple = ("tkdn",)
    annotations: tuple = ({"name": "duty", "percent": 7.5},)
    evidence: tuple = ("halal",)
    origin: dict = {"declared": {"seller_type": "local", "country": None}, "inferred": {}, "conflicts": []}  # noqa: RUF012
    policies: tuple = ("p@1/1#00",)


def classifications(clusters, scores, abstained, model="m#1") -> Classifications:
    return Classifications(
        clusters, np.array(scores, np.int32), np.zeros(len(scores), int), np.array(abstained, bool), model
    )


def whole(event, classification, ruling, moment) -> bytes:
    """The decision as one document, encoded at once: what the joined parts must equal."""
    scores = {c: s / 10_000 for c, s in zip(classification.clusters, classification.scores, strict=True)}
    return orjson.dumps(
        {
            "schema": "keran.decision/1",
            "decision_id": decision_id(event.event_id, classification.model, ruling.policies),
            "event_id": event.event_id,
            "occurred_at": event.occurred_at.text,
            "listing_id": event.listing.id,
            "revision": event.listing.revision,
            "seller_id": event.seller.id,
            "market": event.market,
            "decision": ruling.decision,
            "review": ruling.review,
            "reasons": ruling.reasons,
            "advice": ruling.advice,
            "annotations": ruling.annotations,
            "evidence": ruling.evidence,
            "origin": ruling.origin,
            "classification": {
                "cluster": classification.cluster,
                "scores": scores,
                "abstained": classification.abstained,
                "model": classification.model,
            },
            "policies": ruling.policies,
            "as_of": moment.text,
        }
    )


@given(
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    st.none() | st.integers(0, 2**63 - 1),
    st.lists(st.integers(0, 10_000), min_size=2, max_size=2),
    st.booleans(),
    TEXT,
)
def test_the_joined_parts_are_the_bytes_of_the_whole(
    event_id, listing_id, seller_id, market, revision, scores, abstained, cluster
):
    event = event_of(
        event_with(
            event_id=event_id, listing__id=listing_id, seller__id=seller_id, market=market, listing__revision=revision
        )
    )
    classified = classifications((cluster, "other%s"), [scores], [abstained], "m%b#1")
    (classification,) = classified
    (outcome,) = write_decisions([event], classified, [Ruling()], [NOW])
    assert outcome.value == whole(event, classification, Ruling(), NOW)
    assert outcome.key == listing_id.encode()
    Decision.model_validate_json(outcome.value)


def test_a_run_is_written_like_its_decisions_one_by_one():
    events = [event_of(event_with(event_id=f"E-{n}")) for n in range(20)]
    scores = [[n, 10_000 - n] for n in range(20)]
    abstained = [bool(n % 2) for n in range(20)]
    rulings = [Ruling(), Ruling(decision="allow", review=False, reasons=())] * 10
    moments = [NOW, events[0].occurred_at] * 10
    together = write_decisions(events, classifications(("a", "b"), scores, abstained), rulings, moments)
    for n, outcome in enumerate(together):
        alone = classifications(("a", "b"), scores[n : n + 1], abstained[n : n + 1])
        assert [outcome] == write_decisions(events[n : n + 1], alone, rulings[n : n + 1], moments[n : n + 1])


def test_rows_must_agree():
    with pytest.raises(ValueError, match="1 events, 0 classifications, 0 rulings"):
        write_decisions([event_of(event_with())], classifications(("a",), np.empty((0, 1), int), []), [], [])
