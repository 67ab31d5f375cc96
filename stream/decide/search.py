"""Searching: formulas over numbered questions and the answers each group of them can give in, choices that fit out.

Every dimension is one thing that an event says, and its options are the ways of saying it that are answered apart. The
search is complete: when it ends without a choice there is none. It ends early only by saying so. It refuses to know
what the questions are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from stream.decide.truth import Truth

TRUE, FALSE, UNKNOWN = 1, 2, 4
ANY = TRUE | FALSE | UNKNOWN
NOT_TRUE = FALSE | UNKNOWN
MAX_STEPS = 4_000


class GaveUp(Exception):  # noqa: N818 - an answer, not an error: neither found nor ruled out
    """The search took too many steps."""


class Option(NamedTuple):
    """One way of saying a thing: the answers it gives, one a question of its dimension, and what an event says then."""

    answers: tuple[int, ...]
    said: Mapping[str, Any] = {}
    cost: int = 0


class Dimension(NamedTuple):
    """The questions that one thing answers, by number, and the ways of saying it, the cheapest first."""

    questions: tuple[int, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """A condition over numbered questions: `joined` is `ask`, `not`, `every` or `some`."""

    joined: str
    question: int = -1
    parts: "tuple[Formula, ...]" = ()

    def possible(self, answers: Sequence[int]) -> int:
        """Give the truths that it can still have where each question can have the answers given."""
        match self.joined:
            case "ask":
                return answers[self.question]
            case "not":
                return opposites(self.parts[0].possible(answers))
            case "every":
                return _every([part.possible(answers) for part in self.parts])
            case _:
                return opposites(_every([opposites(part.possible(answers)) for part in self.parts]))

    def questions(self) -> Iterator[int]:
        """Give the numbers of its questions."""
        if self.joined == "ask":
            yield self.question
        for part in self.parts:
            yield from part.questions()


def mask_of(truth: Truth) -> int:
    return UNKNOWN if truth is None else TRUE if truth else FALSE


def opposites(truths: int) -> int:
    """Negate a set of truths: true and false change places."""
    return (truths & UNKNOWN) | (FALSE if truths & TRUE else 0) | (TRUE if truths & FALSE else 0)


def _every(parts: Sequence[int]) -> int:
    shared, any_of = ANY, 0
    never_false = True
    for part in parts:
        shared &= part
        any_of |= part
        never_false = never_false and bool(part & (TRUE | UNKNOWN))
    return (shared & TRUE) | (any_of & FALSE) | (any_of & UNKNOWN if never_false else 0)


class Wanted(NamedTuple):
    """A formula, and the truths that will do."""

    formula: Formula
    truths: int


class Search:
    """One search through the options of all dimensions, depth first; it counts its steps."""

    def __init__(self, wanted: Sequence[Wanted], dimensions: Sequence[Dimension]) -> None:
        self.wanted = wanted
        self.dimensions = dimensions
        self.steps = 0
        self.options = [_apart(each.options) for each in dimensions]
        # Which of the formulas each dimension can change.
        asked = [(each, set(each.formula.questions())) for each in wanted]
        self.touched = [[each for each, in_it in asked if in_it.intersection(d.questions)] for d in dimensions]
        self.answers = self._narrowed()

    def choices(self, cost: int | None = None) -> Iterator[tuple[Option, ...]]:
        """Give every choice of one option a dimension that fits, at exactly a cost where one is given.

        Raises GaveUp after MAX_STEPS.
        """
        self.steps = 0
        if all(self.options) and all(formula.possible(self.answers) & truths for formula, truths in self.wanted):
            yield from self._from(0, self.answers, cost)

    def _narrowed(self) -> list[int]:
        """Leave out options that fit with nothing else, one dimension after another; give the answers that are left."""
        asked = [at for each in self.wanted for at in each.formula.questions()]
        answered = [at for each in self.dimensions for at in each.questions]
        answers = [ANY] * (1 + max([*asked, *answered], default=-1))
        for dimension, options in zip(self.dimensions, self.options, strict=True):
            answers = _with(answers, dimension.questions, _any_of(options))
        for at, dimension in enumerate(self.dimensions):
            self.options[at] = [each for each in self.options[at] if self._fits(at, _told(answers, dimension, each))]
            answers = _with(answers, dimension.questions, _any_of(self.options[at]))
        return answers

    def _fits(self, at: int, answers: list[int]) -> bool:
        return all(formula.possible(answers) & truths for formula, truths in self.touched[at])

    def _from(self, at: int, answers: list[int], cost: int | None) -> Iterator[tuple[Option, ...]]:
        if at == len(self.dimensions):
            if not cost:
                yield ()
            return
        for option in self.options[at]:
            if cost is None or option.cost <= cost:
                self.steps += 1
                if self.steps > MAX_STEPS:
                    raise GaveUp
                told = _told(answers, self.dimensions[at], option)
                if self._fits(at, told):
                    rest = None if cost is None else cost - option.cost
                    yield from ((option, *more) for more in self._from(at + 1, told, rest))


def _apart(options: Sequence[Option]) -> list[Option]:
    """Give the first of those that answer alike."""
    first: dict[tuple[int, ...], Option] = {}
    for option in options:
        first.setdefault(option.answers, option)
    return list(first.values())


def _any_of(options: Sequence[Option]) -> list[int]:
    """Give for each question the answers that any of the options gives it."""
    return [reduce(or_, set(held)) for held in zip(*(each.answers for each in options), strict=True)]


def _told(answers: list[int], dimension: Dimension, option: Option) -> list[int]:
    return _with(answers, dimension.questions, option.answers)


def _with(answers: list[int], questions: Sequence[int], told: Sequence[int]) -> list[int]:
    changed = answers.copy()
    for question, answer in zip(questions, told, strict=False):  # no option is left: nothing is told
        changed[question] = answer
    return changed
