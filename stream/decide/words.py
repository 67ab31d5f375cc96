"""The words of a condition: the value or values that stand after a fact, as written and each with its place.

A node comes in, scalars go out; whatever is wrong is added to `problems`. It refuses to know what the words mean.
"""

from stream.decide.facts import Fact
from stream.decide.kinds import PATH
from stream.decide.yaml_nodes import Items, Node, Scalar, shown
from stream.problems import Problem


def read_words(fact: Fact, node: Node, problems: list[Problem]) -> tuple[Scalar, ...]:
    """Read one value, or a list of which any will do; nothing when any of it is wrong."""
    if isinstance(node, Scalar):
        return (node,)
    if not isinstance(node, Items) or not node.nodes:
        problems.append(node.place.problem(f"expected a value or a list of values for `{fact.name}`"))
        return ()
    if fact.kind is PATH and _ambiguous(node, problems):
        return ()
    words = [_word(fact, item, problems) for item in node.nodes]
    return () if None in words else tuple(word for word in words if word)


def _word(fact: Fact, node: Node, problems: list[Problem]) -> Scalar | None:
    if fact.kind is PATH and isinstance(node, Items):
        return _path(node, problems)
    if isinstance(node, Scalar) and not node.empty:
        return node
    problems.append(node.place.problem(f"expected a value for `{fact.name}`, found {shown(node)}"))
    return None


def _path(node: Items, problems: list[Problem]) -> Scalar | None:
    """Read a category path that is written as a list of its steps."""
    steps = [item.text for item in node.nodes if isinstance(item, Scalar) and ">" not in item.text]
    if len(steps) == len(node.nodes):
        return Scalar(" > ".join(steps), True, node.place)
    problems.append(node.place.problem("expected the steps of one category path", "write `[Fashion, Muslim]`"))
    return None


def _ambiguous(node: Items, problems: list[Problem]) -> bool:
    """Refuse `[Fashion, Muslim]`, which on the wire is one path and in a list of values would be two."""
    steps = [item.text for item in node.nodes if isinstance(item, Scalar)]
    if not 1 < len(steps) == len(node.nodes) or any(">" in step for step in steps):
        return False
    one, several = ", ".join(steps), ", ".join(f"[{step}]" for step in steps)
    hint = f"one path: `[[{one}]]`; several: `[{several}]`"
    problems.append(node.place.problem(f"`[{one}]` could be one category path or several", hint))
    return True
