from __future__ import annotations

from datetime import datetime

import pytest
import requests

from tests.connectors.sandboxes.conftest import Client


def test_the_description_says_where_everything_is(client: Client) -> None:
    said = client.running.describe()
    assert set(said) == {"control", "systems"}
    assert said["systems"]["tiny"]["config"]["config"]["base_url"] == client.base
    assert len(client.call("GET", "/people").json()["people"]) == 3


def test_the_truth_names_the_customer_of_every_record_that_the_population_made(client: Client) -> None:
    records = client.control("GET", "/_truth")["records"]
    assert [one["customer"] for one in records] == ["ann", "bob", "cai"]
    assert records[0] == {"system": "tiny", "stream": "people", "id": "000001", "entity": "person", "customer": "ann"}


@pytest.mark.parametrize(
    ("values", "customer"),
    [
        ({"email": "ANN@a.example"}, "ann"),
        ({"mobile": "13800002222"}, None),  # Bob's and Cai's
        ({"mobile": "13800002222", "email": "bob@a.example"}, "bob"),
        ({"mobile": "13800001111", "email": "bob@a.example"}, None),  # two customers in one
        ({"email": "nobody@a.example"}, None),
        ({"mobile": "13800001111", "email": "new@a.example"}, "ann"),
    ],
)
def test_a_record_that_the_hub_made_carries_the_customer_its_values_agree_on(
    client: Client, values: dict[str, str], customer: str | None
) -> None:
    [made] = client.call("POST", "/people", [values]).json()
    found = {one["id"]: one["customer"] for one in client.control("GET", "/_truth")["records"]}
    assert found[made] == customer


def test_calls_are_counted_by_pattern_and_written_records_by_the_hub_only(client: Client) -> None:
    client.control("POST", "/_stats/reset")
    client.call("GET", "/people")
    client.call("POST", "/people", [{"full_name": "x"}, {"full_name": "y"}])
    client.call("PUT", "/people/000001", {"full_name": "z"})
    client.call("PUT", "/people/000002", {"full_name": "z"})
    client.control("POST", "/_edit", {"system": "tiny", "stream": "people", "id": "000003", "set": {"mobile": "1"}})
    assert client.control("GET", "/_stats")["tiny"] == {
        "calls": {"GET /people": 1, "POST /people": 1, "PUT /people/{id}": 2},
        "reads": 1,
        "writes": 3,
        "records_written": 4,
    }


def test_a_record_shows_who_changed_what(client: Client) -> None:
    client.call("PUT", "/people/000001", {"mobile": "13900000000"})
    edit = {"system": "tiny", "stream": "people", "id": "000001", "clear": ["email"], "at": "2026-02-03T04:05:06Z"}
    client.control("POST", "/_edit", edit)
    shown = client.control("GET", "/_record", system="tiny", stream="people", id="000001")
    assert shown["values"]["email"] is None
    assert [(one["by"], one["kind"]) for one in shown["history"]] == [
        ("people", "create"),
        ("hub", "update"),
        ("people", "update"),
    ]
    assert shown["history"][1]["fields"] == {"mobile": {"old": "13800001111", "new": "13900000000"}}
    assert datetime.fromisoformat(shown["modified_at"]) == datetime.fromisoformat("2026-02-03T04:05:06+00:00")


def test_an_edit_without_an_id_makes_a_record_and_returns_its_id(client: Client) -> None:
    made = client.control("POST", "/_edit", {"system": "tiny", "stream": "people", "set": {"full_name": "Eve"}})
    assert made["id"] == "000004"
    assert client.call("GET", "/people").json()["people"][-1] == {"id": "000004", "full_name": "Eve"}


def test_a_deleted_record_is_gone_from_the_list_and_from_the_truth_but_not_from_its_history(client: Client) -> None:
    client.control("POST", "/_edit", {"system": "tiny", "stream": "people", "id": "000001", "delete": True})
    assert [one["id"] for one in client.call("GET", "/people").json()["people"]] == ["000002", "000003"]
    assert len(client.control("GET", "/_truth")["records"]) == 2
    assert len(client.control("GET", "/_truth", deleted="1")["records"]) == 3
    shown = client.control("GET", "/_record", system="tiny", stream="people", id="000001")
    assert shown["history"][-1]["kind"] == "delete"


def test_merging_names_the_winner_and_restoring_brings_back(client: Client) -> None:
    edit = {"system": "tiny", "stream": "people", "id": "000003"}
    assert client.control("POST", "/_edit", {**edit, "merge_into": "000002"})["merged_into"] == "000002"
    assert client.control("POST", "/_edit", {**edit, "restore": True})["deleted_at"] is None


def test_time_can_be_advanced(client: Client) -> None:
    before = datetime.fromisoformat(client.control("GET", "/_clock")["now"])
    after = datetime.fromisoformat(client.control("POST", "/_clock", {"advance": 3600})["now"])
    assert (after - before).total_seconds() >= 3600


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/_edit", {"system": "nope", "stream": "people"}, 404, "no sandbox 'nope'"),
        ("/_edit", {"system": "tiny", "stream": "people", "id": "9"}, 404, "no people record 9"),
        ("/_edit", {"system": "tiny", "stream": "people", "delete": True}, 404, "has to name its record"),
        ("/_edit", {"system": "tiny", "stream": "people", "sett": {}}, 400, "sett"),
        ("/_faults", [{"kind": "explode"}], 400, "kind"),
        ("/_faults", [{"kind": "hang", "path": "("}], 400, "regular expression"),
        ("/_faults", [{"kind": "hang", "system": "nope"}], 404, "no sandbox"),
        ("/_clock", {}, 400, "advance"),
    ],
)
def test_a_wrong_request_is_answered_with_what_is_wrong(
    client: Client, path: str, body: object, status: int, words: str
) -> None:
    answer = requests.post(client.running.control_url + path, json=body, timeout=5)
    assert (answer.status_code, words in answer.json()["error"]) == (status, True)
