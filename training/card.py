"""What training did -> the card of the entry, for people: what the model is for, learnt from, how well it does, and
where it does not.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import precision_recall_fscore_support

from stream.classify import kernel
from training import card_figures
from training.calibrate import Calibration, HeldOut
from training.figures.evaluation import Evaluation
from training.gates import check_gates, load_gates
from training.held_out import Plan, held_out_words
from training.material import Material
from training.row_files import BadRow
from training.rows import Row

TEMPLATE = Path(__file__).with_name("card_template.md")
ELSEWHERE = Path(__file__).with_name("card_elsewhere.md")
NAMED_SOURCES = 30


def write_card(
    model_id: str,
    material: Material,
    entries: int,
    bad: Sequence[BadRow],
    weight_rows: float,
    plan: Plan,
    held_out: HeldOut,
    calibration: Calibration,
    evaluation: Evaluation,
    elsewhere: Evaluation | None = None,
) -> str:
    """Write the card from the template: what was measured on held-out titles, and `elsewhere`, on rows of no part."""
    titles, rows = material.examples[: material.titles], material.examples[material.titles :]
    return TEMPLATE.read_text(encoding="utf-8").format(
        id=model_id,
        clusters=len(material.clusters),
        learnt_from=_learnt_from(entries, titles, rows),
        calibration=calibration,
        thresholds=", ".join(f"`{c}` {t:.2f}" for c, t in calibration.abstain_below.items()),
        lead=_lead(calibration),
        held_out=held_out_words(material, plan),
        elsewhere=_elsewhere(elsewhere) if elsewhere else "",
        reliability=card_figures.reliability(evaluation.calibration.as_shipped.bins),
        threshold_table=card_figures.thresholds(evaluation),
        disguises=card_figures.disguises(evaluation),
        tables="\n\n".join(_tables(titles, rows, bad, material.clusters, weight_rows)),
        figures=_figures(held_out),
    )


def _learnt_from(entries: int, titles: Sequence[Row], rows: Sequence[Row]) -> str:
    corpus = f"{entries:,} product phrases written by this project, and {len(titles):,} titles made from them"
    labelled = f"{len(rows):,} labelled rows of {len({row.source for row in rows}):,} sources"
    if not rows:
        return f"{corpus}. No listing of any shop"
    return f"{corpus}; {labelled}" if titles else f"{labelled}. Nothing of the project's own corpus"


def _lead(calibration: Calibration) -> str:
    lead = calibration.lead
    if lead is None:
        return ""
    (stuffed, squatted), (stuffed_without, squatted_without) = lead.held, lead.held_without
    return (
        f"\n- **Abstains too** where the next likeliest cluster would lead by {lead.at:.2f} log odds were up to "
        f"{kernel.WORDS_LEFT_OUT} of the title's words\n  left out: it may name other goods to pass for them. "
        f"Of titles that it tells rightly and without doubt, {stuffed:.0%} keep their cluster\n"
        f"  or abstain when stuffed with 2 to 4 words of other goods ({stuffed_without:.0%} without this), "
        f"{squatted:.0%} when begun with a name of such\n"
        f"  ({squatted_without:.0%}); of plain titles {lead.review:.0%} abstain ({lead.review_without:.0%})."
    )


def _elsewhere(found: Evaluation) -> str:
    home, fitted = found.indonesian, found.calibration.cross_fitted
    return ELSEWHERE.read_text(encoding="utf-8").format(
        rows=found.measured.rows,
        sources=found.all.sources,
        data=found.measured.data,
        resamples=found.measured.resamples,
        indonesian=card_figures.clusters_of(home) if home else "none",
        all=card_figures.clusters_of(found.all),
        ece=found.calibration.as_shipped.ece,
        cross_fitted=fitted.ece if fitted else math.nan,
        blocks=card_figures.blocks(found.blocks),
        reliability=card_figures.reliability(found.calibration.as_shipped.bins),
        thresholds=card_figures.thresholds(found),
        disguises=card_figures.disguises(found),
        refused=_refused(found),
    )


def _refused(found: Evaluation) -> str:
    # The name is left out: it has the digest of an entry that had another card.
    gates = [
        f"- {problem.message.replace(f' refuses `{found.model}`', '')}" for problem in check_gates(found, load_gates())
    ]
    return "\n".join(gates) or "It passes every gate of training/gates.yaml."


def _tables(
    titles: Sequence[Row], rows: Sequence[Row], bad: Sequence[BadRow], clusters: Sequence[str], weight_rows: float
) -> Iterable[str]:
    if titles:
        # Each entry stands first bare and then dressed: one place, one entry.
        entries = {row.place: (row.language, row.cluster) for row in titles}
        yield f"Corpus entries by language:\n\n{_table('language', entries.values(), clusters)}"
    if rows:
        yield _rows_words(rows, bad, weight_rows if titles else 1.0)
        yield _table("source", _named([(row.source, row.cluster) for row in rows]), clusters)
    if any(row.language for row in rows):
        counted = [(row.language or "not said", row.cluster) for row in rows]
        yield f"The same by language:\n\n{_table('language', counted, clusters)}"


def _rows_words(rows: Sequence[Row], bad: Sequence[BadRow], weight_rows: float) -> str:
    counts = Counter(row.reason for row in bad).most_common()
    left_out = f"{len(bad):,} bad rows left out ({', '.join(f'{n:,} {reason}' for reason, n in counts)})"
    return (
        f"Labelled rows by source, carrying at most {weight_rows:.0%} of a cluster's weight, a source counting\n"
        f"within it for the root of its rows; {left_out if bad else 'no bad rows'}:"
    )


def _named(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    kept = {source for source, _ in Counter(source for source, _ in pairs).most_common(NAMED_SOURCES)}
    rest = len({source for source, _ in pairs} - kept)
    return [(source if source in kept else f"{rest:,} others", cluster) for source, cluster in pairs]


def _table(name: str, pairs: Iterable[tuple[str | None, str]], clusters: Sequence[str]) -> str:
    counts = Counter(pairs)
    totals: Counter[str | None] = Counter()
    for (line, _), count in counts.items():
        totals[line] += count
    lines = (f"| {n} | {' | '.join(f'{counts[n, c]:,}' for c in clusters)} |" for n, _ in totals.most_common())
    return "\n".join([f"| {name} | {' | '.join(clusters)} |", f"|---|{'--:|' * len(clusters)}", *lines])


def _figures(held_out: HeldOut) -> str:
    given = held_out.values.argmax(axis=1)
    figures = precision_recall_fscore_support(
        held_out.truth, given, labels=np.arange(len(held_out.clusters)), sample_weight=held_out.weights, zero_division=0
    )
    lines = (
        f"| {cluster} | {rows:,} | {' | '.join(f'{figure[k]:.3f}' for figure in figures[:3])} |"
        for k, (cluster, rows) in enumerate(
            zip(held_out.clusters, np.bincount(held_out.truth, minlength=len(held_out.clusters)).tolist(), strict=True)
        )
    )
    return "\n".join(["| cluster | titles | precision | recall | F1 |", "|---|--:|--:|--:|--:|", *lines])
