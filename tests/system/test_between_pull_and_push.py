"""What people do while a sync runs, and what becomes of writes that did not go through. Z is Zoho, F is Fxiaoke."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.sandboxes.contract import Change
from flows.sync import Wanted, Watcher, sync
from tests.system.world import World, typed, world

Z, F, D = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj"), ("zendesk", "users")
PERSON = {
    "family": "欧阳",
    "given": "晓雯",
    "full_name": "欧阳晓雯",
    "email": "xiaowen.ouyang@huaxin-cable.cn",
    "mobile": "13911112222",
}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    people = [
        typed("zoho_crm", "contact", "c1", {**PERSON, "job_title": "经理"}),
        typed("fxiaoke", "contact", "c1", PERSON),
        typed("zendesk", "user", "c1", PERSON),
    ]
    with world(tmp_path, people, systems=("zoho_crm", "fxiaoke", "zendesk")) as made:
        made.settle()
        yield made


def only_user(here: World) -> str:
    """Return the id of Zendesk's only end user: its agents are no customers."""
    (found,) = (key for key, values in here.records(*D).items() if values.get("role") == "end-user")
    return found


def sync_and_meanwhile(here: World, phase: str, act: Callable[[], Any]) -> None:
    """Run one sync; when *phase* begins, once, a person does something."""
    left = [act]

    def meanwhile(name: str) -> None:
        if name == phase and left:
            left.pop()()

    with here.hub() as hub:
        sync(hub, Wanted(), Watcher(phase=meanwhile))


def test_an_edit_beside_the_written_field_is_taken_in_by_the_next_pull(here: World) -> None:
    z, f = here.only(*Z), here.only(*F)
    here.edit(*Z, z, Title="总监")
    sync_and_meanwhile(here, "push person", lambda: here.edit(*F, f, department="采购部"))
    here.settle()
    assert here.value(*F, f, "job_title") == "总监"
    assert (here.value(*F, f, "department"), here.value(*Z, z, "Department")) == ("采购部", "采购部")


def test_an_edit_of_another_custom_field_is_taken_in_by_the_next_pull(here: World) -> None:
    z, d = here.only(*Z), only_user(here)
    here.edit(*Z, z, Title="总监")
    sync_and_meanwhile(here, "push person", lambda: here.edit(*D, d, **{"user_fields.customer_tier": "vip"}))
    here.settle()
    assert here.value(*D, d, "user_fields")["customer_tier"] == "vip"
    assert here.value(*Z, z, "Rating") == "vip"


def test_an_edit_of_another_slot_of_the_written_field_is_not_taken_for_the_hubs_own(here: World) -> None:
    z, f = here.only(*Z), here.only(*F)
    here.edit(*Z, z, Phone="021-62345678")
    sync_and_meanwhile(here, "push person", lambda: here.edit(*F, f, mobile2="13911119999"))
    here.settle()
    assert str(here.value(*F, f, "mobile2")).endswith("13911119999")
    zoho = here.records(*Z)[z]
    assert any("13911119999" in str(zoho.get(name)) for name in ("Mobile", "Phone", "Home_Phone", "Other_Phone"))


def test_a_write_that_came_too_late_is_made_when_it_is_wanted_again(here: World) -> None:
    z, f = here.only(*Z), here.only(*F)
    here.edit(*Z, z, Title="总监")
    sync_and_meanwhile(here, "push person", lambda: here.edit(*F, f, job_title="总裁"))
    here.settle()
    assert (here.value(*Z, z, "Title"), here.value(*F, f, "job_title")) == ("总裁", "总裁")
    here.edit(*Z, z, Title="总监")
    here.settle()
    assert (here.value(*Z, z, "Title"), here.value(*F, f, "job_title")) == ("总监", "总监")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 403, "count": 1},
        {"kind": "cut", "count": 1},
    ],
    ids=lambda fault: str(fault["kind"]),
)
@pytest.mark.parametrize(("system", "method"), [("zoho_crm", "PUT"), ("zendesk", "PUT")])
def test_a_write_that_failed_in_passing_is_made_again(
    here: World, system: str, method: str, fault: dict[str, Any]
) -> None:
    z, f, d = here.only(*Z), here.only(*F), only_user(here)
    here.edit(*F, f, job_title="总监")
    here.control("/_faults", [{"system": system, "method": method, **fault}])
    here.sync()
    here.control("/_faults", [])
    here.late += timedelta(minutes=20)  # a write that its system would not take is left alone for a while
    here.settle()
    assert here.value(*Z, z, "Title") == "总监"
    assert here.value(*D, d, "user_fields")["job_title"] == "总监"


