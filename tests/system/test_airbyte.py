"""A source that others wrote, through the whole hub: its records become profiles, its states are kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.connectors.airbyte.conftest import STANDIN, USERS, record, status, stream_state
from tests.console.hands import Shell

MAPPING = "key: id\nemits:\n- entity: person\n  fields:\n    name: {pull: name}\n    emails: {pull: [email]}\n"


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(tmp_path / "project", capsys)
    assert shell("init", str(shell.project), "--systems", "airbyte").code == 0
    file = shell.project / "config" / "hub.yaml"
    yaml = YAML()
    document = yaml.load(file)
    block = document["systems"]["airbyte"]
    block["config"] = {"command": [sys.executable, str(STANDIN)], "config": {"play": str(tmp_path)}}
    block["streams"] = ["users"]
    yaml.dump(document, file)
    mapping = shell.project / "config" / "mappings" / "airbyte" / "users.yaml"
    mapping.parent.mkdir()
    mapping.write_text(MAPPING)
    (tmp_path / "catalog").write_text(json.dumps([USERS]))
    (tmp_path / "check").write_text(json.dumps([{"status": "SUCCEEDED"}]))
    return shell


def test_a_source_of_others_becomes_profiles_and_goes_on_from_its_state(shell: Shell, tmp_path: Path) -> None:
    people = [record(number, name=f"Ann Lee{number}", email=f"ann{number}@a.example") for number in (1, 2)]
    script = [status("STARTED"), people[0], stream_state(1), '{"type": "REC', people[1], stream_state(2)]
    (tmp_path / "script").write_text(json.dumps([*script, status("COMPLETE")]))
    assert shell.ask("check")["systems"]["airbyte"]["ok"]
    first = shell.on("sync", "--json")
    assert first.code == 1
    assert first.json["systems"]["airbyte"]["streams"]["users"] == {"read": 3, "changed": 2, "invalid": 1}
    assert [error["code"] for error in first.json["errors"]] == ["damaged"]
    assert first.json["profiles"]["total"] == 2
    (tmp_path / "script").write_text(json.dumps([status("COMPLETE")]))
    assert shell.ask("sync")["status"] == "ok"
    calls = map(json.loads, (tmp_path / "note").read_text().splitlines())
    reads = [call for call in calls if "state" in call]
    assert reads[-1]["state"] == [stream_state(2)["state"]]
