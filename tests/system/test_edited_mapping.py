"""An edited mapping reaches just the records that it concerns with the next sync, without anybody editing a record."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.project import shipped
from flows.remapping import forecast
from golden_record import remapping
from golden_record.store import source_records
from tests.system.world import World, typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
ZHUGE = {"family": "诸葛", "given": "明远", "full_name": "诸葛明远", "email": "mingyuan.zhuge@huaxin-cable.cn"}


def people() -> list[Any]:
    """Two customers in both systems; one has a title in Zoho."""
    return [
        typed("zoho_crm", "contact", "c1", {**OUYANG, "job_title": "经理"}),
        typed("fxiaoke", "contact", "c1", OUYANG),
        typed("zoho_crm", "contact", "c2", ZHUGE),
        typed("fxiaoke", "contact", "c2", ZHUGE),
    ]


def own(here: World, system: str, stream: str) -> None:
    """Give the project a mapping of its own to edit: a copy of the shipped one."""
    target = here.folder / "config" / "mappings" / system / f"{stream}.yaml"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(shipped() / "mappings" / system / f"{stream}.yaml", target)


def change(here: World, where: tuple[str, str], edit: Callable[[Any], None]) -> None:
    here.change_yaml(f"mappings/{where[0]}/{where[1]}.yaml", edit)


def fields(mapping: Any) -> Any:
    return mapping["emits"][0]["fields"]


def without(name: str) -> Callable[[Any], None]:
    return lambda mapping: fields(mapping).pop(name) and mapping.pop("examples")


def remapped(result: dict[str, Any], where: tuple[str, str]) -> dict[str, int]:
    return dict(result["systems"][where[0]].get("remapped", {}).get(where[1], {}))


def by_family(here: World, where: tuple[str, str], text: str) -> str:
    """Return the id of the record whose values carry *text*."""
    (found,) = [one for one, values in here.records(*where).items() if text in str(values)]
    return found


@pytest.fixture
def here(tmp_path: Path) -> Any:
    with world(tmp_path / "w", people()) as made:
        own(made, *Z)
        change(made, Z, without("job_title"))
        made.settle()
        yield made


def test_a_newly_mapped_field_is_read_from_the_system_and_reaches_the_other(here: World) -> None:
    change(here, Z, lambda mapping: fields(mapping).update(job_title="Title"))
    with here.hub() as hub:
        (ahead,) = forecast(hub)
    assert (ahead.records, ahead.fetch, ahead.paths) == (2, 2, ("Title",))
    result = here.sync()
    assert remapped(result, Z) == {"read": 0, "fetched": 2, "changed": 1, "not_given": 0, "left": 0}
    assert here.value(*F, by_family(here, F, "欧阳晓雯"), "job_title") == "经理"
    assert here.settle()[-1]["systems"]["zoho_crm"].get("remapped") is None


def test_what_the_store_holds_is_read_anew_without_asking_the_system(here: World) -> None:
    here.control("/_stats/reset", {})
    change(here, Z, lambda mapping: fields(mapping)["emails"].clear() or fields(mapping).update(emails=["Email"]))
    with here.hub() as hub:
        (ahead,) = forecast(hub)
    assert (ahead.records, ahead.fetch) == (2, 0)
    result = here.sync()
    assert remapped(result, Z) == {"read": 2, "fetched": 0, "changed": 0, "not_given": 0, "left": 0}
    assert written(result) == 0


def test_an_edit_of_the_push_alone_reads_no_record_anew(here: World) -> None:
    change(here, Z, lambda mapping: fields(mapping)["tier"].update(only_if_empty=True))
    with here.hub() as hub:
        assert forecast(hub) == []
    assert remapped(here.sync(), Z) == {}


def test_an_edited_value_map_changes_just_the_records_that_show_the_word(tmp_path: Path) -> None:
    tiers = [typed("zoho_crm", "contact", "c1", {**OUYANG, "tier": "regular"}), people()[2], *people()[1::2]]
    with world(tmp_path / "w", tiers) as here:
        own(here, *Z)
        here.settle()
        f, word = by_family(here, F, "欧阳晓雯"), here.value(*Z, by_family(here, Z, "xiaowen"), "Rating")
        assert here.value(*F, f, "tier__c") == "regular"
        change(here, Z, lambda mapping: fields(mapping)["tier"]["values"].update({word: "basic"}))
        change(here, Z, lambda mapping: fields(mapping)["tier"]["push_values"].update(basic=word))
        result = here.sync()
        assert remapped(result, Z) == {"read": 2, "fetched": 0, "changed": 1, "not_given": 0, "left": 0}
        assert here.value(*F, f, "tier__c") == "basic"
        here.settle()
        # the record in Fxiaoke had its tier from the hub: taking the word back, nobody there has said otherwise
        change(here, Z, lambda mapping: fields(mapping)["tier"]["values"].update({word: "regular"}))
        here.settle()
        assert here.value(*F, f, "tier__c") == "regular"


def test_a_newly_read_value_is_no_edit_and_does_not_beat_one_that_people_made(here: World) -> None:
    f = by_family(here, F, "欧阳晓雯")
    here.edit(*F, f, job_title="总监")
    here.settle()
    change(here, Z, lambda mapping: fields(mapping).update(job_title="Title"))
    here.settle()
    assert here.value(*F, f, "job_title") == "总监"
    assert here.value(*Z, by_family(here, Z, "xiaowen"), "Title") == "总监"


def test_an_edit_that_people_made_meanwhile_keeps_its_stamp(here: World) -> None:
    z, f = by_family(here, Z, "xiaowen"), by_family(here, F, "欧阳晓雯")
    here.edit(*F, f, department="市场部")
    here.settle()
    here.edit(*Z, z, Department="销售部")
    change(here, Z, lambda mapping: fields(mapping).update(job_title="Title"))
    here.settle()
    assert here.value(*F, f, "department") == "销售部"
    assert here.value(*F, f, "job_title") == "经理"


def test_a_system_that_is_away_leaves_its_records_unread_and_unwritten_until_it_is_back(here: World) -> None:
    f = by_family(here, F, "欧阳晓雯")
    change(here, Z, lambda mapping: fields(mapping).update(job_title="Title"))
    here.control(
        "/_faults", [{"system": "zoho_crm", "method": "GET", "path": "/crm/.*", "kind": "status", "status": 403}]
    )
    here.edit(*F, f, department="市场部")
    result = here.sync()
    assert remapped(result, Z)["left"] == 2
    assert result["blocked"]["mapping_not_applied"] > 0
    assert "mapping_waits" in {error["code"] for error in result["errors"]}
    here.control("/_faults", [])
    here.settle()
    assert here.value(*Z, by_family(here, Z, "xiaowen"), "Department") == "市场部"
    assert here.value(*F, f, "job_title") == "经理"


def test_a_job_that_was_killed_goes_on_where_it_stood(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    change(here, Z, lambda mapping: mapping.update(region="US"))
    real, pages = remapping.remap, 0

    def one_page(*arguments: Any, **named: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages > 1:
            raise KeyboardInterrupt
        return real(*arguments, **{**named, "limit": 1})

    monkeypatch.setattr("flows.remapping.remap", one_page)
    with pytest.raises(KeyboardInterrupt):
        here.sync()
    with here.hub() as hub, hub.store.read() as connection:
        assert sorted(source_records.versions(connection, *Z).values()) == [1, 1]
    monkeypatch.setattr("flows.remapping.remap", real)
    assert remapped(here.sync(), Z)["read"] == 1


def test_an_entity_that_takes_anothers_place_is_refused_with_its_cure(here: World) -> None:
    company = {"entity": "company", "relation": "employer", "fields": {"name": {"pull": "Account_Name.name"}}}
    change(here, Z, lambda mapping: mapping["emits"].insert(0, {**company, "relation": None}))
    result = here.sync()
    (error,) = [one for one in result["errors"] if one["code"] == "mapping"]
    assert "entity 1 of `emits` was person and is company now" in error["message"]
    assert result["systems"]["zoho_crm"]["streams"].get("Contacts") is None


def test_a_field_taken_out_of_a_mapping_blanks_nothing_anywhere(here: World) -> None:
    change(here, Z, lambda mapping: fields(mapping).update(job_title="Title"))
    here.settle()
    f = by_family(here, F, "欧阳晓雯")
    assert here.value(*F, f, "job_title") == "经理"
    change(here, Z, lambda mapping: fields(mapping).pop("job_title"))
    here.settle()
    assert here.value(*F, f, "job_title") == "经理"
    assert here.value(*Z, by_family(here, Z, "xiaowen"), "Title") == "经理"
