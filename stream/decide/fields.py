"""Reading the plain parts of a policy: known and needed fields, names, flags, lines of text, texts by language.

A node comes in, a value goes out; whatever is wrong is added to `problems` with its place.
"""

import re
from collections.abc import Sequence

from stream.decide.yaml_nodes import Fields, Node, Scalar, shown
from stream.problems import Problem, did_you_mean

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
LANGUAGES = ("id", "en")


def check_fields(node: Fields, what: str, known: Sequence[str], needed: Sequence[str], problems: list[Problem]) -> bool:
    """Tell whether a mapping has only known fields and all needed ones."""
    takes = f"{what} takes {', '.join(f'`{name}`' for name in known)}"
    wrong = [
        key.place.problem(f"unknown field `{key.text}`{did_you_mean(key.text, known)}", takes)
        for key, _ in node.entries
        if key.text not in known
    ]
    wrong += [node.place.problem(f"{what} needs `{name}`", takes) for name in needed if node.get(name) is None]
    problems += wrong
    return not wrong


def read_one_line(node: Node, problems: list[Problem]) -> str:
    """Read a text that says something."""
    if isinstance(node, Scalar) and node.text.strip() and not node.empty:
        return node.text.strip()
    problems.append(node.place.problem(f"expected a text, found {shown(node)}"))
    return ""


def read_word(node: Node, what: str, problems: list[Problem]) -> str | None:
    """Read a text that names `what`."""
    if isinstance(node, Scalar):
        return node.text
    return problems.append(node.place.problem(f"expected {what}, found {shown(node)}"))


def read_name(node: Node, problems: list[Problem]) -> str:
    """Read a name that can stand in ids and paths."""
    found = node.text if isinstance(node, Scalar) else ""
    if not _NAME.fullmatch(found):
        hint = "letters, digits, `.`, `_` and `-`, at most 64, a letter or digit first"
        problems.append(node.place.problem(f"expected a name, found {shown(node)}", hint))
    return found


def read_flag(node: Node, problems: list[Problem]) -> bool | None:
    """Read `true` or `false`."""
    if isinstance(node, Scalar) and node.text in ("true", "false"):
        return node.text == "true"
    return problems.append(node.place.problem(f"expected `true` or `false`, found {shown(node)}"))


def read_languages(node: Node, problems: list[Problem]) -> dict[str, str]:
    """Read a text in several languages, Indonesian and English among them."""
    if not isinstance(node, Fields):
        problems.append(node.place.problem("expected a text for each language", 'write `{id: "...", en: "..."}`'))
        return {}
    for key, _ in node.entries:
        if not _LANGUAGE.fullmatch(key.text):
            problems.append(
                key.place.problem(
                    f"unknown language `{key.text}`", "languages are ISO 639 codes, such as `id` and `en`"
                )
            )
    for language in LANGUAGES:
        if node.get(language) is None:
            problems.append(
                node.place.problem(f"the text lacks `{language}`", "a text is given in `id` and `en` at least")
            )
    return {key.text: read_one_line(value, problems) for key, value in node.entries}
