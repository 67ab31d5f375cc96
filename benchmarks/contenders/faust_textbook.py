"""What the Faust documentation suggests: a stock app, one agent, one event at a time, values as JSON.

In its favour: no web server, no model class for the values, a decision of five fields, and sends whose delivery nobody
waits for (`await topic.send` returns once the producer has the record, as in the documentation). All settings are
Faust's defaults, acks=all among them; lingering sends would make it a tenth faster.
"""

import os

import faust

from benchmarks.contenders.rule import load_pipeline, write

app = faust.App(os.environ["KERAN_GROUP"], broker=f"kafka://{os.environ['KERAN_BROKER']}")
listings = app.topic(os.environ["KERAN_TOPIC_LISTINGS"], value_serializer="json")
decisions = app.topic(os.environ["KERAN_TOPIC_DECISIONS"], value_serializer="json")
pipeline = load_pipeline()


@app.agent(listings)
async def decide(stream):
    async for event in stream:
        scores = pipeline.predict_proba([event["listing"]["title"]])[0]
        await decisions.send(key=event["listing"]["id"], value=write(event, pipeline.classes_, scores))


if __name__ == "__main__":
    app.main()
