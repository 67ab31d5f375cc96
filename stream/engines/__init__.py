"""The edge: runtimes that bring records to the pipeline and its outcomes away. Only here is a Kafka client imported."""
