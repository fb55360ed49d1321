"""A shop's database through the whole hub: rows become profiles, and profiles go back into a table of their own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.console.hands import Shell

CUSTOMERS = """\
key: id
modified: updated_at
emits:
- entity: person
  fields:
    name: {pull: name}
    phones: {pull: [mobile]}
"""
PROFILES = """\
key: id
emits:
- entity: person
  fields:
    name: {pull: name, push: name}
    phones: {pull: [mobile], push: [mobile]}
create_in: {person: true}
"""


class ShopWithHub:
    def __init__(self, folder: Path, shell: Shell) -> None:
        self.database, self.shell = folder / "shop.db", shell

    def run(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            return connection.execute(statement).fetchall()


def block(stream: str, table: dict[str, Any]) -> dict[str, Any]:
    """A system with one table of the shop's database."""
    config = {"url": "sqlite:///../shop.db", "streams": {stream: table}}
    return {"connector": "sql", "department": "sales", "config": config, "streams": [stream]}


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ShopWithHub:
    shell = Shell(tmp_path / "project", capsys)
    assert shell("init", str(shell.project), "--systems", "sql").code == 0
    hub = shell.project / "config" / "hub.yaml"
    yaml = YAML()
    document = yaml.load(hub)
    written = {"table": "profiles", "key": "id", "write": {"binding": "crmhub_id", "phone": ["mobile"]}}
    document["systems"] = {
        "shop": block("customers", {"table": "customers", "key": "id", "modified": "updated_at"}),
        "reports": {**block("profiles", written), "push": {"mode": "create"}},
    }
    yaml.dump(document, hub)
    for system, stream, text in (("shop", "customers", CUSTOMERS), ("reports", "profiles", PROFILES)):
        file = shell.project / "config" / "mappings" / system / f"{stream}.yaml"
        file.parent.mkdir()
        file.write_text(text)
    made = ShopWithHub(tmp_path, shell)
    made.run("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, mobile TEXT, updated_at TEXT)")
    made.run("CREATE TABLE profiles (id INTEGER PRIMARY KEY, crmhub_id TEXT UNIQUE, name TEXT, mobile TEXT)")
    made.run("INSERT INTO customers VALUES (7, '王伟', '138 7654 0987', '2026-01-02 03:04:05')")
    made.run("INSERT INTO customers VALUES (8, '李娜', '13911112222', '2026-01-02 03:04:06')")
    return made


def test_rows_become_profiles_and_profiles_rows_of_their_own_table(shop: ShopWithHub) -> None:
    assert shop.shell.ask("check")["systems"]["shop"]["ok"]
    first = shop.shell.ask("sync")
    assert first["systems"]["shop"]["streams"]["customers"] == {"read": 2, "changed": 2, "invalid": 0}
    assert first["systems"]["reports"]["writes"] == {"create": 2, "update": 0, "failed": 0}
    assert shop.run("SELECT name, mobile, length(crmhub_id) FROM profiles ORDER BY name") == [
        ("李娜", "+8613911112222", 26),
        ("王伟", "+8613876540987", 26),
    ]
    second = shop.shell.ask("sync")
    assert sum(second["systems"]["reports"]["writes"].values()) == 0
    assert second["profiles"]["changed"] == 0


def test_a_changed_row_reaches_the_written_table(shop: ShopWithHub) -> None:
    shop.shell.ask("sync")
    shop.run("UPDATE customers SET name = '王玮', updated_at = '2026-01-03 00:00:00' WHERE id = 7")
    changed = shop.shell.ask("sync")
    assert changed["systems"]["reports"]["writes"] == {"create": 0, "update": 1, "failed": 0}
    assert shop.run("SELECT count(*) FROM profiles WHERE name = '王玮'") == [(1,)]
    assert sum(shop.shell.ask("sync")["systems"]["reports"]["writes"].values()) == 0


def test_what_people_write_into_that_table_comes_back(shop: ShopWithHub) -> None:
    shop.shell.ask("sync")
    shop.run("UPDATE profiles SET mobile = '13677778888' WHERE name = '王伟'")
    shop.shell.ask("sync")
    phones = [one["fields"]["phones"] for one in shop.shell.ask("profiles", "list")["items"]]
    assert any("+8613677778888" in one for one in phones)
    assert shop.run("SELECT mobile FROM profiles WHERE name = '王伟'") == [("13677778888",)]
