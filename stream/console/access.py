"""Who asks, and whether they may: an address, headers and cookies in, a person out; and sessions and CSRF marks.

Off loopback nothing is served without one of two ways to know who asks: a header of a reverse proxy at a known address,
or tokens. On loopback, with neither set up, whoever is on this machine may do everything, under the name `local`.
"""

import hmac
import secrets
import time
from collections.abc import Mapping
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from stream.console.people import Person, load_people
from stream.problems import BadSetup, Problem, gathered
from stream.settings import Settings

LOCAL = Person("local", "policy")
SESSION, SESSION_SECONDS = "keran-session", 12 * 3600
_LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}

Network = IPv4Network | IPv6Network


class Access:
    """How people are known. What is signed here holds as long as the process: a restart signs everybody out."""

    def __init__(self, people: Mapping[str, Person], header: str | None = None, proxies: tuple[Network, ...] = ()):
        self._people, self._header, self._proxies = people, header, proxies
        self._secret = secrets.token_bytes(32)
        self.tokens = any(person.digest for person in people.values())
        self.open = header is None and not self.tokens

    def person_of(self, address: str, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Person | None:
        """Give who asks; None where they must sign in, or where an open console is asked for by another's name."""
        if self.open:
            return LOCAL if headers.get("host", "").lower().removesuffix(_port(headers)) in _LOCAL_HOSTS else None
        named = headers.get(self._header.lower()) if self._header and self._trusted(address) else None
        if named:
            return self._people.get(named, Person(named[:100], "view"))
        return self._of_session(cookies.get(SESSION, ""))

    def sign_in(self, token: str) -> str | None:
        """Give a session's cookie for a token, None where nobody has it."""
        digest = sha256(token.encode("utf-8", "replace")).hexdigest()
        holders = (person for person in self._people.values() if person.digest)
        found = [person for person in holders if hmac.compare_digest(person.digest, digest)]
        if not found:
            return None
        said = f"{found[0].name}|{int(time.time()) + SESSION_SECONDS}"
        return f"{said}|{self._sign('session', said)}"

    def mark(self, person: Person) -> str:
        """Give what a form must bring back to be believed (CSRF)."""
        return self._sign("form", person.name)

    def believes(self, person: Person, mark: str) -> bool:
        """Tell whether a form was ours."""
        return hmac.compare_digest(self.mark(person).encode(), mark.encode("utf-8", "replace"))

    def _trusted(self, address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in self._proxies)
        except ValueError:
            return False

    def _of_session(self, cookie: str) -> Person | None:
        said, _, signature = cookie.rpartition("|")
        name, _, until = said.partition("|")
        if not hmac.compare_digest(self._sign("session", said).encode(), signature.encode("utf-8", "replace")):
            return None
        return self._people.get(name) if int(until) > time.time() else None

    def _sign(self, purpose: str, said: str) -> str:
        return hmac.new(self._secret, f"{purpose}|{said}".encode("utf-8", "replace"), "sha256").hexdigest()


def _port(headers: Mapping[str, str]) -> str:
    host = headers.get("host", "")
    _, colon, port = host.rpartition(":")
    return f":{port}" if colon and port.isdigit() else "\0"


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_access(settings: Settings, host: str) -> Access:
    """Give how people are known by the settings. Raises BadSetup with all problems, an open door among them."""
    problems: list[Problem] = []
    people = gathered(problems, lambda: load_people(settings.console_people)) if settings.console_people else {}
    proxies = tuple(found for word in _words(settings.console_proxies) if (found := _network(word, problems)))
    if bool(settings.console_header) != bool(_words(settings.console_proxies)):
        message = "a header and the proxies that it is believed from go together, got one of them"
        place = "environment, `KERAN_CONSOLE_HEADER` and `KERAN_CONSOLE_PROXIES`"
        problems.append(Problem(message, place, "set both, or neither"))
    access = Access(people or {}, settings.console_header, proxies)
    if access.open and not is_loopback(host) and not problems:
        problems.append(_open_door(host))
    if problems:
        raise BadSetup(problems)
    return access


def _open_door(host: str) -> Problem:
    return Problem(
        f"`{host}` can be reached from other machines, and nobody would have to say who they are",
        "command line, `--host`",
        "set `KERAN_CONSOLE_PEOPLE` to a file with tokens, or `KERAN_CONSOLE_HEADER` and `KERAN_CONSOLE_PROXIES`",
    )


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _network(word: str, problems: list[Problem]) -> Network | None:
    try:
        return ip_network(word, strict=False)
    except ValueError:
        place = "environment, `KERAN_CONSOLE_PROXIES`"
        problems.append(Problem(f"expected an address or a network, got `{word}`", place, "such as `10.0.0.0/8`"))
        return None
