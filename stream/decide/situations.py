"""Situations: a listing event and an assumed classification that make conditions true, or not, as wanted.

Conditions and a moment come in, situations go out, those that say least first. It is no proof: whoever uses one
decides it through `decide`. It refuses to know policies.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from stream.contract.classification import TEN_THOUSAND, Classifications
from stream.contract.event import ListingEvent
from stream.contract.read import read_listing
from stream.decide.asks import Moment
from stream.decide.conditions import Condition, settled, truth_of
from stream.decide.dimensions import World
from stream.decide.nearby import plainest_scores, shown
from stream.decide.plainest import plainest, put
from stream.decide.rules import Rule
from stream.decide.sayings import Asked, clusters_in
from stream.decide.search import NOT_TRUE, TRUE, GaveUp, Search, Wanted, mask_of
from stream.decide.trace import values_said

MOST_SAID = 7
MOST_TRIED = 12
CLASSIFICATION = ("scores", "abstained")


@dataclass(frozen=True, slots=True)
class Situation:
    """What differs from the plainest event, by path; `scores` and `abstained` are the classification's."""

    world: World
    as_of: int
    said: Mapping[str, Any] = field(default_factory=dict)

    def event(self) -> dict[str, Any]:
        """Give the listing event, as it stands on the wire."""
        event = plainest(self.world.market, self.as_of)
        for path, value in self.said.items():
            if path not in CLASSIFICATION:
                put(event, path, value)
        return event

    def read(self) -> ListingEvent | None:
        """Read the event; None where no event can say this."""
        found = read_listing(orjson.dumps(self.event()))
        return found if isinstance(found, ListingEvent) else None

    def scores(self) -> dict[str, int]:
        """Give every cluster's score in ten-thousandths."""
        return self.said.get("scores") or plainest_scores(clusters_in(self.world))

    def classified(self) -> Classifications:
        scores = np.array([list(self.scores().values())], np.int32)
        abstained = np.array([bool(self.said.get("abstained"))])
        return Classifications(clusters_in(self.world), scores, scores.argmax(1), abstained, "assumed")

    def in_words(self) -> str:
        """Say in a line what such a listing says: ``seller.type` `cross_border``."""
        said = {path: self.said[path] for path in self.said if path != "scores"}
        if "scores" in self.said:
            scored = [f"{name} {score / TEN_THOUSAND:g}" for name, score in self.scores().items() if score]
            said["scores"] = ", ".join(scored)
        return ", ".join(f"`{path}` `{shown(value)}`" for path, value in said.items()) or "any listing"


Asking = Sequence[tuple[Condition, int]]


def reached(condition: Condition, before: Iterable[Rule]) -> list[tuple[Condition, int]]:
    """Ask for an event that a condition holds for, and that no rule before it has decided on."""
    return [(condition, TRUE), *((rule.condition, NOT_TRUE) for rule in before if rule.then.decision)]


def shown_by(asked: Asking, moment: Moment, world: World) -> Situation | None:
    """Find a situation in which each condition has one of the truths given with it, as asked of the event itself."""
    for situation in situations(asked, moment, world):
        event = situation.read()
        if event:
            value_of = values_said(event, situation.classified())
            if all(mask_of(truth_of(settled(each, moment), value_of)) & truths for each, truths in asked):
                return situation
    return None


def situations(wanted: Asking, moment: Moment, world: World) -> Iterator[Situation]:
    """Give situations in which each condition has one of the truths given with it, those that say least first.

    A few at most, and none where a search of bounded length finds none.
    """
    conditions, truths = zip(*wanted, strict=True)
    asked = Asked(conditions, moment, world)
    formulas = [asked.numbered.formula(condition) for condition in asked.conditions]
    fits = list(map(Wanted, formulas, truths))
    tried, search = 0, Search(fits, asked.dimensions)
    for cost in range(MOST_SAID + 1):
        try:
            for choice in search.choices(cost):
                said = {path: value for option in choice for path, value in option.said.items()}
                yield Situation(world, moment.as_of, said)
                tried += 1
                if tried == MOST_TRIED:
                    return
        except GaveUp:
            continue
