"""What ships: the wheel works on its own, the compose file and the image's file say what the code says."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
import yaml

from stream.settings import Settings
from tests.conftest import ROOT, value_with

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy of what git tracks or would track."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_models_policies_and_schemas(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("models", "policies"):
        for file in (ROOT / folder).rglob("*"):
            assert file.is_dir() or f"stream/_packaged/{file.relative_to(ROOT)}" in names, file
    assert {"stream/classify/fold.npz", "stream/contract/schemas/keran.listing-1.schema.json"} <= names
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)


def test_the_wheel_decides_in_an_empty_folder(wheel, tmp_path):
    """Installed where nothing of this checkout is, `keran` finds its packaged model and policies."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv/bin/python"
    # The dependencies are those of this environment: what is tried is our wheel, not the network.
    (site,) = (tmp_path / "venv/lib").glob("python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    dependencies = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(dependencies))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("KERAN_", "PYTHONPATH"))}
    command = [str(python), "-m", "stream.cli", "replay", "-", "--output", "-"]
    run = subprocess.run(command, input=value_with(), capture_output=True, cwd=tmp_path, env=clean, check=False)
    assert run.returncode == 0, run.stderr.decode()
    assert b'"decision":"block"' in run.stdout
    where = subprocess.run(
        [str(python), "-c", "import stream; print(stream.__file__)"],
        capture_output=True,
        cwd=tmp_path,
        env=clean,
        check=True,
    )
    assert str(tmp_path) in where.stdout.decode()


def test_a_worker_installs_neither_training_nor_demo_parts():
    locked = {
        line.split("==")[0] for line in (ROOT / "requirements/worker.lock").read_text().splitlines() if "==" in line
    }
    assert not locked & {"scikit-learn", "joblib", "scipy", "confluent-kafka", "pytest", "hypothesis"}
    assert {"faust-streaming", "aiokafka", "pydantic", "numpy", "numba"} <= locked


def pins(lock: str) -> list[str]:
    """The pins of a lock file, each with its hashes."""
    text = (ROOT / f"requirements/{lock}.lock").read_text()
    return re.findall(r"^[a-z0-9-]+==.*?(?=^[a-z0-9-]+==|\Z)", text, re.MULTILINE | re.DOTALL)


def test_the_archive_installs_what_a_worker_does_and_pyarrow():
    """The versions that everything else is tested with, to the hash."""
    (arrow,) = set(pins("archive")) - set(pins("worker"))
    assert set(pins("worker")) < set(pins("archive"))
    assert arrow.startswith("pyarrow==")
    assert arrow in pins("dev")


@pytest.mark.parametrize("lock", ["dev", "demo", "worker", "archive", "spark"])
def test_every_locked_version_has_its_hash(lock):
    assert pins(lock)
    assert all("--hash=sha256:" in pin for pin in pins(lock))
    assert "://" not in (ROOT / f"requirements/{lock}.lock").read_text()


def test_the_compose_file_makes_the_topics_that_workers_use():
    (script,) = [part for part in COMPOSE["services"]["topics"]["command"] if "create" in part]
    made = set(re.findall(r"--topic (\S+)", script))
    defaults = Settings.model_fields
    assert made == {defaults[name].default for name in defaults if name.startswith("topic_")}


def test_the_compose_file_sets_only_settings_that_exist():
    for service in COMPOSE["services"].values():
        for name in service.get("environment", {}):
            assert not name.startswith("KERAN_") or name.removeprefix("KERAN_").lower() in Settings.model_fields, name


def test_the_compose_file_keeps_the_broker_on_loopback():
    for service in COMPOSE["services"].values():
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_compose_file_s_services_depend_on_services_that_exist():
    services = COMPOSE["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        assert ("image" in service) or ("build" in service)


def builds(service: dict) -> dict[str, str]:
    """The build arguments of a service that builds: the image's file's own, and what the service says instead."""
    asked = {} if service["build"] == "." else service["build"]["args"]
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)", DOCKERFILE, re.MULTILINE))
    assert set(asked) <= set(defaults)
    return defaults | asked


def test_the_compose_file_s_archive_writes_to_a_volume_that_its_user_may_write():
    """On the lock with pyarrow, once, and where the image has a folder of that user's."""
    archive = COMPOSE["services"]["archive"]
    assert builds(archive) == {"LOCK": "archive"}
    assert builds(COMPOSE["services"]["worker"]) == {"LOCK": "worker"}
    assert archive["image"] != COMPOSE["services"]["worker"]["image"]
    assert "deploy" not in archive
    *_, option, folder = archive["command"]
    assert (option, archive["volumes"]) == ("--to", [f"archive:{folder}"])
    assert "archive" in COMPOSE["volumes"]
    assert re.search(rf"mkdir -p .*{folder} .*chown -R keran .*{folder}$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", ["worker", "archive"])
def test_a_service_runs_a_command_that_exists_with_options_that_exist(name):
    command, *options = COMPOSE["services"][name]["command"][1:]
    run = [sys.executable, "-m", "stream.cli", command, "--help"]
    told = subprocess.run(
        run, capture_output=True, text=True, cwd=ROOT, check=True, env={**os.environ, "COLUMNS": "200"}
    )
    assert all(option in told.stdout for option in options if option.startswith("--"))


def test_the_image_copies_files_that_exist_and_runs_commands_that_exist():
    copied = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)
    for service in COMPOSE["services"].values():
        for source in copied if "build" in service else []:
            named = source.replace("${LOCK}", builds(service)["LOCK"])
            assert named == "." or (ROOT / named).exists(), named
    help_text = subprocess.run(
        [sys.executable, "-m", "stream.cli", "--help"], capture_output=True, cwd=ROOT, check=True
    ).stdout.decode()
    commands = re.findall(r'keran", "(\w+)"', DOCKERFILE)
    assert commands
    assert all(command in help_text for command in commands)
    modules = re.findall(r"python -m ([a-z_.]+\.[a-z_]+)", DOCKERFILE)
    assert modules
    assert all((ROOT / f"{module.replace('.', '/')}.py").is_file() for module in modules)
    assert (
        re.search(r"^build==(\S+)", (ROOT / "requirements/dev.lock").read_text(), re.MULTILINE).group(1).rstrip(" \\")
        in DOCKERFILE
    )
