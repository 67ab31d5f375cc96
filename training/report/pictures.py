"""Answers and figures -> pictures, each as an SVG inside a `data:` address. Draws; counts only what curves need."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training import metrics
from training.figures.answers import Answers
from training.figures.blocks import BlockRule, closed_of, summed_score
from training.figures.evaluation import CalibrationPair, Threshold

INK, PALE, GOOD, BAD = "#22303c", "#d5dde3", "#a9cfc0", "#c0452c"
COLOURS = ("#c77f1a", "#2a7f62", "#5b6b7a", "#2f5f9e", "#8c4a8c", "#a33f3f", "#3f8ca3", "#7a7a2a")
POINTS = 300
_STYLE = {
    "font.size": 9,
    "font.family": "DejaVu Sans",
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": "#eef1f4",
    "legend.frameon": False,
    "svg.hashsalt": "keran",  # the same figures give the same file
}


def draw_confusions(parts: Sequence[tuple[str, Answers]]) -> str:
    """Draw a confusion for each named part: a line is what is true, shades are shares of the line."""
    with rc_context(_STYLE):
        figure = _figure(4.6 * len(parts), 3.7)
        for axes, (name, answers) in zip(figure.subplots(1, len(parts), squeeze=False)[0], parts, strict=True):
            _confusion(axes, name, answers)
        return _address(figure)


def draw_precision_recall(answers: Answers) -> str:
    """Draw each cluster's precision over its recall, as its score's threshold falls."""
    with rc_context(_STYLE):
        figure = _figure(4.6, 3.7)
        axes = figure.subplots()
        for k, cluster in enumerate(answers.clusters):
            recall, precision = _curve(answers.scores[:, k], answers.truth == k, answers.weights)
            axes.plot(recall, precision, color=COLOURS[k % len(COLOURS)], label=cluster, linewidth=1.8)
        _label(axes, "recall", "precision")
        axes.set_xlim(0, 1.01)
        axes.set_ylim(0.5, 1.01)
        axes.legend(loc="lower left")
        return _address(figure)


def draw_blocks(answers: Answers, rule: BlockRule, shares: Sequence[float]) -> str:
    """Draw the precision of blocks over their recall at each share of closed goods; dots are the rule as shipped."""
    closed = np.isin(answers.truth, closed_of(answers, rule))
    summed = summed_score(answers, rule)
    at = np.append(np.unique(np.linspace(0.5, 1, 101)), rule.at)
    recall, wrongly = (
        np.array(
            [metrics.ratio((answers.weights * part * (summed >= t)).sum(), (answers.weights * part).sum()) for t in at]
        )
        for part in (closed, ~closed)
    )
    with rc_context(_STYLE):
        figure = _figure(4.6, 3.7)
        axes = figure.subplots()
        for share, colour in zip(shares, COLOURS, strict=False):
            precision = metrics.precision_at(share, recall, wrongly)
            axes.plot(recall[:-1], precision[:-1], color=colour, linewidth=1.8, label=f"{share:.0%} closed goods")
            axes.plot(recall[-1], precision[-1], "o", color=colour)
        axes.axhline(0.95, color=PALE, linestyle="--", zorder=0)
        axes.axvline(0.8, color=PALE, linestyle="--", zorder=0)
        _label(axes, "closed goods blocked (recall)", "blocks that are right (precision)")
        axes.legend(loc="lower left")
        return _address(figure)


def draw_reliability(calibration: CalibrationPair) -> str:
    """Draw accuracy over score, as shipped and cross-fitted; below, how many rows each bin holds."""
    kinds = [("as shipped", calibration.as_shipped, INK)]
    if calibration.cross_fitted:
        kinds.append(("cross-fitted by source", calibration.cross_fitted, COLOURS[0]))
    with rc_context(_STYLE):
        figure = _figure(4.6, 3.7)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        above.plot([0.25, 1], [0.25, 1], color=PALE, linestyle="--", zorder=0)
        for shift, (name, found, colour) in zip((-0.012, 0.012), kinds, strict=False):
            scores = [found.score for found in found.bins]
            above.plot(
                scores,
                [b.accuracy for b in found.bins],
                "o-",
                color=colour,
                markersize=4,
                label=f"{name}, {found.ece:.3f}",
            )
            below.bar(np.array(scores) + shift, [b.rows for b in found.bins], width=0.02, color=colour)
        below.set_yscale("log")
        _label(above, "", "share that is right")
        _label(below, "score of the likeliest cluster", "rows")
        above.legend(loc="upper left")
        return _address(figure)


def draw_scores(answers: Answers) -> str:
    """Draw how many rows are right and how many wrong at each score of the likeliest cluster."""
    edges = np.linspace(0.2, 1, 33)
    with rc_context(_STYLE):
        figure = _figure(4.6, 3.7)
        axes = figure.subplots()
        for name, part, colour in (("right", answers.right, GOOD), ("wrong", ~answers.right, BAD)):
            width = (edges[1] - edges[0]) * (0.95 if name == "right" else 0.5)
            counts, _ = np.histogram(answers.best[part], edges)
            axes.bar((edges[:-1] + edges[1:]) / 2, counts, width, color=colour, label=f"{name}, {part.sum():,}")
        axes.set_yscale("log")
        _label(axes, "score of the likeliest cluster", "rows")
        axes.legend(loc="upper left")
        return _address(figure)


def draw_thresholds(thresholds: Sequence[Threshold]) -> str:
    """Draw what each threshold of abstention sends to review, and how right the rest is."""
    with rc_context(_STYLE):
        figure = _figure(4.6, 3.7)
        axes = figure.subplots()
        at = [found.at for found in thresholds]
        axes.plot(
            at, [found.review for found in thresholds], "o-", color=COLOURS[0], markersize=4, label="sent to review"
        )
        wrong = [np.nan if found.accuracy is None else 1 - found.accuracy for found in thresholds]
        axes.plot(at, wrong, "o-", color=BAD, markersize=4, label="wrong among the rest")
        _label(axes, "abstain below", "share of rows")
        axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axes.legend(loc="upper left")
        return _address(figure)


def draw_evasion(plain: float | None, evasion: Mapping[str, Any]) -> str:
    """Draw macro-F1 on all rows under each disguise, the plain one as a line."""
    names = sorted(evasion, key=lambda name: evasion[name]["macro_f1"]["all"])[::-1]
    with rc_context(_STYLE):
        figure = _figure(4.6, 3.7)
        axes = figure.subplots()
        figures = [evasion[name]["macro_f1"]["all"] for name in names]
        axes.barh([name.replace("_", " ") for name in names], figures, color=COLOURS[3], height=0.6)
        for line, found in enumerate(figures):
            axes.text(found - 0.01, line, f"{found:.3f}", ha="right", va="center", color="white", fontsize=8)
        axes.axvline(plain or 0, color=INK, linestyle="--", linewidth=1)
        _label(axes, f"macro-F1; plain {plain or 0:.3f}", "")
        axes.set_xlim(0, 1)
        return _address(figure)


def _confusion(axes: Axes, name: str, answers: Answers) -> None:
    k = len(answers.clusters)
    counts = metrics.confusion(answers.truth, answers.likeliest, answers.weights, k)
    shares = np.nan_to_num(metrics.ratio(counts, counts.sum(axis=1, keepdims=True)))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (line, column), count in np.ndenumerate(counts):
        text = f"{count:,.0f}\n{shares[line, column]:.1%}" if count else "0"
        axes.text(column, line, text, ha="center", va="center", color="white" if shares[line, column] > 0.5 else INK)
    axes.set_xticks(range(k), answers.clusters, rotation=20, ha="right")
    axes.set_yticks(range(k), answers.clusters)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("given")
    axes.set_ylabel("true")
    axes.set_title(name)


def _curve(
    scores: NDArray[np.float64], true: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    order = np.argsort(-scores, kind="stable")
    hits, taken = np.cumsum((weights * true)[order]), np.cumsum(weights[order])
    # Rows of one score are taken together; of the many points some hundred are drawn, alike apart in recall.
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    recall, precision = metrics.ratio(hits[last], hits[-1]), hits[last] / taken[last]
    drawn = np.unique(np.searchsorted(recall, np.linspace(0, 1, POINTS)).clip(max=len(recall) - 1))
    return recall[drawn], precision[drawn]


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(True)
    axes.set_axisbelow(True)


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def _address(figure: Figure) -> str:
    svg = io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + base64.b64encode(svg.getvalue()).decode()
