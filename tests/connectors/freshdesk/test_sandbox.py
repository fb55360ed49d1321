"""The simulated account as other clients use it: what the hub does not call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.connectors.desk import Desk
from tests.connectors.freshdesk.conftest import Open, company, contact


def get(desk: Desk, path: str, password: str = "X", **params: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        url = f"{desk.config['base_url']}/api/v2/{path}"
        return session.get(url, params=params, auth=(desk.config["api_key"], password), timeout=10)


def test_the_password_beside_the_key_may_be_anything(open_desk: Open) -> None:
    desk = open_desk([contact(1)])
    assert get(desk, "contacts", "unused_with_api_key").status_code == 200
    assert get(desk, "contacts", "").status_code == 200


def test_a_search_wants_its_quotes_and_joins_terms(open_desk: Open) -> None:
    desk = open_desk([company(1), *(contact(n) for n in range(40))])
    found = get(desk, "search/contacts", query="\"email:'ann7@a.example'\"").json()
    assert (found["total"], [one["name"] for one in found["results"]]) == (1, ["Ann 7"])
    either = get(desk, "search/contacts", query="\"email:'ann7@a.example' OR email:'ann8@a.example'\"").json()
    assert sorted(one["name"] for one in either["results"]) == ["Ann 7", "Ann 8"]
    both = get(desk, "search/contacts", query="\"email:'ann7@a.example' AND name:'Ann 8'\"").json()
    assert both == {"total": 0, "results": []}
    assert len(get(desk, "search/contacts", query='"job_title:null"').json()["results"]) == 30
    assert get(desk, "search/companies", query="\"name:'Acme 1'\"").json()["total"] == 1
    assert get(desk, "search/contacts", query="email:'ann7@a.example'").status_code == 400


def test_people_and_lists_around_the_contacts_are_there(open_desk: Open) -> None:
    desk = open_desk([contact(n) for n in range(3)])
    assert get(desk, "agents/me").json()["contact"]["email"]
    assert [one["id"] for one in get(desk, "agents").json()] == [get(desk, "agents/me").json()["id"]]
    assert [one["name"] for one in get(desk, "contacts/autocomplete", term="nn 2").json()] == ["Ann 2"]
    assert get(desk, "ticket_fields").json()[0]["name"] == "subject"
    assert get(desk, "groups").json() == []
    assert get(desk, "contacts", state="blocked").json() == []


def test_tickets_of_the_last_thirty_days_are_listed_where_no_time_is_named(open_desk: Open) -> None:
    desk = open_desk([contact(1)])
    old = datetime.now(UTC) - timedelta(days=40)
    lately = desk.edit("tickets", set={"subject": "New", "status": 2})
    desk.edit("tickets", set={"subject": "Old", "status": 2}, at=old.isoformat())
    assert [str(one["id"]) for one in get(desk, "tickets").json()] == [lately]
    since = (old - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len(get(desk, "tickets", updated_since=since).json()) == 2
    assert get(desk, f"tickets/{lately}/conversations").json() == []


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("contacts", {"updated_since": "2026-01-01T00:00:00Z"}, "updated_since"),
        ("contacts", {"_updated_since": "yesterday"}, "_updated_since"),
        ("contacts", {"state": "asleep"}, "state"),
        ("tickets", {"_updated_since": "2026-01-01T00:00:00Z"}, "_updated_since"),
    ],
)
def test_a_list_refuses_parameters_that_it_does_not_know(
    open_desk: Open, path: str, params: dict[str, str], field: str
) -> None:
    said = get(open_desk([]), path, **params)
    assert (said.status_code, said.json()["errors"][0]["field"]) == (400, field)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": "A", "email": "nobody"}, "invalid_value"),
        ({"name": "A", "email": "a@b.example", "tags": "x"}, "datatype_mismatch"),
        ({"name": "A", "email": "a@b.example", "shoe": 1}, "invalid_field"),
        ({"name": "A"}, "missing_field"),
    ],
)
def test_values_are_checked(open_desk: Open, facts: dict[str, Any], code: str) -> None:
    said = post(open_desk([]), "contacts", json=facts)
    assert (said.status_code, said.json()["errors"][0]["code"]) == (400, code)


def test_a_body_that_is_no_json_is_refused(open_desk: Open) -> None:
    assert post(open_desk([]), "contacts", data="name=A").json()["code"] == "invalid_json"


def test_a_record_shows_all_its_fields(open_desk: Open) -> None:
    desk = open_desk([])
    made = post(desk, "contacts", json={"name": "A", "email": "a@b.example"}).json()
    assert {"mobile", "phone", "company_id", "time_zone", "unique_external_id", "view_all_tickets"} <= set(made)
    named = {one["name"]: one["default"] for one in get(desk, "contact_fields").json()}
    assert (named["email"], named["customer_tier"]) == (True, False)


def post(desk: Desk, path: str, **body: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        url = f"{desk.config['base_url']}/api/v2/{path}"
        return session.post(url, auth=(desk.config["api_key"], "X"), timeout=10, **body)
