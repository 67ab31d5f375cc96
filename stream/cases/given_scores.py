"""What a case says the model says: a cluster, or scores, in; a classification out, or every problem.

It refuses to know models but for the clusters they assign.
"""

from collections.abc import Mapping, Sequence

from stream.contract.classification import TEN_THOUSAND, Classification
from stream.decide.fields import check_fields, read_flag, read_word
from stream.decide.ranges import read_score
from stream.decide.yaml_nodes import Fields, Node, Scalar, shown
from stream.problems import Problem, did_you_mean

FIELDS = ("cluster", "scores", "abstained")
GIVEN = "case"
_EXAMPLE = "write `craft`, `{cluster: craft, abstained: true}` or `{scores: {craft: 0.7, other: 0.3}}`"
_ROUNDING = 10  # ten-thousandths that rounded scores may be off one


def no_matter(clusters: Sequence[str]) -> Classification:
    """Give a classification for policies that do not ask for one: every cluster alike."""
    share = TEN_THOUSAND // len(clusters)
    return Classification(tuple(clusters), clusters[0], (share,) * len(clusters), False, GIVEN)


def read_classification(node: Node, clusters: Sequence[str], problems: list[Problem]) -> Classification | None:
    """Read a cluster's name, or a mapping with `cluster` or `scores`; clusters that `scores` does not name score 0."""
    before = len(problems)
    if isinstance(node, Scalar):
        cluster = _cluster(node, clusters, problems)
        return _classification(clusters, cluster, {cluster: TEN_THOUSAND}, False) if cluster else None
    if not isinstance(node, Fields):
        return problems.append(node.place.problem(f"expected a classification, found {shown(node)}", _EXAMPLE))
    if not check_fields(node, "a classification", FIELDS, (), problems):
        return None
    named, given = node.get("cluster"), node.get("scores")
    if named is None and given is None:
        return problems.append(node.place.problem("a classification needs `cluster` or `scores`", _EXAMPLE))
    cluster = named and _cluster(named, clusters, problems)
    scores = _scores(given, clusters, problems) if given else {cluster: TEN_THOUSAND}
    abstained = (at := node.get("abstained")) is not None and read_flag(at, problems)
    if len(problems) > before:
        return None
    likeliest = cluster or max(scores, key=scores.__getitem__)
    if scores.get(likeliest, 0) < max(scores.values()):
        message = f"`{likeliest}` is not the cluster with the highest score"
        return problems.append(named.place.problem(message, "leave `cluster` out, or mend the scores"))
    return _classification(clusters, likeliest, scores, bool(abstained))


def _classification(
    clusters: Sequence[str], cluster: str, scores: Mapping[str, int], abstained: bool
) -> Classification:
    return Classification(tuple(clusters), cluster, tuple(scores.get(each, 0) for each in clusters), abstained, GIVEN)


def _cluster(node: Node, clusters: Sequence[str], problems: list[Problem]) -> str | None:
    found = read_word(node, "a cluster", problems)
    if found is None or found in clusters:
        return found
    hint = f"the model assigns {', '.join(f'`{cluster}`' for cluster in clusters)}"
    return problems.append(node.place.problem(f"unknown cluster `{found}`{did_you_mean(found, clusters)}", hint))


def _scores(node: Node, clusters: Sequence[str], problems: list[Problem]) -> dict[str, int]:
    if not isinstance(node, Fields) or not node.entries:
        problems.append(node.place.problem(f"expected a score for each cluster, found {shown(node)}", _EXAMPLE))
        return {}
    before = len(problems)
    scores = {_cluster(key, clusters, problems): read_score(value, problems) for key, value in node.entries}
    if len(problems) > before:
        return {}
    if abs((total := sum(scores.values())) - TEN_THOUSAND) > _ROUNDING:
        message = f"the scores add up to {total / TEN_THOUSAND:g}, expected 1"
        problems.append(node.place.problem(message, "they are probabilities; give the rest to another cluster"))
    return scores
