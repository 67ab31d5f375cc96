"""The policy desk of a play: a control topic, a shelf of two models, and `keran live publish` to swap what is live.

It knows which pairs there are and how to publish one; what workers make of it is theirs.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.chaos.cluster import Cluster
from tests.conftest import ROOT
from tests.kafka.clients import Stage
from tests.live.making import CHALLENGER, CHAMPION, make_shelf

# Models and policies that are made live in turn: of each part every other one changes.
PAIRS = ((CHALLENGER, "policies"), (CHALLENGER, "policies/examples"), (CHAMPION, "policies"))
# A broker may be away while it is published.
ATTEMPTS = 5


class Desk:
    """Publishes from the tests' side of the network, past the doors that faults close to workers."""

    def __init__(self, cluster: Cluster, stage: Stage, shelf: Path) -> None:
        self._cluster, self._stage, self._shelf = cluster, stage, shelf

    async def open(self) -> None:
        """Fill the shelf, and make the topics."""
        make_shelf(self._shelf)
        copies = self._cluster.replication
        topics = [
            NewTopic(self._settings()["KERAN_TOPIC_CONTROL"], 1, copies, topic_configs={"cleanup.policy": "compact"}),
            NewTopic(self._settings()["KERAN_TOPIC_SHADOW"], 1, copies),
        ]
        admin = AIOKafkaAdminClient(bootstrap_servers=self._cluster.address)
        await admin.start()
        try:
            await admin.create_topics(topics)
        finally:
            await admin.close()

    def environment(self) -> dict[str, str]:
        """Give what a worker needs to follow it; until something is published it decides by its own folders."""
        return {**self._settings(), "KERAN_LIVE": "control", "KERAN_MODEL": CHAMPION, "KERAN_POLICIES": "policies"}

    async def publish(self, turn: int) -> None:
        """Make a pair live. Raises AssertionError where it cannot be published."""
        model, policies = PAIRS[turn % len(PAIRS)]
        command = [
            sys.executable,
            "-m",
            "stream.cli",
            "live",
            "publish",
            "--model",
            model,
            "--policy",
            policies,
            "--by",
            "chaos",
        ]
        told = ""
        for _ in range(ATTEMPTS):
            run = await asyncio.to_thread(
                subprocess.run, command, cwd=ROOT, env=self._own(), capture_output=True, text=True, check=False
            )
            if run.returncode == 0:
                return
            told = run.stdout + run.stderr
        raise AssertionError(f"`{' '.join(command)}` failed {ATTEMPTS} times: {told}")

    def _settings(self) -> dict[str, str]:
        group = self._stage.group
        return {
            "KERAN_TOPIC_CONTROL": f"{group}.control",
            "KERAN_TOPIC_SHADOW": f"{group}.shadow",
            "KERAN_SHELF": str(self._shelf),
        }

    def _own(self) -> Mapping[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
        return {**inherited, **self._stage.environment(), **self._settings(), "KERAN_BROKER": self._cluster.address}
