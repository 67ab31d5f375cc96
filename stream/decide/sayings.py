"""Sayings: all that some conditions ask at a moment in, the ways in which an event and a classification can say it out.

Each thing that is said apart is a dimension: what inferring and adding up take together stays together. Not every way
there is, but those beside which an answer changes. It refuses to know policies.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from stream.decide.asks import IsWithin, Moment, PricedThen
from stream.decide.conditions import Condition, settled
from stream.decide.dimensions import (
    INFERRED,
    SCORE_FACT,
    SIGNAL_FIELDS,
    World,
    answers_to,
    clusters_of,
    origins,
    told_apart,
    values_of,
)
from stream.decide.facts import FACTS, SIGNALS, Fact
from stream.decide.kinds import MONEY
from stream.decide.nearby import (
    CUE_TITLES,
    beside,
    can_be_said,
    guesses,
    plainest_scores,
    prices,
    scores_apart,
    step_of,
    wire,
)
from stream.decide.numbered import Numbered
from stream.decide.origin import Signals
from stream.decide.plainest import plainest
from stream.decide.search import Dimension, Option, mask_of

TITLE_CUE = "title_cue"
SIGNAL_FACTS = ("seller.type", "seller.country", "origin.country", "origin.ship_from", TITLE_CUE)
CLASSIFIED = ("cluster", "abstained", SCORE_FACT)
LOCAL_CONTENT = ("listing.tkdn.tkdn", "listing.tkdn.bmp", "listing.tkdn.with_bmp")
_ASSUMED_CLUSTERS = ("assumed", "other")
Way = tuple[Mapping[str, Any], Mapping[str, Any]]


def clusters_in(world: World) -> tuple[str, ...]:
    """Give the model's clusters, or two that are assumed where there is no model."""
    return world.clusters or _ASSUMED_CLUSTERS


