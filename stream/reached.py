"""What cases reach: policies in, for each that has cases beside it the rules that match in at least one of them out.

Cases lie in `NAME.cases.yaml` beside `NAME.yaml`: a list of mappings with `as_of`, `as_known_on`, `event` (what differs
from the plainest event, by path such as `seller.type` or nested) and `classification` (a cluster, or `scores` and
`abstained`; without it the model reads the title). A case that cannot be read reaches nothing; whether it says what it
should, and what it expects, is not asked here.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from stream.classify.classifier import Model, classify
from stream.contract.classification import TEN_THOUSAND, Classifications
from stream.contract.event import ListingEvent
from stream.contract.instant import instant_at
from stream.contract.read import read_listing
from stream.decide.decide import decide
from stream.decide.local_time import read_time
from stream.decide.nearby import plainest
from stream.decide.policy import Policy, PolicySet
from stream.decide.unreadable import Unreadable
from stream.decide.vectors import matched
from stream.decide.yaml_nodes import MAX_CHARACTERS, plain, read_yaml

# The paths of an event that hold numbers; all else that a case writes is text.
NUMBERS = ("listing.revision", "listing.tkdn.tkdn", "listing.tkdn.bmp")


def reached_by_cases(policies: PolicySet, model: Model) -> dict[str, frozenset[tuple[str, str]]]:
    """Give by policy file, for those with cases, the rules that match in them, each as phase and rule."""
    found = {}
    for policy in policies.policies:
        cases = _cases_beside(Path(policy.place.file))
        if cases is not None:
            reached = [_reached(policy, case, model) for case in cases if isinstance(case, dict)]
            found[policy.place.file] = frozenset().union(*reached)
    return found


def _cases_beside(file: Path) -> list[Any] | None:
    beside = file.with_suffix(f".cases{file.suffix}")
    if not beside.is_file() or beside.stat().st_size > MAX_CHARACTERS:
        return None
    node = read_yaml(beside.read_text(encoding="utf-8", errors="replace"), str(beside), {}, [])
    cases = plain(node) if node else []
    return cases if isinstance(cases, list) else []


def _reached(policy: Policy, case: Mapping[str, Any], model: Model) -> frozenset[tuple[str, str]]:
    try:
        as_of = instant_at(read_time(str(case.get("as_of")), policy.zone))
        known = instant_at(read_time(str(case["as_known_on"]), policy.zone)) if "as_known_on" in case else None
        event = read_listing(orjson.dumps(_event(policy, case, as_of.micros)))
        scored = _classified(case.get("classification"), event, model)
    except (Unreadable, ValueError):
        return frozenset()
    if not isinstance(event, ListingEvent) or scored is None:
        return frozenset()
    (ruling,) = decide(PolicySet((policy,)), [event], scored, [as_of], known)
    return frozenset((phase, rule) for _, phase, rule in matched(ruling))


def _event(policy: Policy, case: Mapping[str, Any], as_of: int) -> dict[str, Any]:
    event = plainest(policy.market, as_of)
    for path, value in _leaves(case.get("event") or case.get("listing") or {}):
        *above, last = path.split(".")
        part = event
        for step in above:
            part = part.setdefault(step, {})
        part[last] = _value(path, value)
    return event


def _value(path: str, said: Any) -> Any:
    """Give what a case writes as an event says it: numbers, and steps, members and money written as one text."""
    match path, said:
        case _, _ if path in NUMBERS:
            return _number(said)
        case "listing.category_path", str():
            return [step.strip() for step in said.split(">")]
        case "listing.certificates", str():
            return [said]
        case "listing.price", str():
            return dict(zip(("amount", "currency"), said.split(), strict=False))
    return said


def _number(text: Any) -> int | float:
    found = float(str(text))
    return int(found) if found.is_integer() else found


def _leaves(said: Any, path: str = "") -> Iterable[tuple[str, Any]]:
    """Give what is said by full path, whether it was written nested or with points."""
    if not isinstance(said, Mapping) or "amount" in said:
        return [(path, said)] if path else []
    return [leaf for key, value in said.items() for leaf in _leaves(value, f"{path}.{key}" if path else key)]


def _classified(given: Any, event: Any, model: Model) -> Classifications | None:
    """Give the classification that a case assumes, else the model's own."""
    if given is None:
        return classify(model, [event.listing.title]) if isinstance(event, ListingEvent) else None
    said = {"cluster": given} if isinstance(given, str) else given
    shares = said.get("scores") or {said.get("cluster"): "1"} if isinstance(said, Mapping) else None
    if not isinstance(shares, Mapping):
        return None
    scores = np.array([[round(float(shares.get(name, 0)) * TEN_THOUSAND) for name in model.clusters]], np.int32)
    abstained = np.array([said.get("abstained") == "true"])
    return Classifications(model.clusters, scores, scores.argmax(1), abstained, "case")
