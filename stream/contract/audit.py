"""An audit of one listing: every archived decision of it, and the statement of reasons of each block; `keran.audit/1`.

The parts of a statement are those that Article 17(3) of Regulation (EU) 2022/2065 asks for, letter by letter. What
Keran cannot know (a ground's kind, where to complain) is null unless it was given.
"""

from typing import Annotated, Literal

from pydantic import Field

from stream.contract.decision import Decision, Reason
from stream.contract.instant import InstantField
from stream.contract.wire import Wire

Reproduced = Literal["same bytes", "other bytes", "no event given", "model or policies not kept"]


class Restriction(Wire):
    """Art. 17(3)(a): what is restricted, where, from when and until when; null: until it is decided again."""

    what: Literal["listing blocked"] = "listing blocked"
    territory: Annotated[str, Field(description="the market of the listing event")]
    begins: InstantField
    ends: InstantField | None


class Facts(Wire):
    """Art. 17(3)(b): what the decision goes by: the seller and origin as declared, and the cluster."""

    seller_id: str
    seller_type: str
    country: str | None
    cluster: str
    score: Annotated[float, Field(ge=0, le=1)]
    notice: Annotated[None, Field(description="Keran acts on its own initiative, on no notice")] = None


class Automated(Wire):
    """Art. 17(3)(c): whether automated means were used to detect, and to decide."""

    detection: Annotated[bool, Field(description="false where a person's label said the cluster")] = True
    decision: Literal[True] = True
    model: str
    person_asked: Annotated[bool, Field(description="a person was asked to look; the decision did not wait")]


class Statement(Wire):
    """The statement of reasons of a block. `grounds` are (d) the law or (e) the terms that were relied on, each rule
    with its citation and the words that explain it; (f) is `redress`.
    """

    restriction: Restriction
    facts: Facts
    automated: Automated
    grounds: list[Reason]
    redress: str | None


class Entry(Wire):
    """One archived record of the listing. A removal has no decision; nor has what cannot be read as one."""

    kind: Literal["decision", "removal", "unreadable"]
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    recorded_at: InstantField
    chain: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    supersedes: str | None
    decision: Decision | None = None
    model_card: Annotated[str | None, Field(description="the card's beginning")] = None
    policies_kept: list[str] = Field(default_factory=list, description="where in the archive the texts in force lie")
    reproduced: Reproduced | None = None
    statement: Statement | None = None


class Audit(Wire):
    """Every archived decision of a listing, in order."""

    schema_: Annotated[Literal["keran.audit/1"], Field(alias="schema")] = "keran.audit/1"
    listing_id: str
    entries: list[Entry]
