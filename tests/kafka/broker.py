"""Apache Kafka on loopback: one KRaft node from Maven Central's jars, in a folder of its own, for as long as a `with` block lasts.

What comes out is an address. It knows nothing of Keran, so a benchmark may use it as well as a test.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

POM = Path(__file__).with_name("pom.xml")
JARS = POM.parents[2] / "build" / "kafka-jars"
START_SECONDS, STOP_SECONDS = 60, 30
CLUSTER = "4L6g3nShT-eMCtK--X86sw"
LOGIN = "org.apache.kafka.common.security"
USER, PASSWORD = "keran", "not-a-secret"
# Serial GC and no shared heap to tune: the broker gets one of the two cores that a test machine has.
JAVA = ("java", "-Xmx768m", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{control}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},SECURE://127.0.0.1:{secure},CONTROLLER://127.0.0.1:{control}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.secure.plain.sasl.jaas.config={login}.plain.PlainLoginModule required user_keran="{password}";
listener.name.secure.scram-sha-512.sasl.jaas.config={login}.scram.ScramLoginModule required;
ssl.keystore.location={folder}/broker.p12
ssl.keystore.type=PKCS12
ssl.keystore.password={password}
log.dirs={folder}/log
auto.create.topics.enable=false
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found={lenient}
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


class NoKafka(Exception):  # noqa: N818 - a reason, told to whoever asked for a broker
    """Apache Kafka cannot run here; the message says what is missing."""


@dataclass(frozen=True)
class Kafka:
    """A running broker: where it listens, its process, its folder and its jars.

    At `secure_address` it asks for TLS, checked against `authority`, and for `USER` with `PASSWORD`, who may do whatever
    no ACL forbids.
    """

    address: str
    secure_address: str
    authority: Path
    pid: int
    folder: Path
    jars: Path

    def tool(self, command: str, *arguments: str) -> str:
        """Run one of Kafka's own tools by its class, such as `org.apache.kafka.tools.consumer.group.ConsumerGroupCommand`."""
        return run_java(self.jars, command, "--bootstrap-server", self.address, *arguments)


@contextmanager
def running_kafka(*, strict: bool = False) -> Iterator[Kafka]:
    """Give a broker that answers, and stop it afterwards. Raises NoKafka when there is no Java, no Maven or no jars.

    A strict one lets `USER` do what it was granted and nothing else; at `address` everything is allowed.
    """
    jars = find_jars()
    with tempfile.TemporaryDirectory(prefix="kafka-") as temporary:
        folder = Path(temporary)
        port, secure, control = free_ports(3)
        ports = {"port": port, "secure": secure, "control": control}
        properties = folder / "server.properties"
        properties.write_text(
            PROPERTIES.format(
                **ports, folder=folder, login=LOGIN, password=PASSWORD, lenient="false" if strict else "true"
            )
        )
        scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        run_java(jars, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(properties), "--add-scram", scram)
        authority = _make_certificate(jars, folder)
        with (folder / "broker.log").open("wb") as log:
            process = subprocess.Popen(
                [*JAVA, "-cp", f"{jars}/*", "kafka.Kafka", str(properties)], stdout=log, stderr=log
            )
        try:
            _wait_until_it_answers(process, port, folder / "broker.log")
            yield Kafka(f"127.0.0.1:{port}", f"127.0.0.1:{secure}", authority, process.pid, folder, jars)
        finally:
            _stop(process)


def find_jars() -> Path:
    """Give the folder of jars that `pom.xml` asks for, resolving them once. Raises NoKafka."""
    missing = [command for command in ("java", "mvn") if shutil.which(command) is None]
    if missing:
        raise NoKafka(f"Apache Kafka needs Java 17 and Maven, not found: {', '.join(missing)}")
    jars = JARS / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    if not jars.is_dir():
        _resolve(jars)
    return jars


def _resolve(jars: Path) -> None:
    # Into a folder beside it and then renamed, so that a run cut short, or two at once, leave no half.
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as temporary:
        half = Path(temporary) / "jars"
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={half}", "-DincludeScope=runtime"]
        done = subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal], capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoKafka(
                f"Maven could not resolve the jars of Apache Kafka: {done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        if not jars.is_dir():
            half.rename(jars)


def _make_certificate(jars: Path, folder: Path) -> Path:
    keytool = "sun.security.tools.keytool.Main"
    store = ("-alias", "broker", "-keystore", str(folder / "broker.p12"), "-storepass", PASSWORD)
    run_java(jars, keytool, "-genkeypair", "-keyalg", "EC", "-dname", "CN=broker", "-ext", "san=ip:127.0.0.1", *store)
    authority = folder / "authority.pem"
    authority.write_text(run_java(jars, keytool, "-exportcert", "-rfc", *store))
    return authority


def free_ports(count: int) -> list[int]:
    """Give ports of loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def run_java(jars: Path, *command: str) -> str:
    """Run a class of the jars and give what it prints. Raises NoKafka where it fails."""
    done = subprocess.run([*JAVA, "-cp", f"{jars}/*", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoKafka(f"`{command[0]}` failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise NoKafka(f"the broker did not start: {log.read_text(errors='replace')[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def skip_without_jars() -> None:
    """Skip the test that asks, or fail it in CI, where Apache Kafka cannot run here."""
    try:
        find_jars()
    except NoKafka as reason:
        skip_or_fail(reason)


def skip_or_fail(reason: NoKafka) -> NoReturn:
    """Skip the test that asks on a laptop, fail it in CI."""
    import pytest  # a benchmark uses the broker too, and needs no pytest

    (pytest.fail if must_not_skip() else pytest.skip)(str(reason))


def must_not_skip() -> bool:
    """Say whether this is a run of CI, where a missing broker is a failure and not a reason to skip."""
    return os.environ.get("CI", "").lower() in ("1", "true")
