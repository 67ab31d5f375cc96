"""Searching: formulas over numbered questions and the answers each group of them can give in, choices that fit out.

Every dimension is one thing that an event says, and its options are the ways of saying it that are answered apart. The
search is complete: when it ends without a choice there is none. It ends early only by saying so. It refuses to know
what the questions are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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


def mask_of(truth: Truth) -> int:
    return UNKNOWN if truth is None else TRUE if truth else FALSE


def opposites(truths: int) -> int:
    """Negate a set of truths: true and false change places."""
    return (truths & UNKNOWN) | (FALSE if truths & TRUE else 0) | (TRUE if truths & FALSE else 0)


def _every(parts: Sequence[int]) -> int:
    found = TRUE if all(part & TRUE for part in parts) else 0
    found |= FALSE if any(part & FALSE for part in parts) else 0
    open_ = any(part & UNKNOWN for part in parts) and all(part & (TRUE | UNKNOWN) for part in parts)
    return found | (UNKNOWN if open_ else 0)


class Wanted(NamedTuple):
    """A formula, and the truths that will do."""

    formula: Formula
    truths: int


@dataclass
class Search:
    """One search through the options of all dimensions, depth first; it counts its steps."""

    wanted: Sequence[Wanted]
    dimensions: Sequence[Dimension]
    steps: int = field(default=0)

    def choices(self, cost: int | None = None) -> Iterator[tuple[Option, ...]]:
        """Give every choice of one option a dimension that fits, at exactly a cost where one is given.

        Raises GaveUp after MAX_STEPS.
        """
        count = 1 + max((at for each in self.dimensions for at in each.questions), default=-1)
        answers = [ANY] * count
        for dimension in self.dimensions:
            for place, question in enumerate(dimension.questions):
                answers[question] = _joined(option.answers[place] for option in dimension.options)
        yield from self._from(0, answers, cost)

    def _from(self, at: int, answers: list[int], cost: int | None) -> Iterator[tuple[Option, ...]]:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise GaveUp
        if not all(formula.possible(answers) & truths for formula, truths in self.wanted):
            return
        if at == len(self.dimensions):
            if not cost:
                yield ()
            return
        for option in _apart(self.dimensions[at].options):
            if cost is None or option.cost <= cost:
                told = _with(answers, self.dimensions[at].questions, option.answers)
                rest = None if cost is None else cost - option.cost
                yield from ((option, *more) for more in self._from(at + 1, told, rest))


def _joined(answers: Iterator[int]) -> int:
    found = 0
    for each in answers:
        found |= each
    return found


def _apart(options: Sequence[Option]) -> list[Option]:
    """Give the first of those that answer alike."""
    first: dict[tuple[int, ...], Option] = {}
    for option in options:
        first.setdefault(option.answers, option)
    return list(first.values())


def _with(answers: list[int], questions: Sequence[int], told: Sequence[int]) -> list[int]:
    changed = answers.copy()
    for question, answer in zip(questions, told, strict=True):
        changed[question] = answer
    return changed