@pytest.mark.parametrize(
    ("system", "typed_in"),
    # "总" may be "总监" cut short, unless the system tells who saved it last
    [("zoho_crm", "总裁"), ("fxiaoke", "总裁"), ("zendesk", "总裁"), ("zoho_crm", "总"), ("fxiaoke", "总")],
)
def test_an_edit_between_a_write_and_its_reading_back_is_not_taken_for_the_hubs_own(
    here: World, system: str, typed_in: str
) -> None:
    d = only_user(here)
    cases: dict[str, tuple[str, dict[str, Any], tuple[str, str], str]] = {
        "zoho_crm": (here.only(*Z), {"Title": typed_in}, F, "job_title"),
        "fxiaoke": (here.only(*F), {"job_title": typed_in}, Z, "Title"),
        "zendesk": (d, {"user_fields": {**here.value(*D, d, "user_fields"), "job_title": typed_in}}, Z, "Title"),
    }
    place, values, other, name = cases[system]
    save_behind_the_hubs_back(here, system, place, values)
    here.edit(*other, here.only(*other), **{name: "总监"})
    here.settle()
    assert here.value(*Z, here.only(*Z), "Title") == typed_in
    assert here.value(*F, here.only(*F), "job_title") == typed_in
    assert here.value(*D, d, "user_fields")["job_title"] == typed_in


def save_behind_the_hubs_back(here: World, system: str, record_id: str, values: dict[str, Any]) -> None:
    """Let a person save *values* in a record at the very moment at which the hub has written it, once."""
    book, left = here.running.sandboxes[system].book, [values]

    def save(change: Change) -> None:
        if left and change.by == "hub" and change.record_id == record_id and change.kind == "update":
            at = change.at + timedelta(minutes=1)  # later than the other edit of the test, which is a minute ahead
            book.update(change.stream, record_id, left.pop(), by="people", at=at)

    book.listeners.append(save)


def test_a_record_deleted_before_it_was_known_whose_it_is_is_not_made_again(here: World) -> None:
    new = {"family": "司徒", "given": "建国", "email": "jianguo.situ@qq.com", "mobile": "13911113333"}
    z = here.edit(*Z, None, Last_Name="司徒", First_Name="建国", Email=new["email"], Mobile=new["mobile"])

    def die(name: str) -> None:
        if name == "resolve":
            raise KeyboardInterrupt

    with here.hub() as hub, pytest.raises(KeyboardInterrupt):
        sync(hub, Wanted(systems=("zoho_crm",)), Watcher(phase=die))
    here.control("/_edit", {"system": Z[0], "stream": Z[1], "id": z, "delete": True, "at": _later(here)})
    here.edit(*F, None, name="司徒建国", email=new["email"], mobile1=new["mobile"])
    here.settle()
    assert new["email"] not in {values.get("Email") for values in here.records(*Z).values()}


@pytest.mark.parametrize("system", ["zoho_crm", "fxiaoke", "zendesk"])
def test_what_people_write_into_a_record_that_the_hub_has_just_made_is_theirs(here: World, system: str) -> None:
    new = {"Last_Name": "司徒", "First_Name": "建国", "Email": "jianguo.situ@qq.com", "Mobile": "13911113333"}
    if system == "zoho_crm":
        here.edit(*F, None, name="司徒建国", email=new["Email"], mobile1=new["Mobile"])
    else:
        here.edit(*Z, None, **new)
    here.sync()
    place = {"zoho_crm": Z, "fxiaoke": F, "zendesk": D}[system]
    title = {"zoho_crm": "Title", "fxiaoke": "job_title", "zendesk": "user_fields.job_title"}[system]
    made = next(
        key
        for key, values in here.records(*place).items()
        if new["Email"] in (values.get("Email"), values.get("email"))
    )
    here.edit(*place, made, **{title: "总监"})
    here.settle()
    other, name = (F, "job_title") if system == "zoho_crm" else (Z, "Title")
    assert "总监" in {values.get(name) for values in here.records(*other).values()}


def _later(here: World) -> str:
    here.minute += 1
    return (datetime.now(UTC) + timedelta(seconds=here.minute)).isoformat()
