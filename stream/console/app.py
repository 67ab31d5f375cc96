"""The web application: a request in, who asks and what for, a page out, and the headers that guard it.

Pages are functions of `Asked` (`live_page.py` and its like); all that is alike for every one of them is here.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from stream.console import listing_page, live_page, models_page, policy_page, protection_page, review_page
from stream.console.access import SESSION, Access
from stream.console.asked import Asked, Onward, Page
from stream.console.desk import Desk
from stream.console.limits import Limit
from stream.console.shown import FILTERS
from stream.console.texts import LANGUAGES, conflicts_of, texts_of

HERE = Path(__file__).parent
FORM_BYTES = 64 * 1024
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}


class _Way(NamedTuple):
    """A path, the page behind it, the role it asks for; a form is posted and must be ours."""

    path: str
    page: Callable[[Asked, Desk], Page | Onward]
    role: str = "view"
    form: bool = False


_WAYS = (
    _Way("/", live_page.live),
    _Way("/live", live_page.board),
    _Way("/listing", listing_page.listing),
    _Way("/listing/what-if", listing_page.what_if, "review", form=True),
    _Way("/review", review_page.review, "review"),
    _Way("/review/answer", review_page.answer, "review", form=True),
    _Way("/review/skip", review_page.skip, "review", form=True),
    _Way("/review/again", review_page.ask_again, "review", form=True),
    _Way("/review/undo", review_page.undo, "review", form=True),
    _Way("/review/hold", review_page.hold, "review", form=True),
    _Way("/policy", policy_page.policy),
    _Way("/models", models_page.models),
    _Way("/protection", protection_page.protection),
)


@dataclass(frozen=True)
class _House:
    """What every request needs."""

    desk: Desk
    access: Access
    templates: Environment
    asks: Limit
    sign_ins: Limit


def make_app(desk: Desk, access: Access) -> Starlette:
    """Compose the application."""
    house = _House(desk, access, _templates(), Limit(20, 80), Limit(0.1, 5))
    routes = [Route(way.path, _endpoint(house, way), methods=["POST" if way.form else "GET"]) for way in _WAYS]
    routes += [
        Route("/sign-in", _sign_in(house), methods=["GET", "POST"]),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    return _Guarded(Starlette(routes=routes, exception_handlers={404: _plain(404), 405: _plain(405)}))


class _Guarded:
    """Puts the headers that guard a page on every answer, refusals and files too."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    async def __call__(self, scope, receive, send) -> None:
        async def guarded(message) -> None:
            if message["type"] == "http.response.start":
                named = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", ()), *named]
            await send(message)

        await self._app(scope, receive, guarded)


def _endpoint(house: _House, way: _Way):
    async def answer(request: Request) -> Response:
        address = request.client.host if request.client else ""
        person = house.access.person_of(address, request.headers, request.cookies)
        if not house.asks.allows(person.name if person and person.name != "local" else address, time.monotonic()):
            return Response("too many requests", 429)
        if person is None:
            return RedirectResponse("/sign-in", 303) if house.access.tokens else Response("not let in", 403)
        form = await _form(request) if way.form else {}
        if form is None:
            return Response("too much", 413)
        if not person.may(way.role) or (way.form and not house.access.believes(person, form.get("mark", ""))):
            return Response("not let in", 403)
        asked = Asked(person, dict(request.query_params), form, _language(request), house.access.mark(person))
        page = await run_in_threadpool(way.page, asked, house.desk)
        if isinstance(page, Onward):
            return RedirectResponse(page.to, 303)
        return _rendered(house, request, asked, page)

    return answer


def _sign_in(house: _House):
    async def answer(request: Request) -> Response:
        address, wrong = request.client.host if request.client else "", False
        if request.method == "POST":
            if not house.sign_ins.allows(address, time.monotonic()):
                return Response("too many requests", 429)
            cookie = house.access.sign_in((await _form(request) or {}).get("token", ""))
            if cookie is not None:
                response = RedirectResponse("/", 303)
                secure = request.url.scheme == "https"
                response.set_cookie(SESSION, cookie, httponly=True, samesite="strict", secure=secure)
                return response
            wrong = True
        page = Page("sign_in.html", {"wrong": wrong}, 403 if wrong else 200)
        return _rendered(house, request, Asked(None, {}, {}, _language(request), ""), page)

    return answer


async def _form(request: Request) -> dict[str, str] | None:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_BYTES:
            return None
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100))


def _rendered(house: _House, request: Request, asked: Asked, page: Page) -> Response:
    words: Mapping[str, Any] = {
        "t": texts_of(asked.language),
        "conflicts": conflicts_of(asked.language),
        "asked": asked,
        "here": request.url.path,
        "address": lambda language: f"?{_query(request, language)}",
        **page.words,
    }
    response = HTMLResponse(house.templates.get_template(page.template).render(words), page.status)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie("lang", asked.language, samesite="strict", max_age=31_536_000)
    return response


def _query(request: Request, language: str) -> str:
    kept = {**request.query_params, "lang": language}
    return "&".join(f"{quote(name)}={quote(value)}" for name, value in kept.items())


def _language(request: Request) -> str:
    preferred = request.headers.get("accept-language", "")[:2]
    asked = (request.query_params.get("lang"), request.cookies.get("lang"), preferred)
    return next((language for language in asked if language in LANGUAGES), "en")


def _plain(status: int):
    async def answer(request: Request, reason: Exception) -> Response:
        return Response({404: "not found", 405: "not allowed"}[status], status)

    return answer


def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment
