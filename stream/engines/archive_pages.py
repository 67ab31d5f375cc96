"""`/live`, `/ready` and `/metrics` of the archiver."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.process_collector import ProcessCollector

from stream.settings import Settings

_LABELS = ("partition",)


class ArchiveMetrics:
    """One archiver's counts, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        kept = {"registry": self.registry}
        self.records = Counter("keran_archive_records", "Records whose segment the disk holds", _LABELS, **kept)
        self.segments = Counter("keran_archive_segments", "Segments written", _LABELS, **kept)
        self.absent = Counter("keran_archive_absent_offsets", "Offsets that no record was read at", _LABELS, **kept)
        self.lag = Gauge("keran_archive_lag_seconds", "Age of the oldest record that no segment holds", _LABELS, **kept)
        self.alarm = Gauge("keran_archive_alarm", "1 while the lag is over half of `min.compaction.lag.ms`", **kept)
        ProcessCollector(registry=self.registry)


@asynccontextmanager
async def pages(
    settings: Settings, metrics: ArchiveMetrics, not_ready: Callable[[], Sequence[str]], port: int
) -> AsyncIterator[None]:
    """Serve the pages while the archiver runs."""

    async def live(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "reasons": []})

    async def ready(request: web.Request) -> web.Response:
        reasons = list(not_ready())
        return web.json_response({"ok": not reasons, "reasons": reasons}, status=503 if reasons else 200)

    async def scrape(request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(metrics.registry), content_type="text/plain")

    app = web.Application()
    app.add_routes([web.get("/live", live), web.get("/ready", ready), web.get("/metrics", scrape)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, settings.http_host, port).start()
    try:
        yield
    finally:
        await runner.cleanup()
