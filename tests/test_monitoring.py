"""The dashboard and the alerts ask for what a worker's `/metrics` has: metrics, their types, their labels and values."""

import asyncio
import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

import promql_parser as promql
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from stream.contract.outcome import Kind
from stream.engines import drift
from stream.engines.live import Live
from stream.engines.memory import MemoryBroker, memory_worker
from stream.engines.offers import FolderOffers
from stream.live.sources import load_folders
from stream.settings import Settings
from tests.conftest import ROOT
from tests.live.making import NOW, document, listing, make_folders

DEPLOY = ROOT / "deploy"
ALERTS = [rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((DEPLOY / "grafana/keran.json").read_text())
TARGETS = [target for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
# What Prometheus itself adds to every series, and makes of every target.
ADDED_LABELS, ADDED_METRICS = {"job", "instance"}, {"up"}
OF_COUNTERS = {"rate", "irate", "increase"}
OF_GAUGES = {"deriv", "changes", "delta"}
VALUES = {
    ("keran_outcomes_total", "kind"): set(map(str, Kind)),
    ("keran_shadow_samples_total", "fate"): {"said", "over_rate", "lost"},
    ("keran_drift_alarm", "profile"): {"own", "entry"},
}


@dataclass
class Asked:
    """What an expression asks for: metrics with the labels that it matches, groupings, and functions over ranges."""

    matched: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    grouped: set[str] = field(default_factory=set)
    ranged: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Sample:
    """What `/metrics` says of a sample: its family's type and name, and the labels that it comes with."""

    type: str
    family: str
    labels: set[str] = field(default_factory=set)


def asked_by(expression: str) -> Asked:
    found = Asked()

    def visit(node) -> None:
        if isinstance(node, promql.VectorSelector):
            found.matched.append((node.name, {each.name: each.value for each in node.matchers.matchers}))
        if isinstance(node, promql.AggregateExpr) and node.modifier:
            found.grouped.update(node.modifier.labels)
        if isinstance(node, promql.Call):
            ranges = [arg for arg in node.args if isinstance(arg, promql.MatrixSelector)]
            found.ranged.extend((node.func.name, each.vector_selector.name) for each in ranges)

    promql.walk(promql.parse(expression.replace("$__rate_interval", "1m")), visit)
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in ALERTS)
    yield from (target["expr"] for target in TARGETS)


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> dict[str, Sample]:
    """Type, labels and family of every sample that a worker with a shadow shows once it has decided."""
    folder = tmp_path_factory.mktemp("folders")
    (folder / "challenger.yaml").write_text(document(2, "allow"))
    folders = make_folders(folder)._replace(shadow_policies=folder / "challenger.yaml")
    patched = pytest.MonkeyPatch()
    for name, value in {"LOOK_SECONDS": 0, "JUDGE_SECONDS": 0, "TITLES_A_LOOK": 2_000}.items():
        patched.setattr(drift, name, value)
    try:
        text = asyncio.run(asyncio.wait_for(_metrics(folders), 120))
    finally:
        patched.undo()
    samples: dict[str, Sample] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples.setdefault(sample.name, Sample(family.type, family.name)).labels.update(sample.labels)
    return samples


async def _metrics(folders) -> str:
    live, broker = (
        Live("w-1", load_folders(folders, NOW), FolderOffers(folders), samples_a_minute=0),
        MemoryBroker("listings"),
    )
    for number in range(1_200):
        broker.append(listing(number + 1))
    broker.append(b"[]")
    chosen = Settings(http_port=0, as_of=NOW)
    async with memory_worker(chosen, live, broker) as app:
        while len(broker.published) < 1_201:
            await asyncio.sleep(0.02)
        page = f"http://127.0.0.1:{app.conf.web_port}/metrics"
        await asyncio.sleep(0.2)
        return await asyncio.to_thread(lambda: urllib.request.urlopen(page, timeout=5).read().decode())


def test_there_is_something_to_hold_to():
    assert len(ALERTS) > 8
    assert len(TARGETS) > 25


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_expression_asks_for_metrics_and_labels_that_a_worker_has(known, expression):
    found, labels = asked_by(expression), set(ADDED_LABELS)
    assert found.matched
    for name, matched in found.matched:
        assert name in known or name in ADDED_METRICS, name
        own = known[name].labels if name in known else set()
        labels |= own
        assert set(matched) <= own | ADDED_LABELS, name
        for label, value in matched.items():
            assert value in VALUES.get((name, label), {value}), (name, label, value)
    assert found.grouped <= labels


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_rates_are_of_counters_and_slopes_of_gauges(known, expression):
    for function, name in asked_by(expression).ranged:
        kind = known[name].type
        assert kind in ("counter", "histogram") if function in OF_COUNTERS else kind == "gauge", (function, name)
        assert function in OF_COUNTERS | OF_GAUGES


def test_every_metric_of_ours_is_on_the_dashboard(known):
    shown = {known[name].family for target in TARGETS for name, _ in asked_by(target["expr"]).matched}
    ours = {sample.family for sample in known.values() if sample.family.startswith("keran_")}
    # When a counter began is told beside each.
    assert {name for name in ours if not name.endswith("_created")} <= shown


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target["expr"][:60])
def test_a_legend_names_only_labels_that_its_query_leaves(target):
    named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
    found = asked_by(target["expr"])
    assert named <= (found.grouped or ADDED_LABELS)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_leads_to_its_runbook(rule):
    """What it means, what to look at and what to do stand under the alert's own name."""
    file, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    page = (ROOT / file).read_text(encoding="utf-8")
    headings = {heading.lower(): heading for heading in re.findall(r"^### (\w+)$", page, re.MULTILINE)}
    assert headings.get(anchor) == rule["alert"]
    section = page.split(f"### {rule['alert']}\n", 1)[1].split("\n#", 1)[0]
    assert all(word in section for word in ("**Means**", "**Look at**", "**Do**"))
    assert rule["labels"]["severity"] in ("page", "ticket")


def test_panels_do_not_lie_on_each_other_and_have_numbers_of_their_own():
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_the_compose_file_brings_these_files_and_only_when_asked_to():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    mounted = [volume for name in ("prometheus", "grafana") for volume in services[name]["volumes"]]
    assert all((ROOT / volume.split(":")[0]).is_file() for volume in mounted)
    asked = {name for name, service in services.items() if "monitoring" in service.get("profiles", [])}
    assert asked == {"prometheus", "grafana"}
    provider = yaml.safe_load((DEPLOY / "grafana/dashboards.yml").read_text())["providers"][0]
    assert any(volume.split(":")[1].startswith(provider["options"]["path"]) for volume in mounted)
    source = yaml.safe_load((DEPLOY / "grafana/datasource.yml").read_text())["datasources"][0]
    assert source["url"] == "http://prometheus:9090"
