"""What no worker on this client can pass: each record's key and value to the output as they came, no work between."""

from benchmarks.contenders.consume_loop import run

if __name__ == "__main__":
    run(lambda records: [(record.key(), record.value()) for record in records])
