"""One listing, the whole path, in words: bytes in; what each step made of them out, as plain values and as text.

It runs the very pipeline for the outcome, and beside it asks each step how it got there.
"""

import math
from collections import Counter
from dataclasses import asdict
from typing import Any

import orjson

from stream.changes.visible import visible
from stream.classify.classifier import Model
from stream.classify.contributions import evidence, left_out, pieces
from stream.classify.normalise import normalise
from stream.contract.answer import NO_LABELS, Labels, is_labelled
from stream.contract.classification import TEN_THOUSAND
from stream.contract.dead_letter import DeadLetter
from stream.contract.event import ListingEvent
from stream.contract.instant import Instant
from stream.contract.read import read_listing
from stream.contract.record import FileRecord
from stream.decide.trace import RuleTrace, trace
from stream.pipeline import Pipeline, classify_run

# How many of a title's words are named, the strongest first.
STRONGEST = 6
# What sellers wrote is cut at so many characters, and stays on its line.
MOST_OF_A_TITLE, MOST_OF_A_VALUE = 1_000, 200


def explain(
    pipeline: Pipeline,
    value: bytes,
    as_of: Instant | None,
    as_known_on: Instant | None = None,
    labels: Labels = NO_LABELS,
) -> dict[str, Any]:
    """Explain the bytes of one listing event: `dead_letter`, `removed`, or the title, letters, rules and `decision`.

    `letters` tells what the title's words and spans said for its cluster rather than the next: places count code
    points, and `bias` plus `unit` times the weights of all spans are the log odds. `left_out` tells by how much the
    next would lead without some words, null where the model does not ask. Both tell what the model makes of the title
    where one of `labels` overrules it, too.
    """
    event = read_listing(value)
    if isinstance(event, DeadLetter):
        return {"dead_letter": event._asdict()}
    if not isinstance(event, ListingEvent):
        return {"removed": event.listing_id}
    moment = as_of or event.occurred_at
    (outcome,) = pipeline.run([FileRecord(value)], moment, as_known_on, labels)
    classifications = classify_run(pipeline.model, [FileRecord(value)], labels).classifications
    rules = trace(pipeline.policies, event, classifications, moment, as_known_on)
    return {
        "title": event.listing.title,
        "read_as": normalise(event.listing.title),
        "letters": _letters(pipeline.model, event.listing.title),
        "abstains_below": _thresholds(pipeline.model),
        "left_out": _left_out(pipeline.model, event.listing.title),
        "rules": [_plain(rule) for rule in rules],
        "decision": orjson.loads(outcome.value),
    }


def in_words(explanation: dict[str, Any]) -> str:
    """Give an explanation as text for a person."""
    if "dead_letter" in explanation:
        letter = explanation["dead_letter"]
        return f"cannot be read, a dead letter\n  {letter['code']}: {visible(letter['reason'], MOST_OF_A_VALUE)}"
    if "removed" in explanation:
        return f"removes listing {visible(explanation['removed'])}: a tombstone"
    return "\n".join(
        [*_classified(explanation), "", *_origin(explanation), "", *_rules(explanation), "", *_decided(explanation)]
    )


def _classified(explanation: dict[str, Any]) -> list[str]:
    found = explanation["decision"]["classification"]
    title = [
        f"title    {visible(explanation['title'], MOST_OF_A_TITLE)}",
        f"read as  {visible(explanation['read_as'], MOST_OF_A_TITLE)}",
    ]
    letters = _told(explanation["letters"])
    if is_labelled(found["model"]):
        said = f"cluster  {found['cluster']}, as a person answered ({visible(found['model'])})"
        return [*title, said, f"letters  to the model: {letters}"]
    scores = sorted(found["scores"].items(), key=lambda pair: -pair[1])
    doubt = _doubt(found, explanation["abstains_below"][found["cluster"]], explanation["left_out"])
    return [
        *title,
        f"cluster  {found['cluster']}, {doubt} (model {found['model']})",
        *(f"         {score:.4f} {cluster}" for cluster, score in scores),
        f"letters  {letters}",
    ]


def _doubt(found: dict[str, Any], threshold: float, out: dict[str, Any] | None) -> str:
    if not found["abstained"]:
        return f"sure enough: at least {threshold:.2f}"
    if out is None or out["lead"] < out["abstains_from"] or found["scores"][found["cluster"]] < threshold:
        return f"in doubt: under {threshold:.2f}, abstained"
    words = ", ".join(f"`{visible(word['text'])}`" for word in out["words"])
    return f"in doubt: without {words} rather {out['rival']}, abstained"


