"""An impact: what another model, policy set or moment changes over a whole catalogue, as `keran.impact/1` in a file.

It is a diff of the catalogue's listing events that says of both sides which model and moment decided, and of the flips
whose they are.
"""

from typing import Annotated, Literal

from pydantic import Field

from stream.contract.diff import Count, Diff, Example, Share
from stream.contract.instant import InstantField
from stream.contract.wire import Wire


class Causes(Wire):
    """The flips by whose they are: each counts once. A moment to decide as of belongs to the policies."""

    model: Annotated[Count, Field(description="the new model alone brings them")] = 0
    policy: Annotated[Count, Field(description="the new policies alone bring them")] = 0
    either: Annotated[Count, Field(description="each of the two brings them without the other")] = 0
    both: Annotated[Count, Field(description="neither brings them without the other")] = 0
    untold: Annotated[
        Count, Field(description="other models and policies decided what stands, or one side rests on a label")
    ] = 0


class Sampled(Example):
    """A change drawn for review; `margin` is how far the likeliest cluster's score is ahead of the next one's."""

    margin: Share


class Stood(Wire):
    """What the old side is where it is decisions: of how many listings, by which models, how many records were no
    decisions, and which listing events did not count, by why: `undecided` and `removed` have none that stands, `older`
    and `newer` are not the event that was decided, `repeated` are it once more.
    """

    listings: Count
    models: dict[str, Count]
    labelled: Annotated[Count, Field(description="listings whose decision rests on a person's label")] = 0
    unreadable: Count
    skipped: dict[str, Count]


class Impact(Diff):
    """What changes when the new model, policies and moment decide in the old ones' place.

    `model` and `as_of` are the new side's.
    """

    schema_: Annotated[Literal["keran.impact/1"], Field(alias="schema")]
    old_model: Annotated[str, Field(description="several that decided what stands are set apart by commas")]
    old_as_of: Annotated[InstantField | None, Field(description="null: each event's own time, or what stands")]
    causes: Causes
    stood: Stood | None = None
    samples: Annotated[
        list[Sampled],
        Field(default_factory=list, description="flips and turns to or from review by chance, doubtful ones rather"),
    ]
