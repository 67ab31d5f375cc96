"""What decided, kept by digest: policies whole with their tables, and shelf entries without the pickle.

Texts and folders go in, folders of the archive come out; what is kept already is left alone. Each folder's name is a
digest over its files, so that an altered one gives itself away.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath

from stream.archive.segment import sync_folder
from stream.classify.artifact import CARD, MANIFEST, PROBES, WEIGHTS, read_manifest
from stream.contract.control import LivePolicy
from stream.decide.load import read_policies
from stream.decide.policy_reader import Document, Table
from stream.decide.unreadable import Unreadable
from stream.problems import BadSetup, Problem

POLICIES, MODELS = "policies", "models"
DIGITS = 16


def digest_of(files: Mapping[str, bytes]) -> str:
    """Name files by their names and contents.

    >>> digest_of({"a": b"1"}) == digest_of({"a": b"2"})
    False
    """
    lines = [f"{sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())]
    return sha256("".join(lines).encode()).hexdigest()[:DIGITS]


def keep_policies(folder: Path, policies: Sequence[LivePolicy]) -> None:
    """Keep policies, each under its own name and version. Raises BadSetup where one cannot be read."""
    for policy in policies:
        found, problems = read_policies([Document(policy.name, policy.document, _tables(policy))], None)
        if problems:
            raise BadSetup(problems)
        for each in found.policies:
            keep_policy(folder, f"{each.name}@{each.version}", policy)


def _tables(policy: LivePolicy) -> Callable[[str], Table]:
    def table(name: str) -> Table:
        if name not in policy.tables:
            raise Unreadable(f"`{name}` is not with the policy", "publish it with `keran live publish`")
        return Table(name, policy.tables[name])

    return table


def keep_policy(folder: Path, name: str, policy: LivePolicy) -> Path:
    """Keep a policy under the name `NAME@VERSION`. Raises BadSetup where a file's name leads out of its folder."""
    for file in (name, policy.name, *policy.tables):
        if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts or "\0" in file:
            raise BadSetup([Problem(f"`{file}` is no name beside a policy", f"policy `{name}`", "rename it")])
    files = {policy.name: policy.document, **policy.tables}
    return _keep(folder / POLICIES / name, "", {file: text.encode() for file, text in files.items()})


def keep_model(folder: Path, entry: Path) -> Path:
    """Keep a shelf entry: its manifest, its card and what serving needs. Raises BadSetup where it has no manifest."""
    manifest, _ = read_manifest(entry)
    names = [name for name in (MANIFEST, CARD, PROBES, WEIGHTS) if (entry / name).is_file()]
    return _keep(folder / MODELS, manifest.id, {name: (entry / name).read_bytes() for name in names})


def files_in(place: Path) -> dict[str, bytes]:
    """Give the files below a folder by their names."""
    return {str(file.relative_to(place)): file.read_bytes() for file in place.rglob("*") if file.is_file()}


def kept_folders(folder: Path) -> Iterable[tuple[Path, Path, str]]:
    """Give everything kept: the folder named by a digest, the one with its files, and what it is."""
    for place in sorted((folder / POLICIES).glob("*/*")):
        if not place.name.startswith("."):
            yield place, place, f"policy {place.parent.name}"
    for place in sorted((folder / MODELS).glob("*/*")):
        if not place.parent.name.startswith("."):
            yield place.parent, place, f"model {place.name}"


def _keep(parent: Path, below: str, files: Mapping[str, bytes]) -> Path:
    place = parent / digest_of(files)
    if place.exists():
        return place
    beside = parent / f".{place.name}"
    shutil.rmtree(beside, ignore_errors=True)
    for name, content in files.items():
        file = beside / below / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
    beside.rename(place)
    sync_folder(parent)
    return place
