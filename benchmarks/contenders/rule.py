"""What the contenders share: the shelf's model in two forms, and the tap's one rule in plain Python."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib
from sklearn.pipeline import Pipeline

from stream.classify.artifact import load_model
from stream.classify.classifier import classify

CLOSED = {"textile_fashion", "culinary", "craft"}

Predict = Callable[[list[str]], list[list[float]]]


def load_pipeline() -> Pipeline:
    """Load the scikit-learn pipeline of the shelf entry that the worker serves."""
    return joblib.load(Path(os.environ["KERAN_SHELF"], os.environ["KERAN_MODEL"], "pipeline.joblib"))


def _sklearn() -> tuple[Sequence[str], Predict]:
    pipeline = load_pipeline()
    return pipeline.classes_.tolist(), lambda titles: pipeline.predict_proba(titles).tolist()


def _keran() -> tuple[Sequence[str], Predict]:
    model = load_model(Path(os.environ["KERAN_SHELF"]), os.environ["KERAN_MODEL"])
    return model.clusters, lambda titles: (classify(model, titles).scores / 10_000).tolist()


# Each gives the clusters, and what gives every title's scores in their order.
PREDICTORS: Mapping[str, Callable[[], tuple[Sequence[str], Predict]]] = {"sklearn": _sklearn, "keran": _keran}


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
