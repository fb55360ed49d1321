"""Files through the whole hub: deliveries become profiles, and what is wrong in them is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.console.hands import Shell

LIST = (
    "客户名单,,\r\ncustomer_id,姓名,手机号\r\n1001,王伟,138 1234 5678\r\n1002,李娜,13911112222\r\n,无号,13911113333\r\n"
)


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(tmp_path / "project", capsys)
    assert shell("init", str(shell.project), "--systems", "files").code == 0
    return shell


def deliver(shop: Shell, name: str, text: str) -> None:
    path = shop.project / "data" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("gb18030"))


def people(shop: Shell) -> dict[str, list[str]]:
    items: list[dict[str, Any]] = shop.ask("profiles", "list")["items"]
    return {one["fields"]["name"]: one["fields"].get("phones", []) for one in items}


def test_a_new_project_on_files_needs_nothing_but_a_delivery(shop: Shell) -> None:
    deliver(shop, "customers_1.csv", LIST)
    assert shop.ask("check")["systems"]["files"]["ok"]
    first = shop.on("sync", "--json")
    assert first.code == 1
    assert first.json["status"] == "partial"
    assert first.json["systems"]["files"]["streams"]["customers"] == {"read": 3, "changed": 2, "invalid": 1}
    (error,) = first.json["errors"]
    assert (error["stream"], error["id"], error["code"]) == ("customers", "data/customers_1.csv, line 5", "no_key")
    assert people(shop) == {"王伟": ["+8613812345678"], "李娜": ["+8613911112222"]}


def test_a_second_sync_reads_nothing_and_a_new_delivery_only_itself(shop: Shell) -> None:
    deliver(shop, "customers_1.csv", LIST)
    shop.on("sync")
    assert shop.ask("sync")["systems"]["files"]["streams"] == {}
    deliver(shop, "customers_2.csv", "customer_id,姓名,手机号\n1001,王伟,13677778888\n")
    second = shop.ask("sync")
    assert second["systems"]["files"]["streams"]["customers"] == {"read": 1, "changed": 1, "invalid": 0}
    assert "+8613677778888" in people(shop)["王伟"]
    full = shop.on("sync", "--full", "--json").json
    assert full["systems"]["files"]["streams"]["customers"]["changed"] == 0
    assert full["profiles"]["changed"] == 0


def test_a_rehearsal_leaves_the_files_unread(shop: Shell) -> None:
    deliver(shop, "customers_1.csv", LIST)
    assert shop.on("sync", "--dry-run", "--json").json["systems"]["files"]["streams"]["customers"]["read"] == 3
    assert shop.on("sync", "--json").json["systems"]["files"]["streams"]["customers"]["changed"] == 2


def test_one_record_can_be_asked_for(shop: Shell) -> None:
    deliver(shop, "customers_1.csv", LIST)
    found = shop.ask("sync", "files", "--record", "customers:1002")
    assert found["systems"]["files"]["streams"]["customers"]["read"] == 1
    assert list(people(shop)) == ["李娜"]
