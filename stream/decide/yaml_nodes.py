"""Safe YAML with places: a document's text in, a tree of texts, sequences and mappings out, each knowing its place.

It refuses to know what the document means: no value is interpreted, so `NO` stays Norway and `6204.10` stays a code.
Tags, anchors, aliases, further documents, deep nesting and oversized texts are refused; nothing in YAML can run code
or grow in memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from stream.problems import Problem

MAX_CHARACTERS = 256 * 1024
MAX_DEPTH = 24
# What names a part of a sequence: a phase and a rule have an `id`, a case has a `name`.
NAMING = ("id", "name")
_YAML_TAGS = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: ``policies/id-akar.yaml:14, rule `close-cross-border`, `when.cluster[0]` ``."""

    file: str
    line: int = 0
    owner: str = ""
    path: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ", ".join(filter(None, (where, self.owner, self.path and f"`{self.path}`")))

    def problem(self, message: str, hint: str = "") -> Problem:
        """Say what is wrong here."""
        return Problem(message, str(self), hint)

    def warning(self, message: str, hint: str = "") -> Problem:
        """Say what is doubtful here, and stops nothing."""
        return Problem(message, str(self), hint, "warning")

    def step(self, key: str | int, line: int) -> "Place":
        """Give the place of a mapping's key or a sequence's position below this one."""
        path = f"{self.path}[{key}]" if isinstance(key, int) else f"{self.path}.{key}" if self.path else key
        return replace(self, line=line, path=path)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text, as written; `quoted` tells `"null"` from `null`."""

    text: str
    quoted: bool
    place: Place

    @property
    def empty(self) -> bool:
        """Whether it says nothing: YAML's null."""
        return not self.quoted and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    nodes: "tuple[Node, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping in the order it was written, each key once."""

    entries: "tuple[tuple[Scalar, Node], ...]"
    place: Place

    def get(self, name: str) -> "Node | None":
        return next((node for key, node in self.entries if key.text == name and not is_empty(node)), None)


Node = Scalar | Items | Fields


def is_empty(node: Node) -> bool:
    """Whether a node says nothing."""
    return isinstance(node, Scalar) and node.empty


def shown(node: Node) -> str:
    """Give what stands somewhere, for a message: a text in backticks, or what else it is."""
    match node:
        case Scalar(text):
            return "nothing" if node.empty or not text else f"`{text}`"
        case Items():
            return "a list"
        case Fields():
            return "a mapping"


def plain(node: Node) -> Any:
    """Give a node as texts, lists and dicts: the canonical document, without places, comments and layout."""
    match node:
        case Scalar():
            return None if node.empty else node.text
        case Items(nodes):
            return [plain(item) for item in nodes]
        case Fields(entries):
            return {key.text: plain(value) for key, value in entries}


def read_yaml(text: str, file: str, named: Mapping[str, str], problems: list[Problem]) -> Node | None:
    """Read one document; None when it cannot be read, with the reason added to `problems`.

    `named` maps a sequence's key to the word for its parts (`{"rules": "rule"}`): places below one name it by its `id`
    or `name`. The key of a sequence that is the whole document is the empty text.
    """
    root = Place(file)
    if len(text) > MAX_CHARACTERS:
        problems.append(root.problem(f"the document has {len(text)} characters, at most {MAX_CHARACTERS} are read"))
        return None
    try:
        return _Composer(text, named, problems).document(root)
    except _Refused as refusal:
        problems.append(refusal.problem)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        problems.append(
            replace(root, line=line).problem(
                f"not readable as YAML: {error.problem}", "check indents, colons and quotes"
            )
        )
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problems.append(replace(root, line=line).problem("a control character, which YAML does not allow", "delete it"))
    return None


class _Refused(Exception):  # noqa: N818 - carries a problem out of the composer
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class _Composer:
    """Builds nodes from the parser's events, which come one by one, so that depth is bounded before it recurses."""

    def __init__(self, text: str, named: Mapping[str, str], problems: list[Problem]) -> None:
        self.events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.named = named
        self.problems = problems

    def document(self, root: Place) -> Node:
        next(self.events)
        first = next(self.events)
        if isinstance(first, yaml.StreamEndEvent):
            raise _Refused(root.problem("the document is empty"))
        raw = self.compose(next(self.events), root, 1)
        next(self.events)
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            place = replace(root, line=after.start_mark.line + 1)
            raise _Refused(place.problem("a second document in one file", "one file holds one policy"))
        return self.placed(raw, replace(root, line=raw[0]))

    def compose(self, event: Any, root: Place, depth: int) -> Any:
        line = event.start_mark.line + 1
        self.admit(event, replace(root, line=line), depth)
        if isinstance(event, yaml.ScalarEvent):
            return line, event.value, event.style in ("'", '"', "|", ">")
        end = yaml.SequenceEndEvent if isinstance(event, yaml.SequenceStartEvent) else yaml.MappingEndEvent
        nodes = []
        while not isinstance(inner := next(self.events), end):
            nodes.append(self.compose(inner, root, depth + 1))
        pairs = isinstance(event, yaml.MappingStartEvent)
        return line, list(zip(nodes[::2], nodes[1::2], strict=True)) if pairs else nodes, pairs

    def admit(self, event: Any, place: Place, depth: int) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _Refused(
                place.problem("anchors and aliases are not read", "write it out, or keep the values in a named list")
            )
        if event.tag is not None:
            tag = event.tag.replace(_YAML_TAGS, "!!")
            raise _Refused(place.problem(f"the tag `{tag}` is not read", "write the plain value without a tag"))
        if depth > MAX_DEPTH:
            raise _Refused(place.problem(f"nested more than {MAX_DEPTH} deep"))

    def placed(self, raw: Any, place: Place) -> Node:
        _, held, mark = raw
        if isinstance(held, str):
            return Scalar(held, mark, place)
        return self.fields(held, place) if mark else self.items(held, place)

    def items(self, held: list[Any], place: Place) -> Items:
        word = self.named.get(place.path.rpartition(".")[2])
        steps = [place.step(at, raw[0]) for at, raw in enumerate(held)]
        if word:
            steps = [self.owned(raw, step, word) for raw, step in zip(held, steps, strict=True)]
        return Items(tuple(self.placed(raw, step) for raw, step in zip(held, steps, strict=True)), place)

    def owned(self, raw: Any, place: Place, word: str) -> Place:
        """Let a named part own the places below it, where it has a name."""
        line, held, mark = raw
        if not mark or isinstance(held, str):
            return place
        name = next((value[1] for key, value in held if key[1] in NAMING and isinstance(value[1], str)), "")
        return Place(place.file, line, f"{word} `{name}`") if name else place

    def fields(self, held: list[Any], place: Place) -> Fields:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, value in held:
            line, name, quoted = key
            if not isinstance(name, str):
                self.problems.append(replace(place, line=line).problem("a key must be text"))
                continue
            at = place.step(name, line)
            if name in entries:
                first = entries[name][0].place.line
                self.problems.append(at.problem(f"`{name}` is given twice, first in line {first}", "keep one"))
                continue
            entries[name] = (Scalar(name, quoted, at), self.placed(value, at))
        return Fields(tuple(entries.values()), place)
