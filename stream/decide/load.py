"""Loading policies: folders and files in, a policy set whose every part was checked out, or all problems at once.

The only place here that reads files, and only those of the policy folder: a table is named relative to its policy and
lies beside or below it. What lies in a folder is loaded, what lies in folders below it is not, and neither are cases.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from stream.decide import csv_tables
from stream.decide.files import is_policy
from stream.decide.laws import problems_of
from stream.decide.policy import PolicySet
from stream.decide.policy_reader import Document, Table, read_policy
from stream.decide.unreadable import Unreadable
from stream.decide.yaml_nodes import MAX_CHARACTERS, Place
from stream.on_disk import is_file, is_folder
from stream.problems import BadSetup, Problem

_BYTES_A_CHARACTER = 4


def load_policies(paths: Path | Iterable[Path], clusters: Iterable[str] | None) -> PolicySet:
    """Load the policies of folders and files, for a model that knows `clusters` (None: no model to check against).

    Raises BadSetup with every problem of every policy.
    """
    policies, problems = find_policies(paths, clusters)
    if problems:
        raise BadSetup(problems)
    return policies


def read_policies(documents: Sequence[Document], clusters: Iterable[str] | None) -> tuple[PolicySet, list[Problem]]:
    """Read documents from wherever they come: a set of those that could be read, and every problem."""
    problems: list[Problem] = []
    read = [policy for document in documents if (policy := read_policy(document, problems))]
    policies = PolicySet(tuple(sorted(read, key=lambda policy: (policy.name, policy.place.file))))
    problems += problems_of(policies, None if clusters is None else tuple(clusters))
    return policies, list(dict.fromkeys(problems))


def find_policies(paths: Path | Iterable[Path], clusters: Iterable[str] | None) -> tuple[PolicySet, list[Problem]]:
    """Load what can be loaded, and find every problem: for whoever has more to check before refusing."""
    documents, missing = find_documents(paths)
    policies, problems = read_policies(documents, clusters)
    return policies, missing + problems


def find_documents(paths: Path | Iterable[Path]) -> tuple[list[Document], list[Problem]]:
    """Read the texts of policies and nothing of what they say, and find every problem of files and folders."""
    missing: list[Problem] = []
    given = [paths] if isinstance(paths, Path) else list(paths)
    files = [file for path in given for file in _files(path, missing)]
    return [document for file in files if (document := _document(file, missing))], missing


def _files(path: Path, problems: list[Problem]) -> list[Path]:
    if is_file(path):
        return [path]
    if not is_folder(path):
        problems.append(
            Place(str(path)).problem("no such file or folder", "set it to a policy file or a folder of them")
        )
        return []
    found = sorted(file for file in path.iterdir() if is_policy(file))
    if not found:
        problems.append(Place(str(path)).problem("no policy in this folder", "a policy is a file that ends in `.yaml`"))
    return found


def _document(file: Path, problems: list[Problem]) -> Document | None:
    try:
        return Document(str(file), read_text(file, MAX_CHARACTERS), lambda name: _table(file.parent, name))
    except Unreadable as reason:
        problems.append(Place(str(file)).problem(reason.message, reason.hint))
        return None


def _table(folder: Path, name: str) -> Table:
    """Read a table beside a policy, never one outside its folder, not by a link either."""
    if not name.endswith(".csv"):
        raise Unreadable(f"expected the name of a CSV file, found `{name}`", "write `codes.csv`")
    file = folder / name
    try:
        beside = not Path(name).is_absolute() and file.resolve().is_relative_to(folder.resolve())
        found = file.is_file()
    except (OSError, RuntimeError, ValueError):  # a name too long, links in a circle, a NUL: no such file can be opened
        beside, found = True, False
    if not beside:
        raise Unreadable(f"`{name}` is outside the policy's folder", "keep it beside the policy")
    if not found:
        raise Unreadable(f"no file `{name}` beside the policy")
    return Table(str(file), read_text(file, csv_tables.MAX_CHARACTERS))


def read_text(file: Path, characters: int) -> str:
    """Read a file as UTF-8, refusing to take in more than a text of that many characters can need."""
    try:
        with file.open("rb") as opened:
            held = opened.read(characters * _BYTES_A_CHARACTER + 1)
        if len(held) > characters * _BYTES_A_CHARACTER:
            raise Unreadable(f"`{file.name}` is larger than {characters * _BYTES_A_CHARACTER} bytes")
        return held.decode()
    except UnicodeDecodeError as reason:
        raise Unreadable(f"`{file.name}` is not UTF-8 at byte {reason.start}", "save it as UTF-8") from None
    except OSError as reason:
        raise Unreadable(f"`{file.name}` cannot be read: {reason.strerror}") from None
