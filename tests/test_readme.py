"""The README cannot rot: its outputs are what the commands print, its table is generated, its paths exist."""

import re
import shlex
import subprocess
import sys

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_output_shown_is_what_its_command_prints():
    shown = re.findall(r"<!-- ran: keran (.+?) -->\n```console\n\$ keran .+?\n(.*?)```", README, re.DOTALL)
    assert shown
    for command, output in shown:
        run = subprocess.run([sys.executable, "-m", "stream.cli", *shlex.split(command)], capture_output=True, text=True, cwd=ROOT, check=True)  # fmt: skip
        assert run.stdout.strip() == output.strip()


def test_the_settings_table_is_current():
    run = subprocess.run([sys.executable, "-m", "stream.cli", "settings", "--markdown"], capture_output=True, text=True, cwd=ROOT, check=True)  # fmt: skip
    table = re.search(r"<!-- settings -->\n(.*?)<!-- /settings -->", README, re.DOTALL).group(1)
    assert table.strip() == run.stdout.strip(), "put in what `keran settings --markdown` prints"


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_commands_shown_run(tmp_path):
    """Each `keran` line of the README that needs no broker, as written but for where its output goes."""
    lines = [line.strip() for line in README.splitlines() if line.startswith("    keran ")]
    assert len(lines) >= 3
    for line in lines:
        command = shlex.split(line.replace("build/", f"{tmp_path}/"))
        run = subprocess.run([sys.executable, "-m", "stream.cli", *command[1:]], capture_output=True, text=True, cwd=ROOT, check=False)  # fmt: skip
        assert run.returncode == 0, run.stderr


def test_the_misspelt_cluster_is_told_as_shown(tmp_path):
    message = re.search(r"```\n(error: unknown cluster.*?)```", README, re.DOTALL).group(1).strip()
    policy = (ROOT / "policies/id-akar.yaml").read_text().replace("[textile_fashion,", "[textile-fasion,", 1)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/id-akar.yaml").write_text(policy)
    run = subprocess.run([sys.executable, "-m", "stream.cli", "policy", "check", str(tmp_path / "policies")], capture_output=True, text=True, cwd=ROOT, check=False)  # fmt: skip
    assert run.returncode == 2
    assert message in run.stderr.replace(f"{tmp_path}/", "")


def test_every_make_target_named_exists():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`?make ([a-z]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
