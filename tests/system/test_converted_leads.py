"""A lead that people convert in Zoho is its contact from then on: one profile, no write to what is read-only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from flows.sync import Wanted, Watcher, sync
from golden_record.store.tables import profiles as table
from tests.system.world import World, typed, world, written

ASHA: Mapping[str, Any] = {"family": "Rao", "given": "Asha", "company": "Acme Ltd", "mobile": "13800001111"}


@pytest.fixture
def one(tmp_path: Path) -> Iterator[World]:
    people = [
        typed("zoho_crm", "lead", "p1", {**ASHA, "email": "asha@acme.example"}),
        typed("fxiaoke", "contact", "p1", {**ASHA, "full_name": "Asha Rao", "email": "asha@acme.example"}),
    ]
    with world(tmp_path / "hub", people) as made:
        yield made


def convert(one: World, lead: str, **chosen: Any) -> None:
    """Convert a lead as a rep does; *chosen* names the contact or account that it goes into."""
    config = one.running.describe()["systems"]["zoho_crm"]["config"]["config"]
    with requests.Session() as session:
        session.trust_env = False
        form = {key: config[key] for key in ("client_id", "client_secret", "refresh_token")}
        token = session.post(
            f"{config['base_url']}/oauth/v2/token", data={**form, "grant_type": "refresh_token"}, timeout=10
        ).json()["access_token"]
        answer = session.post(
            f"{config['base_url']}/crm/v8/Leads/{lead}/actions/convert",
            json={"data": [{name: {"id": record_id} for name, record_id in chosen.items()}]},
            headers={"Authorization": f"Zoho-oauthtoken {token}"},
            timeout=10,
        )
        answer.raise_for_status()


def profiles(one: World, entity: str) -> set[str]:
    with one.hub() as hub, hub.store.read() as connection:
        where = table.c.merged_into.is_(None) & (table.c.entity == entity)
        return set(connection.scalars(sa.select(table.c.id).where(where)))


def test_a_converted_lead_is_never_written_again_and_what_changes_goes_to_its_contact(one: World) -> None:
    one.settle()
    convert(one, one.only("zoho_crm", "Leads"))
    one.settle()
    contact, theirs = one.only("zoho_crm", "Contacts"), one.only("fxiaoke", "ContactObj")
    one.edit("fxiaoke", "ContactObj", theirs, job_title="CEO")
    results = one.settle()
    assert [result["errors"] for result in results] == [[] for _ in results]
    assert one.value("zoho_crm", "Contacts", contact, "Title") == "CEO"


def test_a_lead_that_is_converted_before_its_write_goes_out_leaves_it_to_the_contact(one: World) -> None:
    one.settle()
    lead, left = one.only("zoho_crm", "Leads"), [True]
    one.edit("fxiaoke", "ContactObj", one.only("fxiaoke", "ContactObj"), job_title="CEO")

    def phase(name: str) -> None:
        if name == "push person" and left:
            left.clear()
            convert(one, lead)

    with one.hub() as hub:
        done = sync(hub, Wanted(), Watcher(phase=phase)).to_json()
    assert not left
    assert done["systems"]["zoho_crm"]["writes"]["update"] == 0
    one.late += timedelta(minutes=20)
    one.settle()
    assert one.value("zoho_crm", "Contacts", one.only("zoho_crm", "Contacts"), "Title") == "CEO"
    assert written(one.sync(full=True)) == 0


def test_a_number_that_people_replace_in_the_contact_is_not_kept_alive_by_the_lead(one: World) -> None:
    one.settle()
    convert(one, one.only("zoho_crm", "Leads"))
    one.settle()
    contact, theirs = one.only("zoho_crm", "Contacts"), one.only("fxiaoke", "ContactObj")
    one.edit("zoho_crm", "Contacts", contact, Mobile="13900009999")
    one.edit("fxiaoke", "ContactObj", theirs, mobile1="13900009999")
    one.settle()
    shown = one.records("zoho_crm", "Contacts")[contact]
    assert "13800001111" not in {shown.get(name) for name in ("Mobile", "Phone", "Home_Phone", "Other_Phone")}


def test_the_profile_keeps_its_id_even_where_nothing_but_the_conversion_ties_lead_and_contact(tmp_path: Path) -> None:
    bare = typed("zoho_crm", "lead", "p1", {"family": "Rao"})
    other = typed("zoho_crm", "contact", "p2", {"family": "Quite", "given": "Different"})
    with world(tmp_path / "hub", [bare, other], systems=("zoho_crm",)) as one:
        one.settle()
        assert len(profiles(one, "person")) == 2
        convert(one, one.only("zoho_crm", "Leads"), Contacts=one.only("zoho_crm", "Contacts"))
        one.settle()
        assert len(profiles(one, "person")) == 1


def test_a_lead_that_was_converted_before_the_first_pull_makes_no_profile_of_its_own(tmp_path: Path) -> None:
    bare = typed("zoho_crm", "lead", "p1", {"family": "Rao", "company": "Acme Ltd"})
    other = typed("zoho_crm", "contact", "p2", {"family": "Quite", "given": "Different"})
    with world(tmp_path / "hub", [bare, other], systems=("zoho_crm",)) as one:
        convert(one, one.only("zoho_crm", "Leads"), Contacts=one.only("zoho_crm", "Contacts"))
        results = one.settle()
        assert len(profiles(one, "person")) == 1
        assert sum(map(written, results)) == 0


def test_a_lead_that_is_read_before_its_contact_joins_it_when_the_contact_comes(tmp_path: Path) -> None:
    bare = typed("zoho_crm", "lead", "p1", {"family": "Rao"})
    other = typed("zoho_crm", "contact", "p2", {"family": "Quite", "given": "Different"})
    with world(tmp_path / "hub", [bare, other], systems=("zoho_crm",)) as one:
        lead, contact = one.only("zoho_crm", "Leads"), one.only("zoho_crm", "Contacts")
        one.sync(records=[("zoho_crm", "Leads", lead)])
        first = profiles(one, "person")
        convert(one, lead, Contacts=contact)
        one.sync(records=[("zoho_crm", "Leads", lead)])
        one.sync(records=[("zoho_crm", "Contacts", contact)])
        assert profiles(one, "person") == first
