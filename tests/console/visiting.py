"""A visitor of an ASGI application: one request at a time, cookies kept, from any address."""

import asyncio
from http.cookies import SimpleCookie
from typing import NamedTuple


class Answer(NamedTuple):
    status_code: int
    headers: dict[str, str]
    text: str


class Visitor:
    """Asks an application as a browser would, and follows no redirect."""

    def __init__(self, app, host: str, client: str) -> None:
        self._app, self._host, self._client = app, host, client
        self.cookies: dict[str, str] = {}

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return asyncio.run(self._ask("GET", path, headers or {}, b""))

    def post(self, path: str, content: str | bytes, headers: dict[str, str] | None = None) -> Answer:
        body = content.encode() if isinstance(content, str) else content
        return asyncio.run(self._ask("POST", path, headers or {}, body))

    async def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        bare, _, query = path.partition("?")
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = {"host": self._host, **({"cookie": cookie} if cookie else {}), **headers}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": bare,
            "raw_path": bare.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
            "client": (self._client, 5),
            "server": ("127.0.0.1", 80),
        }
        sent = []

        bodies = [body]

        async def receive():
            if not bodies:  # nobody hangs up
                await asyncio.Event().wait()
            bodies.pop()
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return self._answer(sent)

    def _answer(self, sent: list[dict]) -> Answer:
        pairs = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
        for value in (value for name, value in pairs if name == "set-cookie"):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(value).items()}
        text = b"".join(part.get("body", b"") for part in sent[1:]).decode()
        return Answer(sent[0]["status"], dict(pairs), text)
