"""Pairs by name: what is read from folders is what a control record carries, and comes back as the same pair."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.control import DOCUMENT_CHARACTERS, LivePolicy, write_control
from stream.live.load import load_pair, read_pair
from stream.live.pair import Pair, pair_in
from stream.live.read_control import CONTROL_BYTES_AT_MOST, read_control
from stream.problems import BadSetup
from tests.conftest import ROOT, value_with
from tests.live.making import NOW, control, make_shelf, named, policy

GOLDEN = Path(__file__).with_name("golden")
FOLDERS = [ROOT / "policies", ROOT / "policies/examples"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return make_shelf(tmp_path_factory.mktemp("shelf"))


def test_a_pair_comes_back_from_a_control_record_as_it_was_read(shelf):
    """Documents and tables whole, the same digest, the same policy ids on every decision: the same bytes out."""
    from stream.contract.record import FileRecord

    pair, pipeline = read_pair(shelf, "cluster-3", FOLDERS)
    assert any(policy.tables for policy in pair.policies)
    back = pair_in(read_control(write_control(control("C-1", pair))))
    assert back.digest == pair.digest
    loaded = load_pair(back, shelf, "control C-1")
    records = [FileRecord(value_with(listing__title=title), b"L-1") for title in ("batik", "casing hp", "kopi")]
    assert loaded.run(records, NOW) == pipeline.run(records, NOW)


def test_a_pair_s_digest_follows_texts_and_the_model_and_not_file_names(shelf):
    one = Pair(named(shelf), (policy(1), policy(2)))
    assert one.digest == Pair(one.model, (policy(2), policy(1).model_copy(update={"name": "other.yaml"}))).digest
    assert one.digest != Pair(one.model, (policy(1),)).digest
    assert one.digest != Pair(named(shelf, "doubtful-1"), one.policies).digest
    tabled = policy(2).model_copy(update={"tables": {"a.csv": "x"}})
    assert one.digest != Pair(one.model, (policy(1), tabled)).digest


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=30), max_size=4), st.text(min_size=1, max_size=60)
)
def test_texts_come_through_a_record_untouched(tables, document):
    """Every character that a file in UTF-8 can hold, line ends and marks of byte order included."""
    try:
        held = LivePolicy(name="p.yaml", document=document, tables=tables)
    except ValueError:
        assert any(0xD800 <= ord(c) <= 0xDFFF for c in document + "".join([*tables, *tables.values()]))
        return
    model = {"id": "m", "digest": "0" * 64}
    record = control("C-1", Pair(_model(model), (held,)))
    assert read_control(write_control(record)) == record


def _model(facts):
    from stream.contract.control import LiveModel

    return LiveModel(**facts)


def refused(call) -> str:
    with pytest.raises(BadSetup) as bad:
        call()
    return str(bad.value)


def test_every_refusal_of_a_pair_word_for_word(shelf, tmp_path):
    """All problems of a pair at once: the model's and every policy's."""
    other = named(shelf).model_copy(update={"digest": "0" * 64})
    lacking = policy(3).document.replace("phases:", "lists: {codes: codes.csv}\nphases:")
    pair = Pair(other, (policy(2, cluster="textile-fasion"), LivePolicy(name="b.yaml", document=lacking)))
    told = refused(lambda: load_pair(pair, shelf, "control C-2")).replace(str(shelf), "SHELF")
    told = told.replace(named(shelf).digest[:12], "DIGEST")
    assert told + "\n" == (GOLDEN / "pair.txt").read_text()


def test_every_refusal_of_a_record_word_for_word():
    record = json.loads((ROOT / "tests/contract/examples/keran.control-1/replacing.json").read_text())
    record["model"]["digest"] = "abc"
    record["policies"][0]["document"] = "x" * (DOCUMENT_CHARACTERS + 1)
    record["shadow"]["policies"] = []
    del record["issued_by"]
    told = [refused(lambda: read_control(json.dumps(record).encode()))]
    told.append(refused(lambda: read_control(b"not json")))
    told.append(refused(lambda: read_control(b" " * (CONTROL_BYTES_AT_MOST + 1))))
    assert "\n\n".join(told) + "\n" == (GOLDEN / "record.txt").read_text()


def test_a_policy_too_large_for_a_record_is_told_when_it_is_read(shelf, tmp_path):
    text = policy(1).document
    (tmp_path / "big.yaml").write_text(text + "#" * (DOCUMENT_CHARACTERS + 1 - len(text)))
    assert "big.yaml" in refused(lambda: read_pair(shelf, "cluster-3", [tmp_path]))


def test_a_file_that_goes_while_it_is_read_is_bad_setup_and_no_bug(shelf, monkeypatch):
    """A folder is read while somebody replaces what is in it."""
    from stream.live import load

    def gone(*_):
        raise FileNotFoundError(2, "No such file or directory", "models/cluster-3/manifest.json")

    monkeypatch.setattr(load, "load_model", gone)
    told = "error: file cannot be read: No such file or directory\n  --> models/cluster-3/manifest.json\n"
    assert refused(lambda: read_pair(shelf, "cluster-3", FOLDERS)).startswith(told)
    assert refused(lambda: load_pair(Pair(named(shelf), (policy(1),)), shelf, "control C-1")).startswith(told)


NOTHING_TO_COMPILE = """
import sys
from pathlib import Path
from numba.core.dispatcher import Dispatcher
from stream.contract.record import FileRecord
from stream.live.sources import Folders, load_folders
from tests.live.making import NOW

def compiled():
    found = [of for name, of in list(sys.modules.items()) if name.startswith("stream.")]
    return {str(k): len(k.signatures) for of in found for k in vars(of).values() if isinstance(k, Dispatcher)}

loaded, before = load_folders(Folders(Path("models"), None, Path("policies")), NOW), compiled()
lines = Path("tests/samples/listings.jsonl").read_bytes().splitlines()
records = [*(FileRecord(line) for line in lines), FileRecord(None, b"L-1"), FileRecord(b"{", b"L-1")]
loaded.serving.live.pipeline.run(records, NOW)
assert sum(before.values()) >= 5
assert compiled() == before, set(compiled().items()) - set(before.items())
"""


def test_nothing_is_left_to_compile_once_a_pair_is_loaded():
    """In a process of its own, where nobody compiled anything before: the worker itself decides nothing to warm up, since
    an event that nobody sent would be counted, and sampled where the shadow decides it otherwise."""
    run = subprocess.run(
        [sys.executable, "-c", NOTHING_TO_COMPILE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
