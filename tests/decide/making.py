"""What the tests of deciding make their cases from: an event with a few parts changed, policies from text, rulings."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from stream.contract.classification import Classifications
from stream.contract.event import ListingEvent
from stream.contract.instant import Instant, parse_instant
from stream.contract.read import event_of
from stream.decide.decide import decide
from stream.decide.laws import every_rule_can_be_reached
from stream.decide.load import read_policies
from stream.decide.policy import PolicySet
from stream.decide.policy_reader import Document, Table
from stream.decide.ruling import Ruling
from stream.decide.unreadable import Unreadable

CLUSTERS = ("craft", "culinary", "other", "textile_fashion")
NOON = parse_instant("2021-08-03T12:00:00+07:00")


def event(**changed: Any) -> ListingEvent:
    """Give an event that says only what it must, with parts changed: `listing={...}`, `origin={...}`, `seller={...}`, `market=`."""
    parts = {"schema": "keran.listing/1", "event_id": "E-1", "event_type": "listing.updated", "market": "ID"}
    parts |= {"occurred_at": "2021-08-03T09:00:00+07:00"}
    parts |= {
        name: changed.pop(name) for name in ("market", "occurred_at", "event_type", "event_id") if name in changed
    }
    return event_of(
        {
            **parts,
            "listing": {"id": "L-1", "title": "Gamis syari"} | changed.get("listing", {}),
            "origin": changed.get("origin", {}),
            "seller": {"id": "S-1", "type": "local"} | changed.get("seller", {}),
        }
    )


def classified(*rows: Mapping[str, float], abstained: bool = False) -> Classifications:
    """Give classifications from each row's scores; a cluster that is not named scores nothing."""
    scores = np.array([[round(row.get(cluster, 0) * 10_000) for cluster in CLUSTERS] for row in rows], np.int32)
    scores = scores.reshape(-1, len(CLUSTERS))
    return Classifications(CLUSTERS, scores, scores.argmax(1), np.full(len(rows), abstained), "m#1")


FASHION = classified({"textile_fashion": 0.98, "craft": 0.02})


def policies(*texts: str, tables: Mapping[str, str] | None = None, clusters: Iterable[str] = CLUSTERS) -> PolicySet:
    """Read policies that must be sound; a rule may be out of reach, since cases are made of rules at random."""
    held = tables or {}

    def table(name: str) -> Table:
        if name not in held:
            raise Unreadable(f"no file `{name}`")
        return Table(name, held[name])

    found, problems = read_policies([Document(f"p{at}.yaml", text, table) for at, text in enumerate(texts)], clusters)
    wrong = [each for each in problems if each not in every_rule_can_be_reached.breaches(found, tuple(clusters))]
    assert not wrong, "\n".join(map(str, wrong))
    return found


def policy(rules: str, head: str = "", name: str = "p", phase: str = "effective: 2021-01-01") -> str:
    """Give the text of a policy of one phase; `rules` is YAML of a list."""
    indented = "\n".join(f"      {line}" for line in rules.strip("\n").splitlines())
    return (
        f"policy: {name}\nversion: 1\nmarket: ID\ntimezone: Asia/Jakarta\n{head}\n"
        f"phases:\n  - id: only\n    {phase}\n    citation: none\n    rules:\n{indented}\n"
    )


def rule(when: str, then: str = "block", name: str = "r", more: str = "") -> str:
    """Give the text of one rule."""
    return f"- id: {name}\n  when: {when}\n  then: {then}\n" + (f"  {more}\n" if more else "")


def ruling(
    held: PolicySet,
    listing: ListingEvent,
    scored: Classifications = FASHION,
    as_of: Instant = NOON,
    as_known_on: Instant | None = None,
) -> Ruling:
    """Rule on one event."""
    (found,) = decide(held, [listing], scored, [as_of], as_known_on)
    return found


def fired(found: Ruling) -> list[str]:
    """Give the names of the rules among a ruling's reasons."""
    return [reason["rule"] for reason in found.reasons]
