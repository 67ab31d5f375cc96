"""Bytewax as its documentation shows it, with the one operator that takes a batch whole, `flat_map_batch`.

    python -m bytewax.run benchmarks.contenders.bytewax_flow:sklearn|keran

In its favour: batches of 5,000, orjson, lingering sends. Bytewax keeps offsets in a recovery store of its own; so that
they are on the broker as everybody's, the client beneath commits what it has handed over, each second, whether or not
its outputs have arrived: less than what the others promise.
"""

import os
from collections.abc import Callable, Iterable

import orjson
from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from confluent_kafka import OFFSET_STORED

from benchmarks.contenders.rule import PREDICTORS, write

ROWS = 5_000


def _flow(predictor: str) -> Dataflow:
    brokers = [os.environ["KERAN_BROKER"]]
    consuming = {
        "group.id": os.environ["KERAN_GROUP"],
        "enable.auto.commit": "true",
        "auto.commit.interval.ms": "1000",
        "isolation.level": "read_committed",
    }
    sending = {"acks": "all", "linger.ms": "20", "batch.size": "1000000", "partitioner": "murmur2_random"}
    flow = Dataflow(f"decide-{predictor}")
    topics = [os.environ["KERAN_TOPIC_LISTINGS"]]
    source = KafkaSource(brokers, topics, starting_offset=OFFSET_STORED, add_config=consuming, batch_size=ROWS)
    decided = op.flat_map_batch("decide", op.input("listings", flow, source), _decide_with(predictor))
    op.output("decisions", decided, KafkaSink(brokers, os.environ["KERAN_TOPIC_DECISIONS"], add_config=sending))
    return flow


def _decide_with(predictor: str) -> Callable[[list[KafkaSourceMessage]], Iterable[KafkaSinkMessage]]:
    clusters, predict = PREDICTORS[predictor]()

    def decide(records: list[KafkaSourceMessage]) -> Iterable[KafkaSinkMessage]:
        events = [orjson.loads(record.value) for record in records]
        batch = predict([event["listing"]["title"] for event in events])
        decided = (orjson.dumps(write(event, clusters, scores)) for event, scores in zip(events, batch, strict=True))
        return [KafkaSinkMessage(record.key, value) for record, value in zip(records, decided, strict=True)]

    return decide


def sklearn() -> Dataflow:
    """Give the flow with the shelf's scikit-learn pipeline."""
    return _flow("sklearn")


def keran() -> Dataflow:
    """Give the flow with our classifier."""
    return _flow("keran")
