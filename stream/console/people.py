"""Who may use the console: a file of names, roles and digests of tokens in, people or every wrong line out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from stream.problems import BadSetup, Problem, did_you_mean

# Each may do what those before it may.
ROLES = ("view", "review", "policy")
_NAME = re.compile(r"[A-Za-z0-9._@+-]{1,100}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Person(NamedTuple):
    """Somebody, what they may do, and the SHA-256 of their token, where they sign in by one."""

    name: str
    role: str
    digest: str = ""

    def may(self, role: str) -> bool:
        """Tell whether they may do what asks for a role.

        >>> Person("ana", "review").may("view"), Person("ana", "review").may("policy")
        (True, False)
        """
        return ROLES.index(self.role) >= ROLES.index(role)


def load_people(file: Path) -> dict[str, Person]:
    """Read people by name; `#` begins a comment. Raises BadSetup with the problem of every line."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as reason:
        hint = "a text file that the console may read"
        raise BadSetup([Problem(f"people cannot be read: {reason}", f"{file}", hint)]) from None
    people, problems = {}, []
    for number, line in enumerate(lines, 1):
        parts = line.partition("#")[0].split()
        if parts:
            problems += _wrong(parts, people, f"{file}:{number}")
            people[parts[0]] = Person(*(*parts, "", "")[:3])
    if problems:
        raise BadSetup(problems)
    return people


def _wrong(parts: list[str], known: dict[str, Person], place: str) -> Iterator[Problem]:
    hint = "a line is `name role` or `name role digest`"
    if len(parts) not in (2, 3):
        yield Problem(f"expected two or three words, got {len(parts)}", place, hint)
        return
    if not _NAME.fullmatch(parts[0]):
        yield Problem(f"`{parts[0]}` is no name of letters, digits and `._@+-`", place, hint)
    if parts[0] in known:
        yield Problem(f"`{parts[0]}` is there twice", place, "leave one")
    if parts[1] not in ROLES:
        yield Problem(f"unknown role `{parts[1]}`{did_you_mean(parts[1], ROLES)}", place, f"one of {', '.join(ROLES)}")
    if len(parts) == 3 and not _DIGEST.fullmatch(parts[2]):
        yield Problem("expected the SHA-256 of a token in 64 hex digits", place, "printf %s TOKEN | sha256sum")
