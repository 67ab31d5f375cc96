"""What a good engineer writes without a framework: consumed batches, orjson, one `predict_proba` a batch.

The pipeline is the shelf's fitted scikit-learn one, which has Keran's own compiled features inside. The character
TF-IDF of a tutorial is slower (`make bench-classifiers`), so this loop is the harder one to beat.
"""

from collections.abc import Sequence

import orjson
from confluent_kafka import Message

from benchmarks.contenders.consume_loop import run
from benchmarks.contenders.rule import PREDICTORS, write

clusters, predict = PREDICTORS["sklearn"]()


def decide(records: Sequence[Message]) -> list[tuple[bytes | None, bytes]]:
    """Give a decision a record, under the record's key."""
    events = [orjson.loads(record.value()) for record in records]
    batch = predict([event["listing"]["title"] for event in events])
    decided = [write(event, clusters, scores) for event, scores in zip(events, batch, strict=True)]
    return [(record.key(), orjson.dumps(decision)) for record, decision in zip(records, decided, strict=True)]


if __name__ == "__main__":
    run(decide)
