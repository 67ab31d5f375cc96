"""An Evaluation, its answers and its rows -> the report: one HTML page that opens anywhere, without a network."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from stream.problems import Problem
from training.figures.answers import Answers
from training.figures.blocks import BlockRule
from training.figures.evaluation import Evaluation
from training.gates import Gates
from training.report import pictures
from training.report.mistakes import OF_ONE_SOURCE, worst_mistakes
from training.report.tiles import tiles_of
from training.rows import Row

TEMPLATE = "page.html.jinja"


def write_page(
    evaluation: Evaluation,
    answers: Answers,
    rows: Sequence[Row],
    gates: Gates | None = None,
    problems: Sequence[Problem] = (),
) -> str:
    """Write the page. It holds titles of the rows: it is for whoever asked for it, not for a repository."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["figure"] = _figure
    environment.filters["percent"] = _percent
    environment.filters["code"] = _code
    return environment.get_template(TEMPLATE).render(
        evaluation=evaluation,
        tiles=list(tiles_of(evaluation, gates)),
        gates=gates,
        problems=problems,
        pictures=draw_all(evaluation, answers),
        mistakes=worst_mistakes(answers, rows),
        colours=dict(zip(answers.clusters, pictures.COLOURS, strict=False)),
        of_one_source=OF_ONE_SOURCE,
        errors=int((~answers.right).sum()),
    )


def draw_all(evaluation: Evaluation, answers: Answers) -> dict[str, str]:
    """Draw every picture that these answers give, by name."""
    parts = [("all rows", answers)]
    if answers.home.any():
        parts.insert(0, ("Indonesian rows", answers.where(answers.home)))
    drawn = {
        "confusion": pictures.draw_confusions(parts),
        "precision_recall": pictures.draw_precision_recall(answers),
        "reliability": pictures.draw_reliability(evaluation.calibration),
        "scores": pictures.draw_scores(answers),
        "thresholds": pictures.draw_thresholds(evaluation.thresholds),
    }
    if evaluation.blocks:
        rule = BlockRule(tuple(evaluation.measured.closed), evaluation.measured.block_at)
        drawn["blocks"] = pictures.draw_blocks(answers, rule, [float(share) for share in evaluation.blocks])
    if evaluation.evasion:
        drawn["evasion"] = pictures.draw_evasion(evaluation.all.macro_f1, evaluation.evasion)
    return drawn


def _figure(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:.3f}"


def _code(text: str) -> Markup:
    """Set what stands in backticks as code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
