from __future__ import annotations

import pytest

from connectors.contract import DELETED_AT, Found, Lookup
from connectors.errors import StopSystem
from tests.connectors.fxiaoke.conftest import Start, World, by_id, create, typed


def lookup(number: int, **fields: str) -> Lookup:
    return Lookup(f"w{number}", "ContactObj", f"01J0000000000000000000{number:04d}", fields)


def found(world: World, *lookups: Lookup) -> dict[str, Found]:
    return {one.write_id: one for one in world.writer().find(lookups)}


def test_a_record_written_a_moment_ago_is_found_by_its_binding_id(world: World) -> None:
    made = by_id(world.writer().write([create(1)]))["w1"]
    answer = found(world, lookup(1), lookup(2))
    assert answer.keys() == {"w1"}
    assert (answer["w1"].record_id, answer["w1"].by) == (made.record_id, "binding_id")
    assert answer["w1"].record["hub_id__c"] == lookup(1).binding_id


def test_a_deleted_record_is_found_by_its_binding_id_and_says_so(world: World) -> None:
    made = by_id(world.writer().write([create(1)]))["w1"]
    world.edit("ContactObj", str(made.record_id), delete=True)
    assert DELETED_AT in found(world, lookup(1))["w1"].record


@pytest.mark.parametrize(
    ("fields", "by", "place"),
    [
        ({"email": " ONE@a.example "}, "mail", 0),
        ({"mobile1": "13900000002"}, "phone", 1),
        ({"mobile1": "+8613900000002"}, "phone", 1),
        ({"tel1": "+86 139 0000 0001", "mobile1": ""}, "phone", 0),
        ({"tel1": "010-5550103"}, "phone", 2),
        ({"mobile1": "010-5550103", "tel1": ""}, "phone", 2),
        ({"email": "nobody@a.example", "mobile1": "13911111111"}, None, 0),
        ({"email": "无", "mobile1": "110"}, None, 0),
    ],
)
def test_mail_and_phone_find_who_is_there(world: World, fields: dict[str, str], by: str | None, place: int) -> None:
    answer = found(world, lookup(1, **fields))
    shown = {one.write_id: (one.by, one.record_id) for one in answer.values()}
    assert shown == ({} if by is None else {"w1": (by, world.ids()[place])})


def test_mail_goes_before_phone(world: World) -> None:
    answer = found(world, lookup(1, email="one@a.example", mobile1="+86 13900000002"))
    assert answer["w1"].record_id == world.ids()[0]


def test_a_deleted_record_is_not_found_by_mail(world: World) -> None:
    world.switch(SIM_RETURN_INVALID="always")
    world.edit("ContactObj", world.ids()[0], delete=True)
    assert found(world, lookup(1, email="one@a.example")) == {}


def test_a_shared_phone_finds_one_record_the_same_each_time(start: Start) -> None:
    world = start([typed(str(n), phone="010-5550100") for n in range(130)])
    answers = [found(world, lookup(1, tel1="010-5550100"))["w1"].record_id for _ in range(2)]
    assert answers == [min(world.ids())] * 2


def test_a_hundred_lookups_take_few_calls(start: Start) -> None:
    world = start()
    found(world, *(lookup(n, email=f"{n}@a.example", mobile1=f"139000{n:05d}") for n in range(100)))
    calls = world.calls()
    assert calls["query"] <= 1 + 1 + 4  # binding ids; mails; phones in four spellings


def test_a_tenant_without_the_binding_field_stops_the_push_with_a_cure(start: Start) -> None:
    world = start()
    writer = world.writer(binding_field="hub_key__c")
    with pytest.raises(StopSystem, match="custom text field hub_key__c"):
        list(writer.find([lookup(1)]))
    with pytest.raises(StopSystem, match="custom text field hub_key__c"):
        list(writer.write([create(1)]))
    assert world.ids() == []
