"""Purchases and cases come in as interactions of the profile that their contact belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

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
