"""Pairs for tests: a shelf with the shipped model and a challenger that always abstains, policies that are told apart."""

import json
import shutil
from functools import cache
from pathlib import Path

from stream.classify.artifact import read_manifest
from stream.contract.control import Control, LiveModel, LivePolicy
from stream.contract.instant import parse_instant
from stream.live.pair import Pair, replaced_by
from stream.live.sources import Folders
from tests.conftest import ROOT, value_with

NOW = parse_instant("2021-09-01T00:00:00Z")
CHAMPION, CHALLENGER = "cluster-3", "doubtful-1"


def make_shelf(folder: Path) -> Path:
    """The shipped model, and the same weights under thresholds that nothing reaches."""
    for name in (CHAMPION, CHALLENGER):
        shutil.copytree(ROOT / "models" / CHAMPION, folder / name, ignore=lambda *_: ["pipeline.joblib"])
    manifest = folder / CHALLENGER / "manifest.json"
    facts = json.loads(manifest.read_text())
    (folder / CHALLENGER / "profile.json").unlink()
    facts["id"] = CHALLENGER
    facts["abstain_below"] = dict.fromkeys(facts["clusters"], 1.0)
    manifest.write_text(json.dumps(facts))
    return folder


@cache
def named(shelf: Path, name: str = CHAMPION) -> LiveModel:
    return LiveModel(id=name, digest=read_manifest(shelf / name)[1])


def document(version: int, then: str = "block", effective: str = "2021-08-03", cluster: str = "textile_fashion") -> str:
    """A policy whose only rule blocks or advises on one cluster."""
    return f"""policy: id-test
version: {version}
market: ID
timezone: Asia/Jakarta
phases:
  - id: first
    effective: {effective}
    citation: "a test"
    rules:
      - id: close
        when: {{cluster: [{cluster}]}}
        then: {then if then == "block" else f"{{advice: {then}}}"}
        text: {{id: "Ditutup.", en: "Closed."}}
"""


def policy(version: int, then: str = "block", **more: str) -> LivePolicy:
    return LivePolicy(name="id-test.yaml", document=document(version, then, **more))


def pair(shelf: Path, version: int, then: str = "block", model: str = CHAMPION) -> Pair:
    return Pair(named(shelf, model), (policy(version, then),))


def control(name: str, pair: Pair, *, replaced: Control | None = None, **more: object) -> Control:
    return Control(
        schema="keran.control/1",
        control_id=name,
        issued_at=NOW,
        issued_by="policy-desk",
        model=pair.model,
        policies=list(pair.policies),
        replaced=None if replaced is None else replaced_by(replaced),
        **more,
    )


def make_folders(folder: Path, version: int = 1, then: str = "block") -> Folders:
    """A shelf and a policies folder of a machine of its own."""
    shelf = make_shelf(folder / "models")
    (folder / "policies").mkdir()
    (folder / "policies/id-test.yaml").write_text(document(version, then))
    return Folders(shelf, CHAMPION, folder / "policies")


def listing(number: int, title: str = "Gamis wanita syari premium") -> bytes:
    return value_with(event_id=f"E-{number}", listing__id="L-1", listing__revision=number, listing__title=title)
