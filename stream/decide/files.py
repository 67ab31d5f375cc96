"""What files of a policy folder are: a policy, or the cases beside it, by their names. It refuses to read them."""

from pathlib import Path

SUFFIXES = (".yaml", ".yml")
# What a cases file's name has before its suffix: `id-akar.cases.yaml` lies beside `id-akar.yaml` and is no policy.
CASES = ".cases"


def is_policy(path: Path) -> bool:
    """Tell whether a file of a folder is a policy."""
    return path.suffix in SUFFIXES and not is_cases(path)


def is_cases(path: Path) -> bool:
    """Tell whether a file holds the cases of a policy."""
    return path.suffix in SUFFIXES and Path(path.stem).suffix == CASES


def cases_file(policy_file: Path) -> Path:
    """Give where a policy's cases lie.

    >>> cases_file(Path("policies/id-akar.yaml")).as_posix()
    'policies/id-akar.cases.yaml'
    """
    return policy_file.with_suffix(f"{CASES}{policy_file.suffix}")


def policy_file(path: Path) -> Path:
    """Give the policy whose cases a file holds; any other path as it is.

    >>> policy_file(Path("policies/id-akar.cases.yaml")).as_posix()
    'policies/id-akar.yaml'
    """
    return path.with_name(f"{Path(path.stem).stem}{path.suffix}") if is_cases(path) else path
