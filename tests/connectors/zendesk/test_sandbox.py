"""The simulated account as any client sees it: envelopes, status codes, paging, refusals, limits."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from connectors.population.make import make_population
from connectors.ports import WindowBudget
from connectors.sandboxes.run import start_sandboxes
from connectors.zendesk.client import Client
from connectors.zendesk.sandbox.order import ChangeOrder
from connectors.zendesk.sandbox.switches import with_defaults
from tests.connectors.zendesk.conftest import Desk, company, user

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.connectors.zendesk.conftest import Open

    Call = Callable[..., requests.Response]


def caller(desk: Desk) -> Call:
    """Return a client of the account with a bearer token."""
    config, session = desk.config, requests.Session()
    session.trust_env = False
    pair = session.post(
        f"{config['base_url']}/oauth/tokens",
        json={"grant_type": "refresh_token", **{k: config[k] for k in ("client_id", "client_secret", "refresh_token")}},
        timeout=10,
    ).json()
    session.headers["Authorization"] = f"Bearer {pair['access_token']}"

    def call(method: str, path: str, json: Any = None, **params: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{config['base_url']}/api/v2/{path}"
        return session.request(method, url, json=json, params=params, timeout=10)

    return call


def test_a_refresh_ends_the_pair_before_it(open_desk: Open) -> None:
    desk = open_desk([])
    call = caller(desk)
    caller_too = {"grant_type": "refresh_token", "client_id": "crmhub", "client_secret": desk.config["client_secret"]}
    old = desk.config["refresh_token"]
    assert call("GET", "users/count").status_code == 200
    again = call("POST", f"{desk.config['base_url']}/oauth/tokens", {**caller_too, "refresh_token": old})
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_offset_and_cursor_paging_give_all_users_with_links_on_its_own_host(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(213)])
    call = caller(desk)
    for first in ("users.json", "users?page[size]=50"):
        url, seen = first, 0
        while url:
            body = call("GET", url).json()
            seen += len(body["users"])
            url = body["next_page"] if "next_page" in body else body["meta"]["has_more"] and body["links"]["next"]
            assert not url or url.startswith(desk.config["base_url"])
        assert seen == 215
    assert call("GET", "users", page=101, per_page=100).status_code == 400


def test_the_export_cursor_has_the_recorded_form(open_desk: Open) -> None:
    call = caller(open_desk([user(n) for n in range(3)]))
    body = call("GET", "incremental/users/cursor.json", start_time=0, per_page=2).json()
    assert re.fullmatch(r"\d+\.0\|\|\d+\|", base64.b64decode(body["after_cursor"]).decode())
    assert (len(body["users"]), body["end_of_stream"], body["before_cursor"]) == (2, False, None)
    assert "identities" not in body
    assert len(call("GET", body["after_url"]).json()["users"]) == 2


def test_single_writes_answer_as_recorded(open_desk: Open) -> None:
    desk = open_desk([company(1)])
    call = caller(desk)
    made = call("POST", "users.json", {"user": {"name": "A", "email": "A@b.example", "nonsense": 1}})
    user_id = made.json()["user"]["id"]
    assert (made.status_code, made.json()["user"]["email"]) == (201, "a@b.example")
    assert made.headers["Location"] == f"{desk.config['base_url']}/api/v2/users/{user_id}.json"
    assert "nonsense" in made.headers["X-Zendesk-API-Warn"]
    assert desk.seen()["verification_mails"] == 1
    changed = call("PUT", f"users/{user_id}", {"user": {"email": "new@b.example"}}).json()["user"]
    assert changed["email"] == "a@b.example"
    identities = call("GET", f"users/{user_id}/identities").json()["identities"]
    assert [(one["value"], one["primary"]) for one in identities] == [("a@b.example", True), ("new@b.example", False)]
    assert call("POST", "users", {"user": {"email": "x@b.example"}}).status_code == 422
    taken = call("POST", "users", {"user": {"name": "B", "email": "new@b.example"}}).json()
    assert taken["details"]["email"][0]["error"] == "DuplicateValue"
    deleted = call("DELETE", f"users/{user_id}")
    assert (deleted.status_code, deleted.json()["user"]["active"]) == (200, False)
    assert call("DELETE", f"organizations/{desk.id_of('Acme 1')}").status_code == 204
    assert call("GET", "users/1").json()["error"] == "RecordNotFound"


def test_create_or_update_matches_without_case_and_rewrites_the_external_id(open_desk: Open) -> None:
    call = caller(open_desk([]))
    body = {"user": {"name": "A", "external_id": "ab", "skip_verify_email": True}}
    assert call("POST", "users/create_or_update", body).status_code == 201
    again = call("POST", "users/create_or_update", {"user": {"external_id": "AB", "notes": "n"}})
    assert (again.status_code, again.json()["user"]["external_id"]) == (200, "AB")
    call("POST", "users", {"user": {"name": "B", "email": "b@b.example"}})
    both = call("POST", "users/create_or_update", {"user": {"external_id": "ab", "email": "b@b.example"}})
    assert both.status_code == 422


def test_a_job_works_before_it_is_completed_and_its_rows_tell_each_outcome(open_desk: Open) -> None:
    call = caller(open_desk([user(1)], job_rows="reversed"))
    rows = [{"name": "A", "external_id": "1"}, {"name": "B", "email": "bad"}, {"email": "ann1@a.example", "notes": "x"}]
    job = call("POST", "users/create_or_update_many", {"users": rows}).json()["job_status"]
    assert re.fullmatch(r"V3-[0-9a-f]{32}", job["id"])
    assert (job["status"], job["results"]) == ("queued", None)
    assert call("GET", job["url"]).json()["job_status"]["status"] == "working"
    done = call("GET", "job_statuses/show_many", ids=job["id"]).json()["job_statuses"][0]
    assert [one["status"] for one in done["results"]] == ["Updated", "Failed", "Created"]
    assert done["results"][1]["error"] == "UserUpdateError"


def test_more_than_a_hundred_are_too_many(open_desk: Open) -> None:
    call = caller(open_desk([]))
    rows = {"users": [{"name": "A"}] * 101}
    for answer in (call("POST", "users/create_many", rows), call("GET", "users/show_many", ids=",".join(["1"] * 101))):
        assert (answer.status_code, answer.json()["error"]) == (400, "TooManyValues")


def test_real_limits_refuse_the_eleventh_export_and_the_sixth_update_of_a_user(open_desk: Open) -> None:
    desk = open_desk([user(1)], limits="real", rate_limit_body="text")
    call = caller(desk)
    answers = [call("GET", "incremental/users/cursor", start_time=0) for _ in range(11)]
    assert [one.status_code for one in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].text == "Rate limit exceeded"
    updates = [call("PUT", f"users/{desk.id_of('Ann 1')}", {"user": {"notes": f"{n}"}}) for n in range(6)]
    assert updates[-1].status_code == 429
    assert updates[-1].text.startswith("You have exceeded the rate limit for updating a single unique user")
    assert int(updates[0].headers["x-rate-limit-remaining"]) < 700
    recent = call("GET", "incremental/organizations.json", start_time=4_000_000_000)
    assert recent.status_code == 429
    desk.control("POST", "/_clock", {"advance": 61})
    assert call("GET", "incremental/organizations.json", start_time=4_000_000_000).json()["error"] == "InvalidValue"


def test_thirty_jobs_may_be_under_way(open_desk: Open) -> None:
    call = caller(open_desk([], limits="real"))
    answers = [call("POST", "users/create_many", {"users": [{"name": "A"}]}) for _ in range(31)]
    assert [one.status_code for one in answers] == [200] * 30 + [429]


def test_a_merge_gives_the_mails_to_the_winner_and_only_end_users_merge(open_desk: Open) -> None:
    desk = open_desk([user(1), user(2)])
    call, loser, winner = caller(desk), desk.id_of("Ann 1"), desk.id_of("Ann 2")
    assert call("PUT", f"users/{loser}/merge", {"user": {"id": desk.id_of("客服小李")}}).status_code == 422
    assert call("PUT", f"users/{loser}/merge", {"user": {"id": int(winner)}}).json()["user"]["id"] == int(winner)
    assert call("GET", f"users/{loser}").json()["user"]["active"] is False
    values = [one["value"] for one in call("GET", f"users/{winner}/identities").json()["identities"]]
    assert values == ["ann2@a.example", "ann1@a.example"]


def test_the_default_population_is_rendered_with_its_truth(tmp_path: Path) -> None:
    people = make_population(200, 7, ["zendesk"])
    if not any(one.system == "zendesk" for one in people):
        pytest.skip("the population makes nothing for the service department yet")
    with start_sandboxes(["zendesk"], 200, 7, state=tmp_path) as running:
        desk = Desk(running)
        users, state = desk.pull("users")
        live = [one for one in users if "name" in one and one["active"]]
        truth = {one["id"] for one in desk.control("GET", "/_truth")["records"] if one["stream"] == "users"}
        assert {str(one["id"]) for one in live} <= truth
        mails = [one["email"] for one in live if one["email"]]
        assert len(mails) == len(set(mails)) > 0
        assert any(one["organization_id"] for one in live)
    with start_sandboxes(["zendesk"], 200, 7, state=tmp_path) as running:
        again = Desk(running)
        records, _ = again.pull("users")
        assert {one["id"] for one in records} == {one["id"] for one in users}
        assert state is not None
        assert again.pull("users", state)[0] == []


def test_an_unknown_switch_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown switches"):
        with_defaults({"typo": "yes"})


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=60), st.integers(1, 4))
def test_paging_through_changes_gives_each_record_once_in_its_latest_place(
    changes: list[tuple[int, int]], size: int
) -> None:
    order = ChangeOrder()
    latest: dict[str, int] = {}
    for record, second in changes:
        order.note(str(record), second)
        latest[str(record)] = second
    place, seen, done = (0, 0), [], False
    while not done:
        found, done = order.after(place, 9, size)
        seen += [(at[0], record_id) for at, record_id in found]
        place = found[-1][0] if found else place
    assert sorted(seen) == sorted((second, record) for record, second in latest.items())
    assert [second for second, _ in seen] == sorted(second for second, _ in seen)


def test_webhooks_are_managed_and_tell_their_signing_secret(open_desk: Open) -> None:
    desk = open_desk([])
    client = Client(desk.settings(), tokens=desk.tokens, budget=WindowBudget())
    made = client.send("POST", "webhooks", {"webhook": {"name": "hub", "endpoint": "https://hub.example/zd"}})
    place = f"webhooks/{made['webhook']['id']}"
    told = client.get(f"{place}/signing_secret")["signing_secret"]
    assert told == {"secret": desk.config["webhook_secrets"][0], "algorithm": "SHA256"}
    client.send("PATCH", place, {"webhook": {"status": "inactive"}})
    assert client.get(place)["webhook"]["status"] == "inactive"
    client.send("DELETE", place)
    assert client.get("webhooks")["webhooks"] == []


def test_other_clients_find_what_stands_around_customers(open_desk: Open) -> None:
    desk = open_desk([company(1), *(user(n) for n in range(5))])
    call = caller(desk)
    first, organization = (call("GET", name).json()[name][-1]["id"] for name in ("users", "organizations"))
    call("PUT", f"users/{first}", {"user": {"organization_id": organization}})
    (membership,) = call("GET", f"users/{first}/organization_memberships.json").json()["organization_memberships"]
    assert (membership["user_id"], membership["organization_id"], membership["default"]) == (first, organization, True)
    everyone = call("GET", "organization_memberships").json()["organization_memberships"]
    assert [one["id"] for one in everyone] == [membership["id"]]
    assert [one["id"] for one in call("GET", f"organizations/{organization}/users").json()["users"]] == [first]
    assert call("GET", f"users/{first}/tickets/requested").json()["tickets"] == []
    for name in (
        "tickets",
        "groups",
        "group_memberships",
        "brands",
        "ticket_fields",
        "tags",
        "custom_roles",
        "user_fields",
    ):
        assert isinstance(call("GET", f"{name}.json").json()[name], list)
        assert "meta" in call("GET", f"{name}.json", **{"page[size]": 2}).json()
    assert call("GET", "user_fields.json", **{"page[size]": 2}).json()["meta"]["has_more"]
    assert call("GET", "account/settings.json").json()["settings"]["active_features"]


def test_a_search_over_all_kinds_says_what_each_result_is_and_its_export_pages_by_cursor(open_desk: Open) -> None:
    desk = open_desk([company(1), *(user(n) for n in range(5))])
    call = caller(desk)
    found = call("GET", "search.json", query="Ann").json()
    assert found["count"] == 5
    assert {one["result_type"] for one in found["results"]} == {"user"}
    named = call("GET", "search.json", query='type:organization "Acme 1"').json()["results"]
    assert [one["name"] for one in named] == ["Acme 1"]
    assert call("GET", "search/count", query="type:user Ann").json() == {"count": 5}
    asked = {"query": "Ann", "filter[type]": "user", "page[size]": 2}
    page, seen = call("GET", "search/export.json", **asked).json(), []
    while True:
        seen += [one["id"] for one in page["results"]]
        if not page["meta"]["has_more"]:
            break
        page = call("GET", page["links"]["next"]).json()
    assert len(seen) == len(set(seen)) == 5
    assert call("GET", "search/export", query="Ann").status_code == 422


def test_a_start_time_may_be_written_with_a_fraction(open_desk: Open) -> None:
    call = caller(open_desk([user(1)]))
    assert call("GET", "incremental/users/cursor.json", start_time="1577836800.0").status_code == 200
    assert call("GET", "incremental/users/cursor.json", start_time="yesterday").status_code == 400


def test_what_happened_to_tickets_is_exported_by_time_without_a_gap_and_told_one_by_one() -> None:
    with start_sandboxes(["zendesk"], 60, 7) as running:
        call = caller(Desk(running))
        _metric_events_are_whole(call)
        (first, *_) = call("GET", "tickets.json").json()["tickets"]
        (audit,) = call("GET", f"tickets/{first['id']}/audits.json").json()["audits"]
        assert audit["ticket_id"] == first["id"] == call("GET", first["url"]).json()["ticket"]["id"]
        assert [one["type"] for one in audit["events"]] == ["Comment", "Create"]
        asked = {"start_time": 0, "include": "metric_sets"}
        exported = call("GET", "incremental/tickets/cursor.json", **asked).json()["tickets"]
        assert {one["metric_set"]["ticket_id"] for one in exported} == {one["id"] for one in exported}
        by_time = call("GET", "incremental/tickets.json", start_time=0).json()
        assert {one["id"] for one in by_time["tickets"]} == {one["id"] for one in exported}
        assert by_time["end_of_stream"]
        assert all(one["fields"] == one["custom_fields"] for one in exported)
        assert call("GET", "tickets/1/audits.json").status_code == 404
        happened = call("GET", "incremental/ticket_events.json", start_time=0).json()["ticket_events"]
        assert first["id"] in {one["ticket_id"] for one in happened if one["child_events"][0]["status"] == "new"}
        assert call("GET", "channels/voice/phone_numbers.json").json()["phone_numbers"] == []


def _metric_events_are_whole(call: Call) -> None:
    whole = call("GET", "incremental/ticket_metric_events.json", start_time=0).json()
    events = whole["ticket_metric_events"]
    assert whole["end_of_stream"]
    assert whole["count"] == len(events) > 30
    assert [one["time"] for one in events] == sorted(one["time"] for one in events)
    tickets = {one["id"]: one for one in call("GET", "tickets.json", per_page=100).json()["tickets"]}
    told = {(one["ticket_id"], one["type"]) for one in events}
    for ticket_id, ticket in tickets.items():
        assert (ticket_id, "activate") in told
        assert ((ticket_id, "fulfill") in told) is (ticket["status"] in {"solved", "closed"})
    seen, page = [], call("GET", "incremental/ticket_metric_events", start_time=0, per_page=7).json()
    while not page["end_of_stream"]:
        seen += page["ticket_metric_events"]
        page = call("GET", page["next_page"], per_page=7).json()
    seen += page["ticket_metric_events"]
    assert {one["id"] for one in seen} == {one["id"] for one in events}
    by_cursor = call("GET", "incremental/ticket_metric_events", start_time=0, **{"page[size]": 100}).json()
    assert by_cursor["ticket_metric_events"] == events[:100]
    later = events[-1]["time"]
    since = int(datetime.fromisoformat(later).timestamp())
    newest = call("GET", "incremental/ticket_metric_events", start_time=since).json()["ticket_metric_events"]
    assert {one["time"] for one in newest} == {later}


def test_a_grant_may_be_sent_as_a_form(open_desk: Open) -> None:
    desk = open_desk([])
    asked = {name: desk.config[name] for name in ("client_id", "client_secret", "refresh_token")}
    url = f"{desk.config['base_url']}/oauth/tokens"
    said = requests.post(url, data={"grant_type": "refresh_token", **asked}, timeout=10).json()
    assert said["token_type"] == "bearer"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("*", 5),
        ("role:end-user", 3),
        ("role:agent", 1),
        ("created>2026-02-01", 0),
        ("created>=2020-01-01 role:end-user", 3),
        ("tags:nothing", 0),
    ],
)
def test_a_search_knows_roles_times_and_everything(open_desk: Open, query: str, count: int) -> None:
    call = caller(open_desk([user(n) for n in range(3)]))
    found = call("GET", "search/export", query=query, **{"filter[type]": "user"}).json()["results"]
    assert len([one for one in found if "2026-02-01" not in query or one["role"] == "end-user"]) == count


def test_ratings_are_chosen_by_score_and_time(open_desk: Open) -> None:
    desk = open_desk([user(1)])
    call, ids = caller(desk), []
    for score, comment in (("good", None), ("bad", "slow"), ("offered", None)):
        ids.append(desk.edit("satisfaction_ratings", set={"score": score, "comment": comment}))
    asked = {"received": ids[:2], "good": ids[:1], "bad_with_comment": ids[1:2], "bad_without_comment": []}
    for score, expected in asked.items():
        rows = call("GET", "satisfaction_ratings", score=score).json()["satisfaction_ratings"]
        assert [str(one["id"]) for one in rows if str(one["id"]) in ids] == expected
    assert call("GET", "satisfaction_ratings", end_time=1).json()["satisfaction_ratings"] == []


def test_a_webhooks_secret_is_reset(open_desk: Open) -> None:
    call = caller(open_desk([]))
    hook = call("POST", "webhooks", {"webhook": {"name": "hub", "endpoint": "https://hub.example"}}).json()["webhook"]
    path = f"webhooks/{hook['id']}"
    before = call("GET", f"{path}/signing_secret").json()["signing_secret"]["secret"]
    reset = call("POST", f"{path}/signing_secret")
    assert reset.status_code == 201
    assert call("GET", f"{path}/signing_secret").json() == reset.json() != before
    assert call("GET", f"{path}/invocations").json()["invocations"] == []


def test_the_sample_of_an_export_holds_fifty(open_desk: Open) -> None:
    call = caller(open_desk([user(n) for n in range(60)]))
    assert len(call("GET", "incremental/users/sample", start_time=0).json()["users"]) == 50


def test_who_is_in_an_organization_can_be_asked_from_both_sides(open_desk: Open) -> None:
    call = caller(open_desk([company(1), user(1, refers_to="o1"), user(2)]))
    (organization,) = call("GET", "organizations").json()["organizations"]
    assert call("GET", f"organizations/{organization['id']}/users/count").json()["count"]["value"] == 1
    (member,) = call("GET", f"organizations/{organization['id']}/users").json()["users"]
    shown = call("GET", f"users/{member['id']}/organizations").json()["organizations"]
    assert [one["id"] for one in shown] == [organization["id"]]
