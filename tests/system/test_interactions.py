"""Purchases and cases come in as interactions of the profile that their contact belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from console.commands.demo import with_dealings as with_demo_dealings
from flows.profile_view import as_it_is, profile_page
from golden_record.store.tables import normalised_records, relations
from tests.system.world import World, world, written


def with_dealings(hub: Any) -> None:
    zoho, fxiaoke = hub["systems"]["zoho_crm"], hub["systems"]["fxiaoke"]
    zoho["streams"].append("Deals")
    zoho["config"]["modules"] = ["Contacts", "Leads", "Accounts", "Deals"]
    fxiaoke["streams"] += ["SalesOrderObj", "CasesObj"]
    fxiaoke["config"]["objects"] = ["AccountObj", "ContactObj", "LeadsObj", "SalesOrderObj", "CasesObj"]


def profile_of(one: World, record_id: str) -> str:
    with one.hub() as hub, hub.store.read() as connection:
        found = connection.execute(
            sa.select(normalised_records.c.ref, normalised_records.c.entity).where(
                normalised_records.c.source_ref.in_(
                    sa.text("(select ref from source_records where record_id = :id)").bindparams(id=record_id)
                )
            )
        ).one()
        if found.entity != "interaction":
            return str(_profile(connection, found.ref))
        where = (relations.c.ref == found.ref) & (relations.c.relation == "customer")
        return str(_profile(connection, connection.scalar(sa.select(relations.c.target).where(where))))


def _profile(connection: sa.Connection, ref: Any) -> Any:
    table = normalised_records
    return connection.scalar(sa.select(table.c.profile_id).where(table.c.ref == ref))


def test_every_dealing_belongs_to_its_contacts_profile_and_nothing_is_written_for_it(tmp_path: Path) -> None:
    with world(tmp_path / "hub", None, customers=20, seed=3) as one:
        one.change_yaml("hub.yaml", with_dealings)
        first = one.sync()
        deals, orders = one.records("zoho_crm", "Deals"), one.records("fxiaoke", "SalesOrderObj")
        assert deals
        assert orders
        read = first["systems"]["zoho_crm"]["streams"]["Deals"]
        assert (read["read"], read["changed"], read["invalid"]) == (len(deals), len(deals), 0)
        for deal, values in deals.items():
            assert profile_of(one, deal) == profile_of(one, values["Contact_Name"]["id"])
        for order, values in orders.items():
            assert profile_of(one, order) == profile_of(one, values["contact_id"])
        second = one.sync()
        assert written(second) == 0
        assert [error for result in (first, second) for error in result["errors"] if error["stream"] == "Deals"] == []


def test_a_form_entry_is_a_contact_of_its_customer_and_the_demo_sums_up_what_each_department_knows(
    tmp_path: Path,
) -> None:
    def as_in_the_demo(hub: Any) -> None:
        for name, block in hub["systems"].items():
            hub["systems"][name] = with_demo_dealings(name, block)

    with world(tmp_path / "hub", None, systems=("zoho_crm", "web_forms"), customers=12, seed=3) as one:
        one.change_yaml("hub.yaml", as_in_the_demo)
        first = one.sync()
        assert first["systems"]["zoho_crm"]["streams"]["Deals"]["read"] > 0
        entries = one.records("web_forms", "entries")
        with one.hub() as hub:
            people = profile_page(hub, entity="person", after=None, limit=99, show=as_it_is)["items"]
        typed = [item for item in people if any(source["system"] == "web_forms" for source in item["sources"])]
        assert entries
        assert typed
        assert {item["fields"]["last_contact_by"] for item in typed} == {"web_form"}
        assert all("last_contact_on" in item["fields"] for item in typed)
        assert any("orders_12m" in item["fields"] for item in people)
        assert written(one.sync()) == 0
