"""Reading a policy: one YAML document with the tables beside it in, a frozen policy out, or every problem it has.

Grammar: docs/policy.md. It refuses to know folders: the texts of lists and rates are handed to it by name.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from stream.decide.attributes import FIELD as ATTRIBUTES
from stream.decide.attributes import read_attributes
from stream.decide.condition_reader import Scope
from stream.decide.conditions import Every
from stream.decide.facts import FACTS
from stream.decide.fields import check_fields, read_name, read_one_line, read_word
from stream.decide.local_prices import LocalPrices, Terms, read_local_prices, read_share
from stream.decide.local_time import read_days, read_duration, read_time
from stream.decide.money import RateTable, read_currency
from stream.decide.named_lists import NamedList, read_list
from stream.decide.policy import Phase, Policy
from stream.decide.ranges import read_table
from stream.decide.rate_tables import Quotation, read_rates
from stream.decide.rules import Rule, read_rule
from stream.decide.unreadable import Unreadable
from stream.decide.yaml_nodes import Fields, Items, Node, Scalar, plain, read_yaml, shown
from stream.decide.zones import zone_named, zone_names
from stream.problems import Problem, did_you_mean

POLICY_FIELDS = (
    "policy", "version", "market", "timezone", "review_every", "attributes", "lists", "rates", "local_prices",
    "phases", "note",
)  # fmt: skip
POLICY_NEEDED = ("policy", "version", "market", "timezone", "phases")
PHASE_FIELDS = ("id", "published", "effective", "until", "supersedes", "citation", "rules", "note")
PHASE_NEEDED = ("id", "effective", "citation", "rules")
LOCAL_PRICES = "local_prices"
LOCAL_FIELDS = ("file", "currency", "below", "at")
LOCAL_NEEDED = ("file", "currency", "below")
RATE_FIELDS = ("file", "base", "basis", "valid_for")
RATE_NEEDED = ("file", "base", "basis")


class Table(NamedTuple):
    """A file beside the policy: its name for people, and its text."""

    file: str
    text: str


class Document(NamedTuple):
    """A policy document; `table` gives the file of a name that stands in it, or raises Unreadable."""

    file: str
    text: str
    table: Callable[[str], Table]


def read_policy(document: Document, problems: list[Problem]) -> Policy | None:
    """Read a policy; None when anything in it is wrong, with all of it added to `problems`."""
    node = read_yaml(document.text, document.file, {"phases": "phase", "rules": "rule"}, problems)
    if node is None:
        return None
    if not isinstance(node, Fields):
        return problems.append(node.place.problem("expected a policy", "it begins with `policy: name`"))
    before = len(problems)
    check_fields(node, "a policy", POLICY_FIELDS, POLICY_NEEDED, problems)
    policy = _Reader(document, node, problems).policy()
    return policy if len(problems) == before else None


class _Reader:
    """Holds what every step of reading one document needs."""

    def __init__(self, document: Document, node: Fields, problems: list[Problem]) -> None:
        self.document = document
        self.node = node
        self.problems = problems
        self.zone = self.read("timezone", self.timezone) or zone_named("UTC")

    def refuse(self, node: Node, message: str, hint: str = "") -> None:
        self.problems.append(node.place.problem(message, hint))

    def read(self, name: str, how: Callable[[Node], Any], fields: Fields | None = None) -> Any:
        """Read a field where there is one."""
        node = (fields or self.node).get(name)
        return None if node is None else how(node)

    def scalar(self, node: Node, how: Callable[[str], Any]) -> Any:
        """Read a text by a reader that raises Unreadable."""
        if not isinstance(node, Scalar):
            return self.refuse(node, f"expected one value, found {shown(node)}")
        try:
            return how(node.text)
        except Unreadable as reason:
            return self.refuse(node, reason.message, reason.hint)

    def policy(self) -> Policy:
        lists = self.read("lists", self.lists) or {}
        rates = self.read("rates", self.rates) or {}
        attributes = self.read(ATTRIBUTES, lambda node: read_attributes(node, self.problems)) or {}
        local_prices = self.read(LOCAL_PRICES, lambda node: self.local_prices(node, rates))
        # A table that could not be read has told why; the conditions that ask for it have nothing to add.
        unread = Every(()) if self.node.get(LOCAL_PRICES) else None
        far_below = local_prices.condition if local_prices else unread
        scope = Scope(self.zone, lists, rates, FACTS | attributes, far_below)
        return Policy(
            name=self.read("policy", self.name),
            version=self.read("version", self.version),
            markets=self.read("market", self.markets) or (),
            zone=self.zone,
            review_every=self.read("review_every", lambda node: self.scalar(node, read_duration)),
            phases=self.read("phases", lambda node: self.phases(node, scope)) or (),
            lists=lists,
            rates=rates,
            document=plain(self.node),
            place=self.node.place,
            local_prices=local_prices,
            attributes=attributes,
        )

    def name(self, node: Node) -> str:
        return read_name(node, self.problems)

    def markets(self, node: Node) -> tuple[str, ...]:
        """Read the market that a policy is for, or several."""
        nodes = node.nodes if isinstance(node, Items) else (node,)
        names = tuple(self.name(each) for each in nodes)
        if not names:
            self.refuse(node, "expected a market or a list of markets, found an empty list")
        for at, name in enumerate(names):
            if name in names[:at]:
                self.refuse(nodes[at], f"the market `{name}` is given twice", "keep one")
        return names

    def version(self, node: Node) -> int:
        text = node.text if isinstance(node, Scalar) else ""
        if text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text):
            return int(text)
        return self.refuse(node, f"expected a whole number from 1, found {shown(node)}") or 0

    def timezone(self, node: Node) -> ZoneInfo | None:
        name = node.text if isinstance(node, Scalar) else ""
        if name in zone_names():
            return zone_named(name)
        near = did_you_mean(name, zone_names())
        return self.refuse(node, f"unknown time zone {shown(node)}{near}", "write it as `Asia/Jakarta`")

    def phases(self, node: Node, scope: Scope) -> tuple[Phase, ...]:
        if not isinstance(node, Items) or not node.nodes:
            self.refuse(node, "expected a list of phases", "each begins with `- id:`")
            return ()
        return tuple(phase for each in node.nodes if (phase := self.phase(each, scope)))

    def phase(self, node: Node, scope: Scope) -> Phase | None:
        if not isinstance(node, Fields):
            return self.refuse(node, "expected a phase with `id`, `effective`, `citation` and `rules`")
        complete = check_fields(node, "a phase", PHASE_FIELDS, PHASE_NEEDED, self.problems)
        times = {name: self.read(name, self.time, node) for name in ("published", "effective", "until")}
        rules = self.read("rules", lambda held: self.rules(held, scope), node)
        name = self.read("id", self.name, node)
        citation = self.read("citation", lambda held: read_one_line(held, self.problems), node)
        effective, published = times["effective"], times["published"]
        if not complete or effective is None:
            return None
        known = effective if published is None else published
        supersedes = self.read("supersedes", self.names, node) or ()
        return Phase(name, known, effective, times["until"], citation, rules or (), node.place, supersedes)

    def names(self, node: Node) -> tuple[Scalar, ...]:
        """Read the name of a phase, or several."""
        nodes = node.nodes if isinstance(node, Items) else (node,)
        return tuple(each for each in nodes if read_word(each, "the name of a phase", self.problems) is not None)

    def time(self, node: Node) -> int | None:
        return self.scalar(node, lambda text: read_time(text, self.zone))

    def rules(self, node: Node, scope: Scope) -> tuple[Rule, ...]:
        if not isinstance(node, Items):
            self.refuse(node, "expected a list of rules", "each begins with `- id:`; a phase without rules has `[]`")
            return ()
        return tuple(rule for each in node.nodes if (rule := read_rule(each, scope, self.problems)))

    def lists(self, node: Node) -> dict[str, NamedList]:
        read = self.named(node, "lists", "{closed-codes: closed-codes.csv}", self.list)
        # A list that could not be read has told why; the conditions that name it have nothing to add.
        return {name: held or NamedList(name, ()) for name, held in read.items()}

    def rates(self, node: Node) -> dict[str, RateTable]:
        read = self.named(node, "rates", '{bi: {file: rates.csv, base: IDR, basis: "..."}}', self.rate)
        return {name: held or RateTable(name, "", "", {}) for name, held in read.items()}

    def named(self, node: Node, what: str, example: str, how: Callable[[str, Node], Any]) -> dict[str, Any]:
        if not isinstance(node, Fields):
            self.refuse(node, f"expected `{what}` by name", f"write `{example}`")
            return {}
        return {self.name(key): how(key.text, value) for key, value in node.entries}

    def list(self, name: str, node: Node) -> NamedList | None:
        table = self.scalar(node, self.document.table)
        return table and read_list(name, table.text, table.file, self.zone, self.problems)

    def local_prices(self, node: Node, rates: Mapping[str, RateTable]) -> LocalPrices | None:
        if not isinstance(node, Fields):
            return self.refuse(
                node, "expected a table of local prices", "write `{file: local.csv, currency: IDR, below: 40%}`"
            )
        if not check_fields(node, f"`{LOCAL_PRICES}`", LOCAL_FIELDS, LOCAL_NEEDED, self.problems):
            return None
        table = self.read("file", lambda held: self.scalar(held, self.document.table), node)
        currency = self.read("currency", lambda held: self.scalar(held, read_currency), node)
        below = self.read("below", lambda held: self.scalar(held, read_share), node)
        before = len(self.problems)
        at = read_table(node.get("at"), node, rates, self.problems)
        if table is None or currency is None or below is None or len(self.problems) > before:
            return None
        return read_local_prices(table.text, table.file, Terms(currency, below, at), self.zone, self.problems)

    def rate(self, name: str, node: Node) -> RateTable | None:
        if not isinstance(node, Fields):
            return self.refuse(
                node, "expected a rate table", 'write `{file: rates.csv, base: IDR, basis: "whose rates"}`'
            )
        if not check_fields(node, "a rate table", RATE_FIELDS, RATE_NEEDED, self.problems):
            return None
        table = self.read("file", lambda held: self.scalar(held, self.document.table), node)
        base = self.read("base", lambda held: self.scalar(held, read_currency), node)
        basis = self.read("basis", lambda held: read_one_line(held, self.problems), node)
        valid = self.read("valid_for", lambda held: self.scalar(held, read_days), node) or timedelta(days=1)
        if table is None or base is None:
            return None
        return read_rates(Quotation(name, base, basis, valid), table.text, table.file, self.zone, self.problems)
