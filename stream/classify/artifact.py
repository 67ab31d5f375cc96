"""A shelf entry: the folder `models/<id>/`, read, checked against its digests and tried on its probes before it may
serve.

manifest.json    what the entry is: clusters, versions, calibration, thresholds, the digest of every other file
weights.npy      the array for serving, (buckets, clusters) int8
probes.jsonl     its self-test: titles with the exact sums and scores that they must give, run at every load
card.md          its description, for people
pipeline.joblib  the fitted scikit-learn pipeline, for ML engineers; serving never opens it, since a pickle runs code
"""

import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stream.classify import kernel
from stream.classify.classifier import Model, classify, sums_of
from stream.classify.fold_table import FOLD_VERSION, load_fold_table
from stream.contract.json_path import json_path
from stream.on_disk import is_folder
from stream.problems import BadSetup, Problem, did_you_mean

MANIFEST, WEIGHTS, PROBES, CARD, PIPELINE = "manifest.json", "weights.npy", "probes.jsonl", "card.md", "pipeline.joblib"
SERVING_FILES = (WEIGHTS, PROBES)
SERVING_BYTES_AT_MOST = 4_000_000

Score = Annotated[float, Field(ge=0, le=1)]
_RETRAIN = "train and publish the model anew with this version: `keran train`"
_RESTORE = "restore the folder from where it was published, or publish the model anew"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileEntry(_Part):
    """A file of the entry: its SHA-256 and size in bytes."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0)]


class Manifest(_Part):
    """`manifest.json`, whole. Facts about the model live here and nowhere else."""

    schema_: Annotated[Literal["keran.model/1"], Field(alias="schema")]
    id: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")]
    clusters: Annotated[list[str], Field(min_length=2)]
    fold_version: int
    features_version: int
    scale: Annotated[float, Field(gt=0)]
    bias: list[float]
    temperature: Annotated[float, Field(gt=0)]
    abstain_below: dict[str, Score]
    abstain_lead: Annotated[float, Field(gt=0)] | None = None
    files: dict[str, FileEntry]
    training: dict[str, Any]

    @property
    def lead(self) -> float:
        """`abstain_lead`; infinite in an entry from before there was one, whose listings never abstain for it."""
        return math.inf if self.abstain_lead is None else self.abstain_lead


class Probe(_Part):
    """One line of `probes.jsonl`."""

    title: str
    sums: list[int]
    features: int
    cluster: str
    scores: list[int]


def load_model(shelf: Path, model_id: str | None = None) -> Model:
    """Load a shelf entry for serving, warmed and proven on its probes; without an id, the only entry of the shelf.

    Raises BadSetup with every problem found. Nothing of the entry is executed.
    """
    entry = find_entry(shelf, model_id)
    manifest, digest = read_manifest(entry)
    problems = [*_check_versions(entry, manifest), *_check_shapes(entry, manifest), *_check_files(entry, manifest)]
    if problems:
        raise BadSetup(problems)
    model = Model(
        id=f"{manifest.id}#{digest[:8]}",
        clusters=tuple(manifest.clusters),
        weights=_read_weights(entry, manifest),
        scale=manifest.scale,
        bias=np.array(manifest.bias, np.float64),
        temperature=manifest.temperature,
        abstain_below=np.array([round(manifest.abstain_below[c] * 10_000) for c in manifest.clusters], np.int32),
        fold_table=load_fold_table(),
        abstain_lead=manifest.lead,
    )
    if problems := list(_run_probes(entry, model)):
        raise BadSetup(problems)
    return model


def list_entries(shelf: Path) -> list[str]:
    """Name the entries of a shelf, sorted."""
    return sorted(manifest.parent.name for manifest in shelf.glob(f"*/{MANIFEST}")) if is_folder(shelf) else []


def find_entry(shelf: Path, model_id: str | None = None) -> Path:
    """Find an entry's folder; without an id there must be exactly one. Raises BadSetup."""
    names = list_entries(shelf)
    if not names:
        problem = Problem(
            "no model on the shelf", str(shelf), "publish one with `keran train`, or point KERAN_SHELF at a shelf"
        )
    elif model_id is None and len(names) > 1:
        problem = Problem(
            f"{len(names)} models on the shelf and none is chosen",
            str(shelf),
            f"set KERAN_MODEL to one of: {', '.join(names)}",
        )
    elif model_id is not None and model_id not in names:
        problem = Problem(
            f"unknown model `{model_id}`{did_you_mean(model_id, names)}",
            str(shelf),
            f"the shelf holds: {', '.join(names)}",
        )
    else:
        return shelf / (model_id or names[0])
    raise BadSetup([problem])


