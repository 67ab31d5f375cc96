"""Loading cases: a policy in, the cases of the file beside it out: `id-akar.cases.yaml` beside `id-akar.yaml`.

The only place here that reads files.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from stream.cases.case import Case
from stream.cases.read_cases import Scope, read_cases
from stream.decide.files import CASES, cases_file, policy_file
from stream.decide.load import read_text
from stream.decide.policy import Policy
from stream.decide.unreadable import Unreadable
from stream.decide.yaml_nodes import MAX_CHARACTERS, Place
from stream.on_disk import is_file, is_folder
from stream.problems import BadSetup, Problem


def load_cases(policy: Policy, clusters: Sequence[str]) -> list[Case]:
    """Load a policy's cases, none where there is no file, for a model that assigns `clusters`.

    Raises BadSetup with every problem.
    """
    cases, problems = find_cases(policy, clusters)
    if problems:
        raise BadSetup(problems)
    return cases


def find_cases(policy: Policy, clusters: Sequence[str]) -> tuple[list[Case], list[Problem]]:
    """Load what can be loaded, and find every problem."""
    file, problems = cases_file(Path(policy.place.file)), []
    if not is_file(file):
        return [], []
    try:
        text = read_text(file, MAX_CHARACTERS)
    except Unreadable as reason:
        return [], [Place(str(file)).problem(reason.message, reason.hint)]
    return read_cases(text, str(file), Scope(policy, clusters), problems), problems


def find_orphans(paths: Iterable[Path]) -> Iterator[Problem]:
    """Find cases in folders that lie beside no policy: a policy renamed, or a name misspelt."""
    for folder in (path for path in paths if is_folder(path)):
        for file in sorted(folder.glob(f"*{CASES}.y*ml")):
            if not is_file(policy_file(file)):
                hint = f"there is no `{policy_file(file).name}` beside it"
                yield Place(str(file)).problem("cases without a policy", hint)
