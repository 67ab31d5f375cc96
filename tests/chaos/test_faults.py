"""The schedule of faults, and the report of what was done."""

import json

from tests.chaos.faults import BROKER_FAULTS, FAULTS, WORKER_FAULTS, schedule
from tests.chaos.invariants import LAWS, Objection
from tests.chaos.play import Done, Plot, Verdict
from tests.chaos.report import write_report


def test_a_seed_gives_the_same_acts_and_another_seed_others():
    names = sorted(FAULTS)
    assert schedule(7, 600, names) == schedule(7, 600, names)
    assert schedule(7, 600, names) != schedule(8, 600, names)


def test_every_fault_comes_up_before_any_comes_up_again():
    for faults in (WORKER_FAULTS, BROKER_FAULTS):
        acts = schedule(3, 3_600, sorted(faults))
        assert {act.fault for act in acts[: len(faults)]} == set(faults)
        assert [act.at for act in acts] == sorted(act.at for act in acts)


def test_every_fault_says_what_it_does():
    assert all(fault.__doc__ and fault.__doc__.endswith(".") for fault in FAULTS.values())


def test_the_report_says_what_was_done_what_held_and_what_did_not(tmp_path):
    done = [Done("kill_broker", 1, 8.0, 15.5), Done("kill_worker", 0, 3.0, 4.0)]
    verdict = Verdict(done, [Objection(LAWS[0].__name__, "listings offset 4, listing L-1")], seconds=62.0, settled=3.0)
    verdict.counts["listings"] = 12_000
    write_report(Plot(7, 12_000, 60), verdict, 3, tmp_path / "chaos")
    page, found = (tmp_path / "chaos.md").read_text(), json.loads((tmp_path / "chaos.json").read_text())
    assert "| every input has its outcome | 1 |" in page
    assert "- every_input_has_its_outcome: listings offset 4, listing L-1" in page
    assert "| dead letters keep their bytes | none |" in page
    assert page.index("| 3.0 | 4.0 | kill worker | 0 |") < page.index("| 8.0 | 15.5 | kill broker | 1 |")
    assert (found["counts"]["listings"], found["plot"]["seed"], len(found["done"])) == (12_000, 7, 2)