class Asked:
    """All that some conditions ask at a moment, and the ways of saying each thing they ask for, the plainest first."""

    def __init__(self, conditions: Iterable[Condition], moment: Moment, world: World) -> None:
        self.world, self.moment = world, moment
        self.conditions = [settled(condition, moment) for condition in conditions]
        self.numbered = Numbered()
        for condition in self.conditions:
            self.numbered.formula(condition)
        found = [self.signals(), self.classified(), self.local_content(), *map(self.fact, self.plain_facts())]
        self.dimensions = [each for each in found if each and each.options]

    def questions(self, names: Iterable[str]) -> list[int]:
        return [at for at, ask in enumerate(self.numbered.asks) if ask.fact.name in names]

    def plain_facts(self) -> list[Fact]:
        facts = {ask.fact.name: ask.fact for ask in self.numbered.asks}
        together = {*CLASSIFIED, *LOCAL_CONTENT, *INFERRED}
        return [fact for name, fact in facts.items() if name not in together and fact.reading is not SIGNALS]

    def dimension(self, questions: Sequence[int], ways: Iterable[Way]) -> Dimension:
        """Give a dimension from ways of saying something: each fact's value, and what the event then says by path."""
        asks = [self.numbered.asks[at] for at in questions]
        options = [
            Option(tuple(mask_of(ask.question.answer(values[_name(ask.fact)])) for ask in asks), said, len(said))
            for values, said in ways
        ]
        return Dimension(tuple(questions), tuple(sorted(options, key=lambda option: option.cost)))

    def fact(self, fact: Fact) -> Dimension:
        questions = self.questions([fact.name])
        values = self.values(fact, [self.numbered.asks[at].question for at in questions])
        plain = self.said_plainly(fact)
        ways = [({fact.name: value}, {} if value == plain else {fact.name: wire(fact, value)}) for value in values]
        return self.dimension(questions, ways)

    def values(self, fact: Fact, questions: Sequence[Any]) -> list[Any]:
        """Give values that the questions tell apart, the plainest first, and those beside which an answer changes."""
        if fact.kind.name == MONEY.name:
            return [None, *prices([q for q in questions if isinstance(q, PricedThen)])]
        known = [question for question in questions if values_of(fact, [question], self.world) is not None]
        apart = [*guesses(fact, questions), *(values_of(fact, known, self.world) or ())]
        points = {point for q in questions if isinstance(q, IsWithin) for point in q.points()}
        found = [*beside(points, step_of(fact)), *apart]
        said = [value for value in found if value is not None and can_be_said(fact, value)]
        return list(dict.fromkeys([self.said_plainly(fact), *said]))

    def said_plainly(self, fact: Fact) -> Any:
        part: Any = {**plainest(self.world.market, self.moment.as_of), "occurred_at": self.moment.as_of}
        for step in fact.name.split("."):
            part = part.get(step) if isinstance(part, dict) else None
        return part

    def signals(self) -> Dimension | None:
        questions = [at for at, ask in enumerate(self.numbered.asks) if ask.fact.reading is SIGNALS]
        asks = [self.numbered.asks[at] for at in questions]
        told = told_apart(asks, self.world) if asks else None
        if told is None:
            return None
        names = {ask.fact.name for ask in asks}
        all_of_them = bool(names.intersection(INFERRED))
        found = zip(origins(told, self.world.market), answers_to(asks, told, self.world.market), strict=True)
        ways = [(answers, row.declared) for row, answers in found if _can_be_titled(row.declared)]
        ways = [(answers, row) for answers, row in ways if all_of_them or _says_only(row, names)]
        options = [Option(answers, said := _declared(row), len(said)) for answers, row in ways]
        return Dimension(tuple(questions), tuple(sorted(options, key=lambda option: option.cost)))

    def classified(self) -> Dimension | None:
        questions = self.questions(CLASSIFIED)
        if not questions:
            return None
        asks = [self.numbered.asks[at] for at in questions]
        sums = {clusters_of(ask.fact) for ask in asks if ask.fact.name == SCORE_FACT}
        points = {p for ask in asks if isinstance(ask.question, IsWithin) for p in ask.question.points()}
        plain = plainest_scores(clusters_in(self.world))
        ways = []
        for scores, abstained in product(scores_apart(clusters_in(self.world), points), (False, True)):
            said = {} if scores == plain else {"scores": scores}
            ways.append((_classified(scores, abstained, sums), said | ({"abstained": True} if abstained else {})))
        return self.dimension(questions, ways)

    def local_content(self) -> Dimension | None:
        questions = self.questions(LOCAL_CONTENT)
        if not questions:
            return None
        asked = {ask.fact.name: [] for ask in self.numbered.asks}
        for at in questions:
            asked[self.numbered.asks[at].fact.name].append(self.numbered.asks[at].question)
        tkdn, bmp = ([None, *self.percents(asked.get(name, []))] for name in LOCAL_CONTENT[:2])
        both = self.percents(asked.get(LOCAL_CONTENT[2], []))
        pairs = [*product(tkdn, bmp), *((value, 0) for value in both), *((0, value) for value in both)]
        return self.dimension(questions, [_content(*pair) for pair in dict.fromkeys(pairs)])

    def percents(self, questions: Sequence[Any]) -> list[Any]:
        values = self.values(FACTS[LOCAL_CONTENT[0]], questions) if questions else []
        return [value for value in values if value is not None]


def _name(fact: Fact) -> str:
    return fact.reading.name if fact.name == SCORE_FACT else fact.name


def _can_be_titled(row: Signals) -> bool:
    return row.title_cue is None or row.title_cue in CUE_TITLES


def _says_only(row: Signals, names: Iterable[str]) -> bool:
    return all(name in names or value in (None, "local") for name, value in _by_fact(row))


def _declared(row: Signals) -> dict[str, Any]:
    said = {name: value for name, value in _by_fact(row) if value not in (None, "local")}
    cue = said.pop(TITLE_CUE, None)
    return said if cue is None else {**said, "listing.title": CUE_TITLES[cue]}


def _by_fact(row: Signals) -> Iterable[tuple[str, Any]]:
    return zip(SIGNAL_FACTS, (getattr(row, name) for name in SIGNAL_FIELDS), strict=True)


def _classified(scores: Mapping[str, int], abstained: bool, sums: Iterable[frozenset[str]]) -> dict[str, Any]:
    likeliest = max(scores, key=lambda name: scores[name])
    summed = {f"score:{','.join(sorted(each))}": sum(scores.get(name, 0) for name in each) for each in sums}
    return {"cluster": likeliest, "abstained": abstained, **summed}


def _content(tkdn: Any, bmp: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    both = None if tkdn is None or bmp is None else round(tkdn + bmp, 9)
    values = dict(zip(LOCAL_CONTENT, (tkdn, bmp, both), strict=True))
    return values, {path: value for path, value in values.items() if value is not None and path != LOCAL_CONTENT[2]}
