"""The worker: a stock Faust app on our transport. Runs in, the pipeline, outputs held by the brokers, then the commit.

A run is decided and published whole, then acknowledged; whatever goes wrong before leaves its offset uncommitted and
ends the process, and the next worker decides the run again. It knows how to wait and when to stop; what a record
means is the pipeline's.
"""

import asyncio
import time
from collections import Counter as Tally
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

import faust
import structlog
from faust.app.base import BootStrategy
from faust.types import TP
from mode import CrashingSupervisor, ServiceT

from stream.contract.answer import Labels
from stream.contract.instant import Instant, instant_at
from stream.contract.outcome import Outcome
from stream.contract.record import Record
from stream.engines import transport
from stream.engines.before_start import check_brokers
from stream.engines.collector import spare_the_collector
from stream.engines.decisions_log import DecisionsLog
from stream.engines.health import serve_health, web_port
from stream.engines.labels_log import LabelsLog
from stream.engines.live import Live
from stream.engines.logs import configure_logs
from stream.engines.metrics import LabelCounts, Lag, Metrics, OrderSizes
from stream.engines.order import Order, Past
from stream.engines.outputs import Outputs, Publisher, output_topics
from stream.engines.overruling import LabelsTopic, Overruling
from stream.engines.rights import writer_of
from stream.engines.security import connection, credentials
from stream.engines.under_way import UnderWay
from stream.engines.warm_up import warm_engine
from stream.settings import Settings

# A worker that dies is missed after this long, and its partitions go to the others.
SESSION_SECONDS = 20.0
# What a worker that is killed has decided but not committed is decided again: about this much.
COMMIT_SECONDS = 1.0
# Runs that wait in memory. Enough that the pipeline never waits for a fetch.
RUNS_WAITING = 4
REPORT_SECONDS = 30.0

log = structlog.get_logger("keran.worker")


class Decides(Protocol):
    """What the worker needs of the pipeline."""

    @property
    def clusters(self) -> Collection[str]:
        """The clusters of the model in force."""

    def run(self, records: Sequence[Record], as_of: Instant, *, labels: Labels) -> list[Outcome]:
        """Give exactly one outcome a record, in order; `labels` overrule the model."""


class App(faust.App):
    """A Faust app whose outputs start before its consumer and stop after it; it has no tables and so no folders."""

    outputs: Any
    order: Order
    overruling: Overruling
    live: Live | None = None

    class BootStrategy(BootStrategy):
        """Faust's own order of services, with our outputs and our order beside its producer."""

        def kafka_producer(self) -> Iterable[ServiceT]:
            """Give Faust's producer, ours, the order guard, which fences through it, the labels, and what is live."""
            live = [] if self.app.live is None else [self.app.live]
            return [*super().kafka_producer(), self.app.outputs, self.app.order, self.app.overruling, *live]

    def _create_directories(self) -> None:
        pass


def build_app(
    settings: Settings,
    pipeline: Decides,
    *,
    outputs: Publisher | None = None,
    past: Past | None = None,
    labels: LabelsTopic | None = None,
) -> App:
    """Give the Faust app of one worker, not started; `outputs`, `past` and `labels` stand in for Kafka's, in tests.

    Raises BadSetup where its port is taken or a certificate cannot be used.
    """
    transport.register()
    app = App(
        settings.group,
        broker=[f"{transport.SCHEME}://{address}" for address in settings.broker.split(",")],
        broker_credentials=credentials(settings),
        broker_client_id=f"{settings.group}-worker",
        broker_commit_interval=COMMIT_SECONDS,
        broker_session_timeout=SESSION_SECONDS,
        broker_max_poll_records=settings.run_rows,
        consumer_max_fetch_size=settings.run_bytes,
        stream_buffer_maxsize=RUNS_WAITING,
        stream_wait_empty=True,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_bind=settings.http_host,
        web_port=web_port(settings),
        web_tables_enabled=False,
        web_router_enabled=False,
        autodiscover=False,
    )
    ordered = settings.order == "event"
    writer = writer_of(settings) if ordered else None
    app.outputs = outputs or Outputs(
        output_topics(settings), connection(settings, f"{settings.group}-outputs"), writer=writer
    )
    past = past or DecisionsLog(settings.topic_decisions, connection(settings, f"{settings.group}-order"))
    app.order = Order(past if ordered else None, app.outputs, settings.removal_retention)
    labels = labels or LabelsLog(settings.topic_labels, connection(settings, f"{settings.group}-labels"))
    app.overruling = Overruling(labels if settings.labels == "overrule" else None, lambda: pipeline.clusters)
    metrics = Metrics()
    metrics.registry.register(Lag(lambda: app.consumer.lag()))
    metrics.registry.register(OrderSizes(app.order.sizes))
    metrics.registry.register(LabelCounts(app.overruling))
    if isinstance(pipeline, Live):
        app.live = pipeline
        pipeline.register(metrics.registry)
    serve_health(app, metrics)
    _decide_runs(app, settings, pipeline, metrics)
    return app


