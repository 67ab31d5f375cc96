"""The compose file's own script, on Apache Kafka: the topics that it makes, with the settings that it gives them."""

import os
import shlex
import subprocess

import pytest
import yaml

from tests.conftest import ROOT

pytestmark = pytest.mark.kafka

# Where the image keeps the tool, and which class it runs.
TOOL, CLASS = "/opt/kafka/bin/kafka-topics.sh", "org.apache.kafka.tools.TopicCommand"


def test_the_script_of_the_compose_file_makes_its_topics(kafka, tmp_path):
    """Run as it stands, but for the image's path of the tool, the broker's address and names of this test's own."""
    shell, flags, script = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["topics"]["command"]
    tool = tmp_path / "kafka-topics.sh"
    tool.write_text(f'#!/bin/bash\nexec java -cp {shlex.quote(f"{kafka.jars}/*")} {CLASS} "$@"\n')
    tool.chmod(0o755)
    # Compose reads `$$` as `$`.
    script = (
        script.replace("$$", "$")
        .replace(TOOL, str(tool))
        .replace("kafka:9092", kafka.address)
        .replace("--topic ", "--topic compose.")
    )
    run = subprocess.run([shell, flags, script], capture_output=True, text=True, env=os.environ, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    made = kafka.tool(CLASS, "--describe")
    for name in (
        "listings",
        "listings.redecide",
        "decisions",
        "reviews",
        "listings.dead",
        "control",
        "shadow",
        "labels",
    ):
        (line,) = [line for line in made.splitlines() if line.startswith(f"Topic: compose.{name}\t")]
        assert "PartitionCount: 4" in line
        # A removal is remembered for 30 days.
        assert ("delete.retention.ms=2592000000" in line) == (name == "decisions")
        assert ("cleanup.policy=compact" in line) == (name in ("decisions", "reviews", "control", "labels"))
