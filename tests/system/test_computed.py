"""What each department knows of a customer is summed up and shown to the others; nobody's edit of it comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.profile_edits import Edit, edit_profile
from flows.profile_view import as_it_is, profile_page, profile_shown
from flows.stewards import merge, split
from tests.system.world import World, typed, world, written

WEI = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222", "email": "xw@huaxin.cn"}
LI = {"family": "司马", "given": "青衫", "full_name": "司马青衫", "mobile": "+8613622223333"}


def with_dealings(hub: Any) -> None:
    zoho = hub["systems"]["zoho_crm"]
    zoho["streams"].append("Deals")
    zoho["config"]["modules"] = ["Contacts", "Leads", "Accounts", "Deals"]
    hub["systems"]["zendesk"]["streams"] += ["tickets", "satisfaction_ratings"]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    people = [
        typed("zoho_crm", "contact", "wei", WEI),
        typed("zendesk", "user", "wei", WEI),
        typed("zoho_crm", "contact", "li", LI),
    ]
    with world(tmp_path / "hub", people, systems=("zoho_crm", "zendesk")) as one:
        one.change_yaml("hub.yaml", with_dealings)
        yield one


def day(back: int) -> str:
    return (datetime.now(UTC) - timedelta(days=back)).date().isoformat()


def contact_of(one: World, family: str) -> str:
    found = one.records("zoho_crm", "Contacts")
    return next(record_id for record_id, values in found.items() if values["Last_Name"] == family)


def user_of(one: World) -> str:
    users = one.records("zendesk", "users")
    return next(record_id for record_id, values in users.items() if values.get("name") == "欧阳晓雯")


def deal(one: World, contact: str, back: int, amount: float, stage: str = "Closed Won") -> str:
    values = {"Deal_Name": "Support plan", "Stage": stage, "Amount": amount, "Closing_Date": day(back)}
    return one.edit("zoho_crm", "Deals", None, **values, Contact_Name={"id": contact, "name": "x"})


def fields(one: World, name: str) -> dict[str, Any]:
    with one.hub() as hub:
        items = profile_page(hub, entity="person", after=None, limit=99, show=as_it_is)["items"]
    return dict(next(item for item in items if item["fields"].get("name") == name)["fields"])


def custom(one: World) -> dict[str, Any]:
    return dict(one.value("zendesk", "users", user_of(one), "user_fields"))


def test_service_sees_what_sales_sold_and_sales_what_service_is_asked(here: World) -> None:
    wei = contact_of(here, "欧阳")
    deal(here, wei, 10, 1200.5)
    deal(here, wei, 40, 300)
    deal(here, wei, 900, 5000)
    deal(here, wei, 5, 777, "Negotiation/Review")
    here.settle()
    known = fields(here, "欧阳晓雯")
    assert (known["orders_12m"], known["amount_12m"], known["last_order_on"]) == (2, 1500.5, day(10))
    shown = custom(here)
    assert (shown["orders_12m"], shown["amount_12m"], shown["last_order"]) == (2, 1500.5, day(10))
    cases = known["open_cases"]
    assert here.value("zoho_crm", "Contacts", wei, "Open_Cases") == cases
    assert here.value("zoho_crm", "Contacts", wei, "Last_Contact") == known["last_contact_on"]
    assert "orders_12m" not in fields(here, "司马青衫")
    assert here.value("zoho_crm", "Contacts", contact_of(here, "司马"), "Open_Cases") is None
    assert written(here.sync()) == 0


def test_a_new_purchase_goes_to_service_with_the_next_sync_and_a_moved_one_changes_hands(here: World) -> None:
    wei, li = contact_of(here, "欧阳"), contact_of(here, "司马")
    first = deal(here, wei, 20, 100)
    here.settle()
    assert custom(here)["orders_12m"] == 1
    deal(here, wei, 1, 50)
    here.settle()
    assert (custom(here)["orders_12m"], custom(here)["last_order"]) == (2, day(1))
    here.edit("zoho_crm", "Deals", first, Contact_Name={"id": li, "name": "y"})
    here.settle()
    assert custom(here)["orders_12m"] == 1
    assert fields(here, "司马青衫")["orders_12m"] == 1
    here.delete("zoho_crm", "Deals", first)
    here.sync(full=True)
    here.settle()
    assert "orders_12m" not in fields(here, "司马青衫")


def test_an_order_drops_out_of_its_window_by_the_passing_of_time_and_the_next_sync_is_quiet(here: World) -> None:
    deal(here, contact_of(here, "欧阳"), 360, 100)
    here.settle()
    assert custom(here)["orders_12m"] == 1
    here.late = timedelta(days=2)
    assert written(here.sync()) == 0
    here.late = timedelta(days=10)
    here.settle()
    shown = custom(here)
    assert (shown["orders_12m"], shown["amount_12m"], shown["last_order"]) == (0, 0, day(360))
    assert written(here.sync()) == 0


def test_a_first_load_that_is_resolved_at_once_sums_up_as_well(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("golden_record.bulk.resolve_many.AT_ONCE", 1)
    deal(here, contact_of(here, "欧阳"), 10, 100)
    here.sync(push=False)
    assert fields(here, "欧阳晓雯")["orders_12m"] == 1


def test_what_people_type_into_a_computed_field_is_put_right_and_believed_nowhere(here: World) -> None:
    deal(here, contact_of(here, "欧阳"), 10, 100)
    here.settle()
    here.edit("zendesk", "users", user_of(here), user_fields={"orders_12m": 99})
    here.settle()
    assert custom(here)["orders_12m"] == 1
    assert fields(here, "欧阳晓雯")["orders_12m"] == 1


def test_dealings_move_with_their_customer_on_merge_and_split(here: World) -> None:
    deal(here, contact_of(here, "欧阳"), 10, 100)
    li = contact_of(here, "司马")
    deal(here, li, 3, 11)
    here.settle()
    with here.hub() as hub:
        wei_record = f"zoho_crm/Contacts/{contact_of(here, '欧阳')}"
        li_record = f"zoho_crm/Contacts/{li}"
        done = merge(hub, wei_record, li_record, author="li", reason="one desk")
        joined = profile_shown(hub, done.profiles[0], as_it_is)
        assert joined is not None
        assert (joined["fields"]["orders_12m"], joined["fields"]["amount_12m"]) == (2, 111)
        assert joined["lineage"]["last_order_on"]["rule"] == "computed"
        assert joined["lineage"]["last_order_on"]["stream"] == "Deals"
        split(hub, done.profiles[0], [li_record], author="li", reason="two after all")
    here.settle()
    assert fields(here, "欧阳晓雯")["amount_12m"] == 100
    assert custom(here)["amount_12m"] == 100


def test_a_pin_that_ends_gives_way_on_its_day(here: World) -> None:
    here.settle()
    with here.hub() as hub:
        until = datetime.now(UTC) + timedelta(days=3)
        edit = Edit({"job_title": ["总裁"]}, pin=True, until=until)
        record = f"zoho_crm/Contacts/{contact_of(here, '司马')}"
        edit_profile(hub, record, edit, author="li", reason="asked")
    here.settle()
    assert here.value("zoho_crm", "Contacts", contact_of(here, "司马"), "Title") == "总裁"
    here.late = timedelta(days=4)
    here.sync()
    assert "job_title" not in json.dumps(fields(here, "司马青衫"))