def _decide_runs(app: App, settings: Settings, pipeline: Decides, metrics: Metrics) -> None:
    # One stream of both topics: a listing is never decided twice at once.
    listings = app.topic(settings.topic_listings, settings.topic_redecide, schema=transport.RunSchema())
    since_report: Tally[tuple[str, str]] = Tally()

    @app.agent(listings, name="decide", concurrency=1, supervisor_strategy=CrashingSupervisor)
    async def decide(stream: faust.Stream) -> None:
        async with UnderWay() as under_way:
            async for event in stream.noack().events():
                partition, asked = event.message.partition, event.message.topic == settings.topic_redecide
                await under_way.room_for(partition)
                ready = await app.overruling.is_ready(partition, event.value, asked=asked)
                # Last: nothing may be waited for between these and the guard.
                if not (ready and await app.order.is_ours(partition) and app.consumer.begin(event.message)):
                    app.consumer.give_back(event.message)
                    continue
                under_way.send(partition, publish(stream, event, decide_run(event)))

    def decide_run(event: faust.EventT) -> list[Outcome]:
        records, message = event.value, event.message
        with metrics.deciding.time():
            labels = app.overruling.of(message.partition)
            outcomes = pipeline.run(records, settings.as_of or _now(), labels=labels)
        if len(outcomes) != len(records):
            raise RuntimeError(f"the pipeline gave {len(outcomes)} outcomes for {len(records)} records")
        return app.order.guard(message.partition, records, outcomes, asked=message.topic == settings.topic_redecide)

    async def publish(stream: faust.Stream, event: faust.EventT, outcomes: list[Outcome]) -> None:
        with metrics.publishing.time():
            await app.outputs.publish(outcomes, event.message.partition)
        app.consumer.note_decided(event.message)
        await stream.ack(event)
        app.consumer.take_turn()
        since_report.update(metrics.count(event.value, outcomes))

    @app.on_partitions_assigned.connect
    async def tell_share(app: App, assigned: Iterable[TP], **kwargs: Any) -> None:
        log.info("share", partitions=sorted({tp.partition for tp in assigned}))

    @app.timer(REPORT_SECONDS)
    async def report() -> None:
        if since_report:
            outcomes = {f"{kind}.{what}" if what else kind: count for (kind, what), count in since_report.items()}
            log.info("decided", seconds=REPORT_SECONDS, outcomes=outcomes, lag=sum(app.consumer.lag().values()))
            since_report.clear()


def _now() -> Instant:
    return instant_at(time.time_ns() // 1000)


def run_worker(settings: Settings, pipeline: Decides) -> int:
    """Run a worker until it is told to stop (SIGTERM, SIGINT) or cannot go on; give the process's exit code.

    0: stopped, and everything it had decided is committed. 1: it could not go on, and the log says why; nothing
    undecided is committed, so start it again. Raises BadSetup before anything starts, also where a right or a
    topic is missing.
    """
    configure_logs(settings)
    log.info("loaded")
    asyncio.run(check_brokers(settings))
    log.info("brokers checked")
    # Before the group counts on this worker: uncompiled, it takes ten seconds, else half a one. A pair comes warmed.
    warm_engine(order=settings.order == "event")
    spare_the_collector()
    asyncio.set_event_loop(asyncio.new_event_loop())
    app = build_app(settings, pipeline)
    worker = app.Worker(override_logging=False, redirect_stdouts=False, quiet=True)
    worker.spinner = None
    log.info(
        "starting",
        broker=settings.broker,
        group=settings.group,
        listings=settings.topic_listings,
        http_port=app.conf.web_port,
    )
    try:
        worker.execute_from_commandline()
    except SystemExit as stopped:
        log.info("stopped", code=stopped.code)
        return int(stopped.code or 0)
