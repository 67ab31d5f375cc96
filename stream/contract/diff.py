"""A diff: what another policy set changes on the same listing events, as `keran.diff/1` in a file.

It counts listing events: a listing with two events counts twice. Shares are parts of 1, rounded to six places.
"""

from typing import Annotated, Literal

from pydantic import Field

from stream.contract.decision import Reason
from stream.contract.instant import InstantField
from stream.contract.wire import Wire

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
EffectName = Literal["newly_blocked", "newly_allowed", "into_review", "out_of_review", "reasons_only", "unchanged"]


class Effects(Wire):
    """How many listing events each effect has; every decided one counts once, under the weightiest."""

    newly_blocked: Count = 0
    newly_allowed: Count = 0
    into_review: Annotated[Count, Field(description="decided the same, and a person is asked now")] = 0
    out_of_review: Annotated[Count, Field(description="decided the same, and no person is asked any more")] = 0
    reasons_only: Annotated[
        Count, Field(description="only reasons, advice, annotations, evidence or conflicts differ")
    ] = 0
    unchanged: Count = 0


class Flips(Wire):
    """Newly blocked and newly allowed together: how many, of all that were decided, of those in the group."""

    listings: Count
    of_all: Share
    of_group: Share


class Group(Wire):
    """The listing events that have something in common; a null name is unknown."""

    name: str | None
    listings: Count
    effects: Effects
    flips: Flips


class SellerGroup(Group):
    """The listing events of a seller, under the type that they declare."""

    name: str
    type: str


class DiffRule(Wire):
    """A rule, and what it asks for."""

    policy: str
    rule: str
    then: str


class Standing(Wire):
    """What one side says of a listing event."""

    decision: Literal["allow", "block"]
    review: bool
    cluster: str
    reasons: list[Reason]
    advice: list[str]
    policies: list[str]


class Example(Wire):
    """One listing event before and after. Title and ids are the seller's own text, whole."""

    event_id: str
    listing_id: str
    title: str
    market: str
    seller_id: str
    seller_type: str
    effect: EffectName
    before: Standing
    after: Standing


class DiffSort(Wire):
    """One sort of change. `old` are rules that matched and no longer do, `new` those that match and did not; where the
    same rules match they stand on both sides, and `parts` says what differs.
    """

    effect: EffectName
    old: list[DiffRule]
    new: list[DiffRule]
    parts: list[str]
    listings: Count
    examples: list[Example]


class InForceCount(Wire):
    """How many listing events these policies decided together; none where nothing was in force."""

    policies: list[str]
    listings: Count


class DiffSide(Wire):
    """One policy set: where it was read, how much it blocks and asks for review, and what of it was in force."""

    place: str
    blocked: Count
    in_review: Count
    in_force: list[InForceCount]
    never_in_force: Annotated[
        list[str], Field(description="phases, as `policy@version/phase`, that decided no listing event")
    ]


class DiffDeadLetter(Wire):
    """A line that could not be read; of a topic, the record of a partition whose offset is one less than `line`."""

    line: Annotated[int, Field(ge=1)]
    partition: Annotated[Count | None, Field(description="null: a line of a file")] = None
    code: str
    reason: str


class DeadLetters(Wire):
    """The lines that could not be read: how many by code, and the first."""

    total: Count
    codes: dict[str, Count]
    first: list[DiffDeadLetter]


class Labelled(Wire):
    """How many decisions of either side rest on a person's label and not on the model."""

    given: Annotated[bool, Field(description="labels were given; else the new side decides without")]
    before: Count
    after: Count


class HeldBudget(Wire):
    """A budget as the option said it, and whether it was kept to."""

    option: str
    text: str
    found: Count
    of: Count
    kept: bool
    first: list[Example]


class Groups(Wire):
    """The decided listing events by what they have in common; every list but `seller` covers all of them.

    `seller` lists sellers with any change, local sellers newly blocked first, then by flips; at most a thousand.
    """

    cluster: list[Group]
    country: Annotated[list[Group], Field(description="declared country of origin")]
    seller_type: list[Group]
    market: list[Group]
    # What was written before reports told prices has none.
    value: Annotated[
        list[Group],
        Field(default_factory=list, description="price as the event says it, in powers of ten of its own currency"),
    ]
    seller: list[SellerGroup]


class Diff(Wire):
    """What changes when the new policy set decides in the old one's place."""

    schema_: Annotated[Literal["keran.diff/1"], Field(alias="schema")]
    events: str
    model: str
    as_of: Annotated[InstantField | None, Field(description="null: each event as of its own time")]
    as_known_on: InstantField | None
    old: DiffSide
    new: DiffSide
    records: Count
    decided: Count
    removals: Count
    dead_letters: DeadLetters
    labels: Annotated[Labelled | None, Field(description="null: no label was given or found")] = None
    effects: Effects
    flips: Flips
    local_blocks: Annotated[Count, Field(description="newly blocked listing events of local sellers")]
    sellers_changed: Annotated[Count, Field(description="sellers with any change, listed or not")]
    groups: Groups
    sorts: list[DiffSort]
    budgets: list[HeldBudget]
