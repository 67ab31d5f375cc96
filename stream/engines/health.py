"""`/live`, `/ready` and `/metrics`: what an orchestrator asks before it restarts the worker or counts on it."""

import socket
from collections.abc import Iterator

import faust
from faust import web

from stream.engines.metrics import Metrics
from stream.problems import BadSetup, Problem
from stream.settings import Settings

# Neither a fetch turn nor a finished run for so long: something hangs that only a restart mends. Brokers that are
# away do not count, since fetching takes its turns without them.
STUCK_SECONDS = 300.0


def web_port(settings: Settings) -> int:
    """Give the port to listen on, a free one where the settings say 0. Raises BadSetup where it is taken."""
    try:
        with socket.create_server((settings.http_host, settings.http_port)) as listening:
            return listening.getsockname()[1]
    except OSError as reason:
        found = f"cannot listen on `{settings.http_host}:{settings.http_port}`: {reason.strerror or reason}"
        hint = "free it, or choose another; 0 takes a free one"
        raise BadSetup([Problem(found, "environment, `KERAN_HTTP_PORT`", hint)]) from reason


def not_live(app: faust.App) -> Iterator[str]:
    """Give the reasons why this worker should be restarted; none when it should be let alone."""
    if app.crashed:
        yield "crashed"
    idle = app.consumer.idle_seconds()
    if idle > STUCK_SECONDS:
        yield f"no turn of the consumer for {idle:.0f} s"


def not_ready(app: faust.App) -> Iterator[str]:
    """Give the reasons why this worker decides nothing at the moment; none when it takes its share of the listings."""
    if app.should_stop:
        yield "stopping"
    if not app.outputs.started:
        yield "not connected to the output topics"
    if app.rebalancing or not app.flow_control.is_active():
        yield "waiting for the group to share out the partitions"
    yield from app.order.incomplete()
    yield from app.overruling.incomplete()


def serve_health(app: faust.App, metrics: Metrics) -> None:
    """Add the pages to the worker's web server: 200 when well, 503 with the reasons when not."""

    @app.page("/live")
    async def live(self: web.View, request: web.Request) -> web.Response:
        return _answer(self, list(not_live(app)))

    @app.page("/ready")
    async def ready(self: web.View, request: web.Request) -> web.Response:
        return _answer(self, list(not_ready(app)))

    @app.page("/metrics")
    async def scrape(self: web.View, request: web.Request) -> web.Response:
        return self.bytes(metrics.text(), content_type="text/plain")


def _answer(view: web.View, reasons: list[str]) -> web.Response:
    return view.json({"ok": not reasons, "reasons": reasons}, status=503 if reasons else 200)
