"""What one turns to when the textbook is too slow: the same with `take`, and one vectorised `predict_proba` a batch.

Tuned where it pays: sends linger for 50 ms, which makes fewer and larger requests (a quarter faster; larger batches and
a larger stream buffer brought nothing more). `take` is 1,000, the sends are the documentation's.
"""

import os

import faust

from benchmarks.contenders.rule import load_pipeline, write

app = faust.App(os.environ["KERAN_GROUP"], broker=f"kafka://{os.environ['KERAN_BROKER']}", producer_linger=0.05)
listings = app.topic(os.environ["KERAN_TOPIC_LISTINGS"], value_serializer="json")
decisions = app.topic(os.environ["KERAN_TOPIC_DECISIONS"], value_serializer="json")
pipeline = load_pipeline()


@app.agent(listings)
async def decide(stream):
    async for events in stream.take(1000, within=0.5):
        batch = pipeline.predict_proba([event["listing"]["title"] for event in events])
        for event, scores in zip(events, batch, strict=True):
            await decisions.send(key=event["listing"]["id"], value=write(event, pipeline.classes_, scores))


if __name__ == "__main__":
    app.main()
