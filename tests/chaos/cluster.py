"""Apache Kafka on loopback as a cluster whose brokers can be killed, stopped, restarted and reached badly, each by itself.

One or three KRaft nodes, broker and controller in one process, each with its own folder that outlives the process. The tests' own
clients use the plain listener; workers come in by a listener that asks for a name, through a proxy a broker. It knows nothing of
Keran.
"""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.proxy import Network, Proxy
from tests.kafka.broker import (
    CLUSTER,
    LOGIN,
    PASSWORD,
    START_SECONDS,
    STOP_SECONDS,
    USER,
    NoKafka,
    find_jars,
    free_ports,
    run_java,
)

# Longer than any fault takes a broker away for: so long is asked again for what a broker that is away cannot do.
PATIENT_SECONDS = 120.0

# Three of them on a machine of two cores: a small heap and the collector that has no threads of its own.
JAVA = (
    "java",
    "-Xmx320m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)

# Sessions are short so that a broker that is gone is missed in seconds, as are leaders.
PROPERTIES = """
process.roles=broker,controller
node.id={number}
controller.quorum.voters={voters}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},NAMED://127.0.0.1:{named},CONTROLLER://127.0.0.1:{control}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},NAMED://127.0.0.1:{door}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,NAMED:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.named.plain.sasl.jaas.config={login}.plain.PlainLoginModule required user_{user}="{password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=true
log.dirs={folder}/log
auto.create.topics.enable=false
auto.leader.rebalance.enable=false
default.replication.factor={replication}
min.insync.replicas={insync}
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
replica.lag.time.max.ms=5000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.topic.num.partitions=3
offsets.topic.replication.factor={replication}
transaction.state.log.num.partitions=3
transaction.state.log.replication.factor={replication}
transaction.state.log.min.isr={insync}
transaction.max.timeout.ms=900000
share.coordinator.state.topic.replication.factor={replication}
share.coordinator.state.topic.min.isr={insync}
log.cleaner.backoff.ms=1000
log.cleaner.dedupe.buffer.size=4000000
log.cleaner.threads=1
num.network.threads=2
num.io.threads=4
"""


class Broker:
    """One node: its ports, its folder, its door and, while it runs, its process."""

    def __init__(self, number: int, jars: Path, folder: Path, door: Proxy, ports: tuple[int, int]) -> None:
        self.number, self.folder, self.door = number, folder, door
        self.port, self.control = ports
        self._jars = jars
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "broker.log"

    def start(self) -> None:
        """Start it on what its folder holds; return at once."""
        command = [*JAVA, "-cp", f"{self._jars}/*", "kafka.Kafka", str(self.folder / "server.properties")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def wait_until_it_answers(self) -> None:
        """Return when it takes connections. Raises NoKafka when it does not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise NoKafka(f"broker {self.number} did not start: {self._log.read_text(errors='replace')[-4000:]}")

    def is_running(self) -> bool:
        """Say whether there is a process."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL: what it had not written is lost."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM: it hands its leaders over first."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """SIGSTOP: it holds its connections and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT."""
        self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if not self.is_running():
            return
        os.kill(self._process.pid, signal.SIGCONT)
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Cluster:
    """The brokers, one Kafka together."""

    def __init__(self, brokers: list[Broker], jars: Path) -> None:
        self.brokers, self._jars = brokers, jars

    @property
    def replication(self) -> int:
        """Copies of each partition."""
        return len(self.brokers)

    @property
    def address(self) -> str:
        """Where the tests' own clients begin: the plain listeners."""
        return ",".join(f"127.0.0.1:{broker.port}" for broker in self.brokers)

    def environment(self) -> dict[str, str]:
        """Give the settings with which a worker comes in: through the doors, under a name."""
        return {
            "KERAN_BROKER": ",".join(f"127.0.0.1:{broker.door.port}" for broker in self.brokers),
            "KERAN_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KERAN_SASL_MECHANISM": "PLAIN",
            "KERAN_SASL_USER": USER,
            "KERAN_SASL_PASSWORD": PASSWORD,
        }

    def tool(self, command: str, *arguments: str) -> str:
        """Run one of Kafka's own tools by its class; again while another track of faults has brokers away.

        All that is asked of them may be asked twice. Raises NoKafka.
        """
        until = time.monotonic() + PATIENT_SECONDS
        while True:
            try:
                return run_java(self._jars, command, "--bootstrap-server", self.address, *arguments)
            except NoKafka:
                if time.monotonic() > until:
                    raise
                time.sleep(1.0)

    def move_leaders(self, topic: str, partitions: int, turn: int) -> None:
        """Give every partition of a topic another leader, by putting its replicas in another order; `turn` says which."""
        numbers = [broker.number for broker in self.brokers]
        orders = [
            numbers[(p + turn) % len(numbers) :] + numbers[: (p + turn) % len(numbers)] for p in range(partitions)
        ]
        moves = [{"topic": topic, "partition": p, "replicas": order} for p, order in enumerate(orders)]
        plan = self.brokers[0].folder / "moves.json"
        plan.write_text(json.dumps({"version": 1, "partitions": moves}))
        self.tool(
            "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
            "--reassignment-json-file",
            str(plan),
            "--execute",
        )
        election = ["--election-type", "preferred", "--path-to-json-file", str(plan)]
        plan.write_text(json.dumps({"partitions": [{"topic": topic, "partition": p} for p in range(partitions)]}))
        self.tool("org.apache.kafka.tools.LeaderElectionCommand", *election)


@contextmanager
def running_cluster(count: int = 3) -> Iterator[Cluster]:
    """Give a cluster that answers, and leave nothing of it behind. Raises NoKafka where there is none to be had."""
    jars = find_jars()
    network = Network()
    with tempfile.TemporaryDirectory(prefix="kafka-chaos-") as temporary:
        cluster = Cluster(_format(count, jars, Path(temporary), network), jars)
        try:
            for broker in cluster.brokers:
                broker.start()
            for broker in cluster.brokers:
                broker.wait_until_it_answers()
            yield cluster
        finally:
            for broker in cluster.brokers:
                broker.kill()
                broker.door.close()
            network.close()


def _format(count: int, jars: Path, folder: Path, network: Network) -> list[Broker]:
    ports = list(zip(*[iter(free_ports(4 * count))] * 4, strict=True))
    voters = ",".join(f"{n}@127.0.0.1:{control}" for n, (_, _, _, control) in enumerate(ports, 1))
    brokers = []
    for number, (port, named, door, control) in enumerate(ports, 1):
        home = folder / f"broker-{number}"
        home.mkdir()
        facts = {"number": number, "voters": voters, "port": port, "named": named, "door": door, "control": control}
        many = {"replication": count, "insync": 2 if count > 1 else 1}
        names = {"folder": home, "login": LOGIN, "user": USER, "password": PASSWORD}
        (home / "server.properties").write_text(PROPERTIES.format(**facts, **many, **names))
        run_java(jars, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(home / "server.properties"))
        brokers.append(Broker(number, jars, home, Proxy(network, door, named), (port, control)))
    return brokers
