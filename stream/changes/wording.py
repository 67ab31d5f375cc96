"""A report in words, the same for every output: a diff in, sentences and grids of text out.

What sellers wrote comes out as it is; whoever shows it gives `show`, which makes a name safe where it will stand and
takes `most`, how many characters of it may be seen.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from stream.changes.budget import MAX_FLIPS
from stream.changes.change import Cause, Effect
from stream.contract.decision import Reason
from stream.contract.diff import (
    Diff,
    DiffDeadLetter,
    DiffRule,
    DiffSide,
    DiffSort,
    Effects,
    Example,
    Group,
    HeldBudget,
    SellerGroup,
    Standing,
)
from stream.contract.impact import Impact, Sampled, Stood
from stream.contract.instant import Instant

Show = Callable[..., str]
EFFECTS = {
    Effect.NEWLY_BLOCKED: "newly blocked",
    Effect.NEWLY_ALLOWED: "newly allowed",
    Effect.INTO_REVIEW: "into review",
    Effect.OUT_OF_REVIEW: "out of review",
    Effect.REASONS_ONLY: "reasons only",
    Effect.UNCHANGED: "unchanged",
}
CAUSES = {
    Cause.MODEL: "by the model alone",
    Cause.POLICY: "by the policies alone",
    Cause.EITHER: "by either",
    Cause.BOTH: "by both together only",
}
CHANGED = tuple(effect for effect in Effect if effect is not Effect.UNCHANGED)
SAMPLES = "for review, doubtful ones rather"
MOST_GROUPS, MOST_IDS, MOST_OF_A_LINE = 10, 3, 200


class Grid(NamedTuple):
    """A table: its title, its column heads, its rows of a name and figures, and what it leaves out.

    `theirs` tells names that come from the events.
    """

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    left_out: str = ""
    theirs: bool = False


def name_of(diff: Diff) -> str:
    """Say what kind of report it is."""
    return "Impact" if isinstance(diff, Impact) else "Policy diff"


def headline(diff: Diff) -> str:
    """Say in one sentence how much changes."""
    if not diff.decided:
        return "no listing was decided"
    effects = diff.effects
    flips = f"{diff.flips.listings:,} of {_listings(diff.decided)} flip ({percent(diff.flips.of_all)})"
    blocked = f"{effects.newly_blocked:,} newly blocked ({diff.local_blocks:,} of local sellers)"
    return f"{flips}: {blocked}, {effects.newly_allowed:,} newly allowed"


def asked(diff: Diff, show: Show) -> list[str]:
    """Say what was compared, on which listing events and as of when."""
    dead = [(each, show(each.reason, most=MOST_OF_A_LINE)) for each in diff.dead_letters.first]
    return [
        *_side("old", diff.old, show),
        *_side("new", diff.new, show),
        *_decided_by(diff, show),
        *_labels(diff),
        read(diff),
        *(f"{_place(each)}, {each.code}: {reason}" for each, reason in dead),
    ]


def _labels(diff: Diff) -> list[str]:
    if diff.labels is None:
        return []
    before, after = _count(diff.labels.before, "decision"), f"{diff.labels.after:,}"
    missing = "" if diff.labels.given else "; no labels were given, `--labels` names them"
    return [f"resting on a person's label: {before} before, {after} after{missing}"]


def _place(letter: DiffDeadLetter) -> str:
    if letter.partition is None:
        return f"line {letter.line}"
    return f"partition {letter.partition} offset {letter.line - 1}"


def _decided_by(diff: Diff, show: Show) -> list[str]:
    events = f"on {show(diff.events, most=MOST_OF_A_LINE)}"
    known = f", as known on {diff.as_known_on.text}" if diff.as_known_on else ""
    if not isinstance(diff, Impact):
        return [f"{events}, model {show(diff.model)}, as of {_moment(diff.as_of)}{known}"]
    told = (Cause.MODEL, Cause.POLICY) if diff.stood else tuple(Cause)
    causes = ", ".join(f"{getattr(diff.causes, cause.value):,} {CAUSES[cause]}" for cause in told)
    untold = f", {diff.causes.untold:,} by what nobody can tell apart" if diff.stood else ""
    old = _stood(diff.stood, show) if diff.stood else _decides("old", diff.old_model, diff.old_as_of, show)
    new = _decides("new", diff.model, diff.as_of, show)
    return [f"{events}{known}", *old, *new, f"flips: {causes}{untold}"]


def _decides(side: str, model: str, as_of: Instant | None, show: Show) -> list[str]:
    return [f"{side} decides by model {show(model)}, as of {_moment(as_of)}"]


def _stood(stood: Stood, show: Show) -> list[str]:
    by = ", ".join(f"{show(model)} ({count:,})" for model, count in stood.models.items()) or "no model"
    by += f", by people's labels ({stood.labelled:,})" if stood.labelled else ""
    unreadable = f", {_count(stood.unreadable, 'record')} not decisions" if stood.unreadable else ""
    skipped = ", ".join(f"{count:,} {why}" for why, count in stood.skipped.items()) or "none"
    return [
        f"old is what stands of {_listings(stood.listings)}, decided by model {by}{unreadable}",
        f"events that did not make what stands: {skipped}",
    ]


def _moment(as_of: Instant | None) -> str:
    return as_of.text if as_of else "each event's own time"


def read(diff: Diff) -> str:
    """Say what the lines came to."""
    letters = diff.dead_letters
    codes = ", ".join(f"{count:,} {code}" for code, count in letters.codes.items())
    skipped = sum(diff.stood.skipped.values()) if isinstance(diff, Impact) and diff.stood else 0
    decided = f"{diff.decided:,} decided{f', {skipped:,} left out' if skipped else ''}"
    counts = f"{decided}, {_count(diff.removals, 'removal')}, {_count(letters.total, 'dead letter')}"
    return f"{_count(diff.records, 'record')}: {counts}{f' ({codes})' if codes else ''}"


def grids(diff: Diff) -> list[Grid]:
    """Give every table of the report; without a decided listing there is none, without a change no group."""
    if not diff.decided:
        return []
    groups = [
        _grid("by cluster", diff.groups.cluster),
        _grid("by declared country of origin", diff.groups.country),
        _grid("by seller type", diff.groups.seller_type),
        _grid("by market", diff.groups.market),
        _grid("by price, in the currency of each", diff.groups.value),
        _grid("by seller, local ones that are newly blocked first", diff.groups.seller, diff.sellers_changed),
    ]
    return [_effects_grid(diff), _sides_grid(diff), *(grid for grid in groups if grid.rows)]


def sort_line(sort: DiffSort) -> str:
    """Say what a sort of change does, to how many, and by which rules."""
    differs = f" (differs in {', '.join(sort.parts)})" if sort.parts else ""
    rules = f"{rule_names(sort.old)} -> {rule_names(sort.new)}"
    return f"{EFFECTS[Effect(sort.effect)]}, {_listings(sort.listings)}: {rules}{differs}"


def example_lines(example: Example, show: Show) -> list[str]:
    """Say whose listing it is, and how it stood before and stands after. The title is for a line of its own."""
    seller = f"seller {show(example.seller_id)} ({example.seller_type})"
    before, after = _standing(example.before), _standing(example.after)
    same = before == after
    return [
        f"listing {show(example.listing_id)}, {seller}, market {show(example.market)}",
        *([f"before and after: {after}"] if same else [f"before: {before}", f"after: {after}"]),
    ]


def budget_line(held: HeldBudget, show: Show) -> str:
    """Say whether a budget was kept to, with the figure and the first that count against it."""
    name = f"`{held.option} {held.text}`"
    if not held.of:
        return f"{name} cannot be held to anything: no listing was decided"
    if held.option == MAX_FLIPS:
        figure = f"{held.found:,} of {_listings(held.of)} flip ({percent(held.found / held.of)})"
    else:
        figure = f"{held.found:,} newly blocked of local sellers, {_listings(held.of)} decided"
    first = f"; the first: {', '.join(_offender(each, show) for each in held.first)}" if held.first else ""
    return f"{name} is kept: {figure}" if held.kept else f"{name} is exceeded: {figure}{first}"


def sample_lines(sample: Sampled, show: Show) -> list[str]:
    """Say the same of a listing drawn for review, and how sure its cluster is."""
    first, *others = example_lines(sample, show)
    effect = EFFECTS[Effect(sample.effect)]
    return [first, f"{effect}; its cluster is {percent(sample.margin)} ahead of the next", *others]


def rule_names(rules: Iterable[DiffRule | Reason]) -> str:
    """Name rules with what they ask for."""
    return ", ".join(f"{rule.policy} / {rule.rule} ({rule.then})" for rule in rules) or "no rule"


def percent(share: float) -> str:
    """Write a share.

    >>> percent(0.0306), percent(0.0)
    ('3.06%', '0.00%')
    """
    return f"{share * 100:.2f}%"


def _listings(count: int) -> str:
    return _count(count, "listing")


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _side(name: str, side: DiffSide, show: Show) -> list[str]:
    counted = [f"{' '.join(map(show, each.policies)) or 'none'} ({each.listings:,})" for each in side.in_force]
    more = f" and {len(counted) - MOST_IDS:,} more" if len(counted) > MOST_IDS else ""
    in_force = f"in force: {', '.join(counted[:MOST_IDS]) or 'none'}{more}"
    lines = [f"{name} {show(side.place, most=MOST_OF_A_LINE)}, {in_force}"]
    if side.never_in_force:
        phases = ", ".join(map(show, side.never_in_force))
        lines.append(f"{name} never in force here: {phases}; `--as-of` decides as of another time")
    return lines


def _effects_grid(diff: Diff) -> Grid:
    counts = [(words, _count_of(diff.effects, effect)) for effect, words in EFFECTS.items()]
    rows = [(words, f"{count:,}", percent(count / diff.decided)) for words, count in counts]
    return Grid("what changes", ("", "listings", "share"), [*rows, ("decided", f"{diff.decided:,}", percent(1))])


def _sides_grid(diff: Diff) -> Grid:
    pairs = (("blocked", diff.old.blocked, diff.new.blocked), ("in review", diff.old.in_review, diff.new.in_review))
    rows = [(name, f"{old:,}", f"{new:,}", f"{new - old:+,}") for name, old, new in pairs]
    return Grid("before and after", ("", "before", "after", "more"), rows)


def _grid(title: str, groups: Iterable[Group], of: int | None = None) -> Grid:
    held = list(groups)
    changed = [group for group in held if group.listings > group.effects.unchanged]
    hidden = (len(changed) if of is None else of) - len(changed[:MOST_GROUPS])
    still = len(held) - len(changed)
    counts = [(hidden, "with changes"), (still, "without")]
    left_out = ", ".join(f"{count:,} more {words}" for count, words in counts if count)
    heads = ("", "listings", *(EFFECTS[effect] for effect in CHANGED), "flips of all", "flips of group")
    return Grid(title, heads, [_group_row(group) for group in changed[:MOST_GROUPS]], left_out, theirs=True)


def _group_row(group: Group) -> tuple[str, ...]:
    counts = (_count_of(group.effects, effect) for effect in CHANGED)
    shares = [percent(group.flips.of_all), percent(group.flips.of_group)] if group.flips.listings else "--"
    return group_name(group), f"{group.listings:,}", *(f"{n:,}" if n else "-" for n in counts), *shares


def group_name(group: Group) -> str:
    """Name what a group has in common; a seller with the type that they declare."""
    # The type stands first: it is what a long id must not push out of sight.
    kind = f"{group.type.partition('_')[0]} " if isinstance(group, SellerGroup) else ""
    return "unknown" if group.name is None else f"{kind}{group.name}"


def _count_of(effects: Effects, effect: Effect) -> int:
    return getattr(effects, effect.value)


def _standing(standing: Standing) -> str:
    review = ", a person asked" if standing.review else ""
    return f"{standing.decision}{review}, {standing.cluster}, by {rule_names(standing.reasons)}"


def _offender(example: Example, show: Show) -> str:
    return f"{show(example.listing_id)} of seller {show(example.seller_id)} ({EFFECTS[Effect(example.effect)]})"
