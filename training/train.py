"""The reference run: corpus -> titles -> pipeline -> calibration -> shelf entry; one seed, one command, same bytes."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from training.calibrate import Calibration, calibrate, classify_held_out
from training.entries import Entry, read_entries
from training.fit import fit
from training.publish import publish
from training.rows import Row
from training.titles import write_titles

PROBE_TITLES = Path(__file__).with_name("probe_titles.txt")
CARD_TEMPLATE = Path(__file__).with_name("card_template.md")
DRESSED, SEED = 1, 1


def train(shelf: Path, model_id: str, say: Callable[[str], None] = lambda text: None) -> Path:
    """Train on the project's corpus and publish `shelf/model_id`; `say` hears the steps. Raises BadSetup on a
    contradiction.
    """
    entries = read_entries()
    rows = write_titles(entries, DRESSED, SEED)
    say(f"{len(entries):,} entries, {len(rows):,} titles")
    calibration = calibrate(classify_held_out(rows))
    say(f"subjects held out: macro-F1 {calibration.macro_f1:.3f}, calibration error {calibration.error:.3f}")
    pipeline = fit(rows)
    say("fitted")
    facts = {"entries": len(entries), "titles": len(rows), "seed": SEED, "corpus_sha256": _digest(rows)}
    card = write_card(model_id, entries, rows, calibration)
    return publish(shelf, model_id, pipeline, calibration, read_probe_titles(), card, facts)


def read_probe_titles() -> list[str]:
    """Read the titles that every entry is probed with: each cluster, each language, each disguise, and odd ones."""
    lines = PROBE_TITLES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def write_card(model_id: str, entries: Sequence[Entry], rows: Sequence[Row], calibration: Calibration) -> str:
    """Write the card: what the model is for, what it learnt from, how well it does and where it does not."""
    clusters = sorted({entry.cluster for entry in entries})
    counts = Counter((entry.language, entry.cluster) for entry in entries)
    languages = sorted({entry.language for entry in entries}, key=lambda lang: -sum(counts[lang, c] for c in clusters))
    table = [
        f"| language | {' | '.join(clusters)} |",
        f"|---|{'--:|' * len(clusters)}",
        *(f"| {lang} | {' | '.join(f'{counts[lang, c]:,}' for c in clusters)} |" for lang in languages),
    ]
    return CARD_TEMPLATE.read_text(encoding="utf-8").format(
        id=model_id,
        clusters=len(clusters),
        entries=f"{len(entries):,}",
        titles=f"{len(rows):,}",
        calibration=calibration,
        thresholds=", ".join(f"`{c}` {t:.2f}" for c, t in calibration.abstain_below.items()),
        table="\n".join(table),
    )


def _digest(rows: Sequence[Row]) -> str:
    text = "\n".join(f"{row.cluster}\t{row.text}" for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()
