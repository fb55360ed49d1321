"""A system whose own fields change is noticed once, and does what the stream's contract says; nothing is dropped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.zoho_crm.streams import ModuleReader
from flows.drift import EVERY
from flows.project import shipped
from tests.console.hands import Shell
from tests.system.world import World, typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    people = [
        typed("zoho_crm", "contact", "c1", {**OUYANG, "job_title": "经理"}),
        typed("fxiaoke", "contact", "c1", OUYANG),
    ]
    with world(tmp_path / "project", people) as made:
        target = made.folder / "config" / "mappings" / "zoho_crm" / "Contacts.yaml"
        target.parent.mkdir(parents=True)
        shutil.copy(shipped() / "mappings" / "zoho_crm" / "Contacts.yaml", target)
        made.settle()
        yield made


@pytest.fixture
def redescribe(monkeypatch: pytest.MonkeyPatch) -> Callable[[Change], None]:
    """Let Zoho describe its contacts otherwise from now on."""
    real = ModuleReader.schema

    def change(edit: Change) -> None:
        def schema(reader: ModuleReader) -> Any:
            said = dict(real(reader))
            said["properties"] = {name: dict(one) for name, one in said["properties"].items()}
            if reader.name == "Contacts":
                edit(said["properties"])
            return said

        monkeypatch.setattr(ModuleReader, "schema", schema)

    return change


def contract(here: World, word: str) -> None:
    here.change_yaml("mappings/zoho_crm/Contacts.yaml", lambda mapping: mapping.update(contract=word))


def noticed(result: dict[str, Any]) -> list[tuple[str, str, list[str], str]]:
    return [(one["field"], one["change"], one["touches"], one["effect"]) for one in result["drift"]]


def test_a_change_is_reported_once_with_what_it_touches(here: World, redescribe: Any) -> None:
    assert noticed(here.sync()) == []
    redescribe(lambda said: (said.pop("Title"), said.update(Hobby={"type": "string"})))
    assert noticed(here.sync()) == [], "asked again only after a while"
    here.late += EVERY
    assert noticed(here.sync()) == [
        ("Hobby", "appeared", [], "reported"),
        ("Title", "disappeared", ["person.job_title"], "reported"),
    ]
    here.late += EVERY
    assert noticed(here.sync()) == []


def test_a_frozen_stream_stops_and_says_why_until_somebody_accepts(
    here: World, redescribe: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    contract(here, "freeze")
    redescribe(lambda said: said["Rating"].update({"x-choices": {"A": "A", "Z": "Z"}}))
    here.late += EVERY
    here.edit(*Z, here.only(*Z), Department="销售部")
    for result in (here.sync(), here.sync()):
        assert "Contacts" not in result["systems"]["zoho_crm"]["streams"]
        assert written(result) == 0
        (error,) = result["errors"]
        assert "`Rating` lost the choices `B`, `C`, `D` and got the choices `Z`" in error["message"]
        assert "(touches person.tier)" in error["message"]
    shell = Shell(here.folder, capsys)
    (held,) = shell.ask("mapping", "drift", "zoho_crm")["waiting"]
    assert (held["field"], held["effect"]) == ("Rating", "freeze")
    assert shell.ask("mapping", "drift", "zoho_crm", "--accept", "Contacts")["accepted"] == 1
    here.settle()
    assert here.value(*F, here.only(*F), "department") == "销售部"


def test_quarantine_sets_just_the_touched_field_aside_and_takes_it_back(here: World, redescribe: Any) -> None:
    contract(here, "quarantine")
    z, f = here.only(*Z), here.only(*F)
    redescribe(lambda said: said["Title"].update(type=["integer", "null"]))
    here.late += EVERY
    here.edit(*Z, z, Title="4711", Department="销售部")
    (result, *_) = here.settle()
    assert noticed(result) == [("Title", "type", ["person.job_title"], "quarantine")]
    assert here.value(*F, f, "department") == "销售部"
    assert here.value(*F, f, "job_title") == "经理", "what was said before stands, and the new value waits"
    redescribe(dict)  # it was put right: nobody need accept anything
    here.late += EVERY
    here.settle()
    here.settle()
    assert here.value(*F, f, "job_title") == "4711"
