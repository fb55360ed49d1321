"""The simulated portal as other clients use it: what the hub does not call."""

from __future__ import annotations

from typing import Any

import requests

from tests.connectors.desk import Desk
from tests.connectors.zoho_desk.conftest import Open, company, contact


def get(desk: Desk, path: str, **params: Any) -> requests.Response:
    asked = {name: desk.config[name] for name in ("client_id", "client_secret", "refresh_token")}
    with requests.Session() as session:
        session.trust_env = False
        url = f"{desk.config['base_url']}/oauth/v2/token"  # in the address, as Zoho's accounts host takes it too
        token = session.post(url, params={"grant_type": "refresh_token", **asked}, timeout=10).json()["access_token"]
        headers = {"Authorization": f"Zoho-oauthtoken {token}", "orgId": desk.config["org_id"]}
        return session.get(f"{desk.config['base_url']}/api/v1/{path}", params=params, headers=headers, timeout=10)


def test_a_search_finds_by_id_by_whole_name_and_by_any_word(open_desk: Open) -> None:
    desk = open_desk([contact(n) for n in range(3)])
    one = get(desk, "contacts", limit=1).json()["data"][0]
    by_id = get(desk, "contacts/search", id=one["id"]).json()["data"]
    assert [each["id"] for each in by_id] == [one["id"]]
    assert one["id"] in [each["id"] for each in get(desk, "contacts/search", fullName=one["lastName"]).json()["data"]]
    assert [each["id"] for each in get(desk, "contacts/search", _all=one["email"]).json()["data"]] == [one["id"]]


def test_a_list_is_sorted_as_asked(open_desk: Open) -> None:
    desk = open_desk([contact(n) for n in range(3)])
    names = [one["lastName"] for one in get(desk, "contacts", sortBy="-lastName").json()["data"]]
    assert names == sorted(names, reverse=True) != sorted(names)


def test_a_contacts_account_is_shown_beside_it_and_listed(open_desk: Open) -> None:
    desk = open_desk([company(1), contact(1, refers_to="o1")])
    (one,) = get(desk, "contacts", include="accounts").json()["data"]
    (account,) = get(desk, f"contacts/{one['id']}/accounts").json()["data"]
    assert one["account"]["id"] == account["id"] == one["accountId"]
