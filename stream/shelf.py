"""The shelf as a table: what stands on it, by the manifests alone. Loads no model and asks none to be installed."""

from pathlib import Path
from typing import Any

from rich.table import Table

from stream.classify.artifact import Manifest, list_entries, read_manifest


def shelf_table(shelf: Path) -> Table:
    """Give a line an entry. Raises BadSetup at a manifest that cannot be read."""
    table = Table("id", "digest", "learnt from", "held out", "macro-F1", "error", "abstains below")
    for name in list_entries(shelf):
        manifest, digest = read_manifest(shelf / name)
        held_out = manifest.training.get("held_out", {})
        figures = (_figure(held_out, "macro_f1"), _figure(held_out, "calibration_error"))
        table.add_row(name, digest[:8], learnt_from(manifest), _held_out(held_out), *figures, _thresholds(manifest))
    return table


def learnt_from(manifest: Manifest) -> str:
    """Say what an entry learnt from: corpus titles, labelled rows, or both, and the seed."""
    facts, rows = manifest.training, manifest.training.get("rows")
    parts = []
    if facts.get("titles"):
        parts.append(f"{facts['entries']:,} corpus entries, {facts['titles']:,} titles")
    if rows:
        sources = rows["sources"] if isinstance(rows["sources"], int) else len(rows["sources"])
        parts.append(f"{rows['rows']:,} rows of {sources:,} sources")
    return f"{'; '.join(parts)}; seed {facts.get('seed', '-')}"


def _held_out(held_out: dict[str, Any]) -> str:
    return f"{held_out['titles']:,} titles by {held_out['by']}" if held_out else "-"


def _figure(held_out: dict[str, Any], name: str) -> str:
    return f"{held_out[name]:.3f}" if name in held_out else "-"


def _thresholds(manifest: Manifest) -> str:
    below = [f"{cluster} {threshold:.2f}" for cluster, threshold in manifest.abstain_below.items()]
    led = [] if manifest.abstain_lead is None else [f"led by {manifest.abstain_lead:.2f}"]
    return "\n".join(below + led)