def read_manifest(entry: Path) -> tuple[Manifest, str]:
    """Read an entry's manifest; returns it and its SHA-256, which stands for the whole entry. Raises BadSetup."""
    place = entry / MANIFEST
    text = place.read_bytes()
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise BadSetup(
            Problem(
                f"{e['msg'][0].lower()}{e['msg'][1:]}, got `{str(e['input'])[:60]}`",
                f"{place}, `{json_path(e['loc'])}`",
                _RESTORE,
            )
            for e in error.errors()
        ) from None
    if manifest.id != entry.name:
        raise BadSetup(
            [
                Problem(
                    f"expected the id `{entry.name}` of its folder, got `{manifest.id}`", f"{place}, `$.id`", _RESTORE
                )
            ]
        )
    return manifest, hashlib.sha256(text).hexdigest()


def _check_versions(entry: Path, manifest: Manifest) -> Iterator[Problem]:
    for field, found, ours in (
        ("fold_version", manifest.fold_version, FOLD_VERSION),
        ("features_version", manifest.features_version, kernel.FEATURES_VERSION),
    ):
        if found != ours:
            yield Problem(f"expected {field} {ours}, got {found}", f"{entry / MANIFEST}, `$.{field}`", _RETRAIN)


def _check_shapes(entry: Path, manifest: Manifest) -> Iterator[Problem]:
    place, clusters = entry / MANIFEST, manifest.clusters
    if len(manifest.bias) != len(clusters):
        yield Problem(
            f"expected {len(clusters)} biases, one a cluster, got {len(manifest.bias)}", f"{place}, `$.bias`", _RESTORE
        )
    for cluster in sorted(set(clusters) ^ set(manifest.abstain_below)):
        lacking = "has no threshold" if cluster in clusters else f"is unknown{did_you_mean(cluster, clusters)}"
        yield Problem(f"cluster `{cluster}` {lacking}", f"{place}, `$.abstain_below`", "name each cluster once")


def _check_files(entry: Path, manifest: Manifest) -> Iterator[Problem]:
    for name in SERVING_FILES:
        expected, place = manifest.files.get(name), entry / name
        if expected is None:
            yield Problem(f"`{name}` is not in the manifest", f"{entry / MANIFEST}, `$.files`", _RESTORE)
        elif not place.is_file():
            yield Problem("file is missing", str(place), _RESTORE)
        elif (found := file_entry(place)) != expected:
            yield Problem(
                f"expected digest {expected.sha256[:12]}..., got {found.sha256[:12]}...", str(place), _RESTORE
            )
    if sum(manifest.files[name].bytes for name in SERVING_FILES if name in manifest.files) > SERVING_BYTES_AT_MOST:
        yield Problem(
            "the files for serving are over 4 MB",
            str(entry),
            "a worker loads them at every swap; train with fewer clusters",
        )


def _read_weights(entry: Path, manifest: Manifest) -> NDArray[np.int8]:
    place, expected = entry / WEIGHTS, (kernel.BUCKETS, len(manifest.clusters))
    try:
        weights = np.load(place, allow_pickle=False)
    except (ValueError, OSError) as error:  # an array of objects is a pickle, and numpy refuses it with ValueError
        raise BadSetup([Problem(f"not an array of numbers: {error}", str(place), _RESTORE)]) from None
    if weights.shape != expected or weights.dtype != np.int8:
        found = f"{weights.dtype} {weights.shape}"
        raise BadSetup([Problem(f"expected int8 {expected}, got {found}", str(place), _RESTORE)])
    return weights


def _run_probes(entry: Path, model: Model) -> Iterator[Problem]:
    place = entry / PROBES
    probes = [Probe.model_validate_json(line) for line in place.read_bytes().splitlines()]
    for number, (expected, found) in enumerate(
        zip(probes, run_probes(model, [p.title for p in probes]), strict=True), 1
    ):
        if expected != found:
            message = (
                f"probe `{expected.title}` gave {found.scores} {found.sums}, expected {expected.scores} {expected.sums}"
            )
            yield Problem(message, f"{place}:{number}", _RETRAIN)


def run_probes(model: Model, titles: list[str]) -> list[Probe]:
    """Give what the model makes of each title, down to the exact sums: what `probes.jsonl` holds."""
    sums, counts = sums_of(model, titles)
    rows = zip(titles, sums.tolist(), counts.tolist(), classify(model, titles), strict=True)
    return [Probe(title=t, sums=s, features=n, cluster=c.cluster, scores=list(c.scores)) for t, s, n, c in rows]


def file_entry(path: Path) -> FileEntry:
    """Measure a file for the manifest."""
    content = path.read_bytes()
    return FileEntry(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def write_manifest(entry: Path, manifest: Manifest) -> None:
    """Write an entry's manifest; the last file to be written, since it names all others."""
    text = json.dumps(manifest.model_dump(by_alias=True), indent=1, ensure_ascii=False)
    (entry / MANIFEST).write_text(text + "\n", encoding="utf-8")
