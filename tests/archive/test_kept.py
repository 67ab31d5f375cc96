"""Policies and models are kept whole, each once, and never outside the archive's folder."""

import pytest

from stream.archive.kept import digest_of, files_in, keep_model, keep_policies
from stream.contract.control import LivePolicy
from stream.live.load import read_policies_whole
from stream.problems import BadSetup
from tests.conftest import ROOT


def test_a_policy_is_kept_once_with_its_tables_under_its_name_and_digest(tmp_path):
    policies = read_policies_whole([ROOT / "policies" / "examples"], None)[0]
    for _ in range(2):
        keep_policies(tmp_path, policies)
    kept = sorted(tmp_path.glob("policies/*/*"))
    assert len(kept) == len(policies)
    assert all(digest_of(files_in(place)) == place.name for place in kept)
    assert {file.name for file in tmp_path.rglob("*.csv")} == {
        name.rsplit("/", 1)[-1] for policy in policies for name in policy.tables
    }


def test_a_model_is_kept_without_its_pickle(tmp_path):
    place = keep_model(tmp_path, ROOT / "models" / "cluster-3")
    kept = {file.name for file in place.rglob("*") if file.is_file()}
    assert kept == {"manifest.json", "card.md", "probes.jsonl", "weights.npy"}


@pytest.mark.parametrize("name", ["../id-akar.yaml", "/tmp/id-akar.yaml", "a/../../b.yaml"])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    """A control record's names are what somebody wrote."""
    (policy,) = read_policies_whole([ROOT / "policies"], None)[0]
    with pytest.raises(BadSetup, match="is no name beside a policy"):
        keep_policies(tmp_path, [LivePolicy(name=name, document=policy.document)])
    assert not list(tmp_path.rglob("*.yaml"))
