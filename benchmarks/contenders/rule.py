"""What the Faust contenders share: the shelf's fitted pipeline, and the tap's one rule in plain Python."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib
from sklearn.pipeline import Pipeline

CLOSED = {"textile_fashion", "culinary", "craft"}


def load_pipeline() -> Pipeline:
    """Load the scikit-learn pipeline of the shelf entry that the worker serves."""
    return joblib.load(Path(os.environ["KERAN_SHELF"], os.environ["KERAN_MODEL"], "pipeline.joblib"))


def write(event: Mapping[str, Any], clusters: Sequence[str], scores: Sequence[float]) -> dict[str, Any]:
    """Give the decision of one event: Indonesia blocks cross-border sellers where the closed clusters weigh 0.8."""
    named = dict(zip(clusters, map(float, scores), strict=True))
    foreign = event["market"] == "ID" and event["seller"]["type"] == "cross_border"
    closed = foreign and sum(named[cluster] for cluster in CLOSED) >= 0.8
    return {
        "event_id": event["event_id"],
        "listing_id": event["listing"]["id"],
        "seller_id": event["seller"]["id"],
        "decision": "block" if closed else "allow",
        "scores": named,
    }
