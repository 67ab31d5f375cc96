"""Quix Streams as its documentation shows it: a streaming dataframe, one event at a time, values as JSON.

    python -m benchmarks.contenders.quix sklearn|keran

It hands over single events, and its count windows are kept by key and with a changelog, so nothing can be classified a
batch at a time. In its favour: sends linger for 20 ms and in batches of up to 1 MB, no topic is looked for that is
there, logs are warnings only, and offsets are committed each second, as the others do, while 5 s is its default.
"""

import os
import sys

from quixstreams import Application

from benchmarks.contenders.rule import PREDICTORS, write


def run(predictor: str) -> None:
    """Decide what comes until SIGTERM, with `sklearn` or `keran` for a classifier."""
    clusters, predict = PREDICTORS[predictor]()
    app = Application(
        broker_address=os.environ["KERAN_BROKER"],
        consumer_group=os.environ["KERAN_GROUP"],
        commit_interval=1.0,
        auto_create_topics=False,
        loglevel="WARNING",
        consumer_extra_config={"isolation.level": "read_committed"},
        producer_extra_config={"acks": "all", "linger.ms": 20, "batch.size": 1_000_000},
        state_dir=os.environ["F_DATADIR"],
    )
    listings = app.topic(os.environ["KERAN_TOPIC_LISTINGS"], key_deserializer="bytes", value_deserializer="json")
    decisions = app.topic(os.environ["KERAN_TOPIC_DECISIONS"], key_serializer="bytes", value_serializer="json")
    frame = app.dataframe(listings)
    frame = frame.apply(lambda event: write(event, clusters, predict([event["listing"]["title"]])[0]))
    frame.to_topic(decisions)
    app.run()


if __name__ == "__main__":
    run(sys.argv[1])