def _told(letters: dict[str, Any]) -> str:
    if not letters["words"]:
        return "none that tell anything"
    strongest = ", ".join(f"{visible(word['text'])} {word['log_odds']:+.1f}" for word in letters["words"][:STRONGEST])
    return f"{strongest} (log odds of {letters['cluster']} over {letters['rival']})"


def _origin(explanation: dict[str, Any]) -> list[str]:
    origin = explanation["decision"]["origin"]
    declared, inferred = (
        ", ".join(f"{name} {visible(value)}" for name, value in origin[part].items() if value is not None)
        for part in ("declared", "inferred")
    )
    return [
        f"origin   declared: {declared}",
        f"         inferred: {inferred}",
        *(f"         conflict: {c}" for c in origin["conflicts"]),
    ]


def _rules(explanation: dict[str, Any]) -> list[str]:
    if not explanation["rules"]:
        market = visible(explanation["decision"]["market"])
        return [f"rules    none in force in {market} as of {explanation['decision']['as_of']}"]
    lines = [
        f"rules    in force as of {explanation['decision']['as_of']}: {', '.join(explanation['decision']['policies'])}"
    ]
    for rule in explanation["rules"]:
        after = "" if rule["reached"] else " (not reached: a rule before it decided)"
        lines.append(f"  {rule['policy']} / {rule['rule']} -> {rule['then']}: {rule['answer']}{after}")
        lines += [f"    {a['answer']:<7}  {a['fact']} {a['asked']}; it is {_said(a)}" for a in rule["answers"]]
    return lines


def _decided(explanation: dict[str, Any]) -> list[str]:
    decision = explanation["decision"]
    lines = [f"decision {decision['decision']}{', and a person should look' if decision['review'] else ''}"]
    for reason in decision["reasons"]:
        citation = reason["citation"] or "nothing"
        lines.append(f"  because of {reason['policy']} / {reason['rule']} ({reason['then']}), citing: {citation}")
        lines += [f"    {language}: {text}" for language, text in reason["text"].items()]
    lines += [f"  advice: {advice}" for advice in decision["advice"]]
    lines += [f"  annotation: {_noted(each)}" for each in decision["annotations"]]
    lines += [f"  evidence asked for: {evidence}" for evidence in decision["evidence"]]
    return lines


def _noted(annotation: dict[str, str]) -> str:
    percent = annotation.get("percent")
    worth = f"{percent}%" if percent is not None else f"{annotation['amount']} {annotation['currency']}"
    return f"{annotation['name']} {worth}, by {annotation['policy']} / {annotation['rule']}"


def _said(answer: dict[str, Any]) -> str:
    if answer["value"] is not None:
        return visible(answer["value"], MOST_OF_A_VALUE)
    if answer["unread"] is None:
        return "not said"
    return f"not known, `{visible(answer['unread'], MOST_OF_A_VALUE)}` says nothing"


def _letters(model: Model, title: str) -> dict[str, Any]:
    told, sums = evidence(model, title), Counter()
    for start, end, weight in told.contributions:
        sums[start, end] += weight
    words = pieces(model, title, told)
    return {
        "cluster": told.cluster,
        "rival": told.rival,
        "bias": told.bias,
        "unit": told.unit,
        "words": [{"text": title[w.start : w.end], **w._asdict()} for w in words],
        "spans": [{"start": start, "end": end, "weight": weight} for (start, end), weight in sorted(sums.items())],
    }


def _left_out(model: Model, title: str) -> dict[str, Any] | None:
    if model.abstain_lead == math.inf:
        return None
    rival, lead, words = left_out(model, title)
    told = [{"text": title[start:end], "start": start, "end": end} for start, end in words]
    return {"rival": rival, "lead": lead, "abstains_from": model.abstain_lead, "words": told}


def _thresholds(model: Model) -> dict[str, float]:
    return {
        cluster: value / TEN_THOUSAND
        for cluster, value in zip(model.clusters, model.abstain_below.tolist(), strict=True)
    }


def _plain(rule: RuleTrace) -> dict[str, Any]:
    return {
        "policy": rule.policy,
        "phase": rule.phase,
        "rule": rule.rule,
        "then": rule.then,
        "reached": rule.reached,
        "answer": rule.answer,
        "answers": [asdict(answer) for answer in rule.answers],
    }
