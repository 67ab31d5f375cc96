"""A fitted pipeline and its calibration -> a candidate: a shelf entry, complete and proven, that nothing serves yet.

Candidates lie in a folder of their own, laid out like a shelf. A candidate may be made again under its name; once
published it never changes (training/publish.py).
"""

import importlib.metadata
import json
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.pipeline import Pipeline

from stream.classify import artifact, kernel
from stream.classify.artifact import Manifest
from stream.classify.classifier import Model
from stream.classify.fold_table import FOLD_VERSION, load_fold_table
from training.calibrate import Calibration
from training.fit import Quantised, quantise

VERSIONED = ("numpy", "scipy", "scikit-learn", "numba")


def write_candidate(
    candidates: Path,
    model_id: str,
    pipeline: Pipeline,
    calibration: Calibration,
    probes: Sequence[str],
    card: str,
    training: Mapping[str, Any],
) -> Path:
    """Write the entry `candidates/model_id`, in place of an earlier one, and load it as a worker would. Raises BadSetup
    if that fails, and then leaves the earlier one.
    """
    place, beside = candidates / model_id, candidates / f".{model_id}.new"
    shutil.rmtree(beside, ignore_errors=True)
    (beside / model_id).mkdir(parents=True)
    try:
        write_entry(beside / model_id, pipeline, calibration, probes, card, training)
        artifact.load_model(beside, model_id)
        shutil.rmtree(place, ignore_errors=True)
        (beside / model_id).rename(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return place


def write_entry(
    entry: Path,
    pipeline: Pipeline,
    calibration: Calibration,
    probes: Sequence[str],
    card: str,
    training: Mapping[str, Any],
) -> None:
    """Write the files of an entry into its folder, the manifest last."""
    quantised = quantise(pipeline)
    np.save(entry / artifact.WEIGHTS, quantised.weights, allow_pickle=False)
    joblib.dump(pipeline, entry / artifact.PIPELINE, compress=("zlib", 6))
    (entry / artifact.CARD).write_text(card, encoding="utf-8")
    lines = artifact.run_probes(model_of(entry.name, quantised, calibration), list(probes))
    (entry / artifact.PROBES).write_text("".join(line.model_dump_json() + "\n" for line in lines), encoding="utf-8")
    names = (artifact.WEIGHTS, artifact.PROBES, artifact.CARD, artifact.PIPELINE)
    manifest = {
        "schema": "keran.model/1",
        "id": entry.name,
        "clusters": list(quantised.clusters),
        "fold_version": FOLD_VERSION,
        "features_version": kernel.FEATURES_VERSION,
        "scale": quantised.scale,
        "bias": quantised.bias.tolist(),
        "temperature": calibration.temperature,
        "abstain_below": calibration.abstain_below,
        "abstain_lead": calibration.abstain_lead,
        "files": {name: artifact.file_entry(entry / name).model_dump() for name in names},
        "training": {**training, "versions": {name: importlib.metadata.version(name) for name in VERSIONED}},
    }
    artifact.write_manifest(entry, Manifest.model_validate_json(json.dumps(manifest)))


def model_of(model_id: str, quantised: Quantised, calibration: Calibration) -> Model:
    """Give the model that an entry of these would load as."""
    thresholds = [round(calibration.abstain_below[c] * 10_000) for c in quantised.clusters]
    return Model(
        model_id,
        quantised.clusters,
        quantised.weights,
        quantised.scale,
        quantised.bias,
        calibration.temperature,
        np.array(thresholds, np.int32),
        load_fold_table(),
        math.inf if calibration.abstain_lead is None else calibration.abstain_lead,
    )
