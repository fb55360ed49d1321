"""Pulls over real HTTP against the simulated account."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from connectors.contract import DELETED_AT, MERGED_INTO
from connectors.errors import StopSystem
from connectors.ports import WindowBudget
from connectors.zendesk.client import Client
from connectors.zendesk.sandbox.oauth import secret
from connectors.zendesk.source import Source
from tests.connectors.zendesk.conftest import company, user

if TYPE_CHECKING:
    from tests.connectors.zendesk.conftest import Open


def test_users_are_read_past_the_first_page_each_once(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(2500)])
    records, state = desk.pull("users", page_size=1000)
    names = [one["name"] for one in records if "name" in one]
    assert len(names) == len(set(names)) == 2500
    assert state["cursor"]


def test_a_pull_without_news_takes_one_call_per_stream(open_desk: Open) -> None:
    desk = open_desk([company(1), *(user(n) for n in range(5))])
    states = {stream: desk.pull(stream)[1] for stream in ("users", "organizations", "tickets", "satisfaction_ratings")}
    desk.calls()
    for stream, state in states.items():
        desk.pull(stream, state)
    assert sum(desk.calls().values()) == 4


def test_a_pull_goes_on_behind_every_page_that_was_kept(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(30)])
    pages = list(desk.reader("users", page_size=10).read(None))
    whole = {one["id"] for page in pages for one in page.records}
    for kept in range(len(pages)):
        later, _ = desk.pull("users", pages[kept].state, page_size=10)
        seen = {one["id"] for page in pages[: kept + 1] for one in page.records}
        assert seen | {one["id"] for one in later} == whole
    assert all(first.state != second.state for first, second in pairwise(pages[:-1]))


def test_an_edit_a_new_user_and_a_deletion_arrive_with_the_next_pull(open_desk: Open) -> None:
    desk = open_desk([user(1), user(2), user(3)])
    _, state = desk.pull("users")
    desk.edit("users", desk.id_of("Ann 1"), set={"phone": "+8613800001111"})
    desk.edit("users", desk.id_of("Ann 2"), delete=True)
    desk.edit("users", set={"name": "New", "email": "new@a.example"})
    records, state = desk.pull("users", state)
    by_name = {one["name"]: one for one in records}
    assert by_name["Ann 1"]["phone"] == "+8613800001111"
    assert by_name["Ann 2"][DELETED_AT]
    assert by_name["New"]["email"] == "new@a.example"
    assert set(by_name) == {"Ann 1", "Ann 2", "New"}
    assert desk.pull("users", state)[0] == []


def test_edits_within_one_second_of_a_pull_are_not_skipped(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(3)])
    _, state = desk.pull("users")
    for round_ in range(5):
        for number in (2, 0, 1):
            desk.edit("users", desk.id_of(f"Ann {number}"), set={"notes": f"{round_}"})
            records, state = desk.pull("users", state)
            assert [one["name"] for one in records] == [f"Ann {number}"]


def test_a_record_that_changes_between_two_pages_comes_again_in_its_new_form(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(20)])
    pages = desk.reader("users", page_size=5).read(None)
    first = next(pages)
    changed = next(one for one in first.records if "name" in one)
    desk.edit("users", changed["id"], set={"notes": "changed meanwhile"})
    rest = [one for page in pages for one in page.records]
    assert [one["notes"] for one in rest if one["id"] == changed["id"]] == ["changed meanwhile"]
    assert len({one["id"] for one in [*first.records, *rest]}) == 22


def test_further_mails_and_phones_come_as_lists(open_desk: Open) -> None:
    desk = open_desk([user(1, email_2="second@a.example", mobile="138 0000 1111", phone="010-8888 0000")])
    record = next(one for one in desk.pull("users")[0] if "name" in one)
    assert record["email"] == "ann1@a.example"
    assert (record["other_emails"], record["other_phones"]) == (["second@a.example"], ["010-8888 0000"])


def test_staff_are_shown_as_gone_unless_they_are_included(open_desk: Open) -> None:
    desk = open_desk([user(1)])
    records, _ = desk.pull("users")
    staff = [one for one in records if one["role"] != "end-user"]
    assert len(staff) == 2
    assert all(set(one) == {"id", "role", DELETED_AT} for one in staff)
    included, _ = desk.pull("users", include_staff=True)
    assert all(DELETED_AT not in one for one in included)


def test_organizations_are_read_by_time_and_one_edit_comes_alone_but_for_the_last_second(open_desk: Open) -> None:
    desk = open_desk([company(n) for n in range(5)])
    records, state = desk.pull("organizations")
    assert len(records) == 5
    desk.edit("organizations", desk.id_of("Acme 3"), set={"notes": "key account"})
    later, state = desk.pull("organizations", state)
    assert {one["name"]: one["notes"] for one in later}["Acme 3"] == "key account"
    assert state["since"] > 0


def test_more_organizations_in_one_second_than_a_page_holds_are_all_read(open_desk: Open) -> None:
    desk = open_desk([company(n) for n in range(25)])
    records, _ = desk.pull("organizations", page_size=10)
    assert len({one["id"] for one in records}) == 25


def test_a_deleted_organization_is_marked_where_the_account_shows_it(open_desk: Open) -> None:
    desk = open_desk([company(1), company(2)], deleted_organizations="shown")
    _, state = desk.pull("organizations")
    desk.edit("organizations", desk.id_of("Acme 1"), delete=True)
    records, _ = desk.pull("organizations", state)
    assert {one["name"] for one in records if DELETED_AT in one} == {"Acme 1"}


@pytest.mark.parametrize("side_load", ["yes", "no"])
@pytest.mark.parametrize("readable", ["yes", "no"])
def test_chosen_users_are_fetched_whole_and_gone_ones_marked(open_desk: Open, side_load: str, readable: str) -> None:
    desk = open_desk(
        [user(1, email_2="second@a.example"), user(2)], show_many_identities=side_load, deleted_readable=readable
    )
    ids = [desk.id_of("Ann 1"), desk.id_of("Ann 2"), "999", "no id"]
    desk.edit("users", ids[1], delete=True)
    fetched = list(desk.reader("users").fetch(ids))
    assert [str(one["id"]) for one in fetched] == ids
    assert [DELETED_AT in one for one in fetched] == [False, True, True, True]
    assert fetched[0]["other_emails"] == ["second@a.example"]


def test_a_hundred_and_fifty_users_are_fetched_in_two_calls(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(150)])
    ids = [str(one["id"]) for one in desk.pull("users")[0] if "name" in one]
    desk.calls()
    assert len(list(desk.reader("users").fetch(ids))) == 150
    assert desk.calls() == {"GET /api/v2/users/show_many": 2}


@pytest.mark.parametrize("mail", ["shown", "hidden"])
def test_a_user_merged_away_is_redirected_to_the_winner_where_the_mail_tells_who_that_is(
    open_desk: Open, mail: str
) -> None:
    desk = open_desk([user(1), user(2), user(3)], merged_mail=mail)
    _, state = desk.pull("users")
    loser, winner = desk.id_of("Ann 1"), desk.id_of("Ann 2")
    desk.edit("users", loser, merge_into=winner)
    desk.edit("users", desk.id_of("Ann 3"), delete=True)
    records, _ = desk.pull("users", state)
    by_id = {str(one["id"]): one for one in records}
    assert by_id[loser][DELETED_AT]
    assert by_id[winner]["other_emails"] == ["ann1@a.example"]
    expected = winner if mail == "shown" else None
    assert by_id[loser].get(MERGED_INTO) == expected
    (fetched,) = desk.reader("users").fetch([loser])
    assert fetched.get(MERGED_INTO) == expected
    assert MERGED_INTO not in by_id[desk.id_of("Ann 3")]
    assert MERGED_INTO not in by_id[winner]


def test_a_mail_that_only_staff_have_now_redirects_nobody_and_the_setting_can_be_off(open_desk: Open) -> None:
    desk = open_desk([user(1), user(2)])
    _, state = desk.pull("users")
    for number, role in ((1, "agent"), (2, "end-user")):
        desk.edit("users", desk.id_of(f"Ann {number}"), delete=True)
        desk.edit("users", set={"name": f"New {number}", "email": f"ann{number}@a.example", "role": role})
    redirected = {one["name"]: one.get(MERGED_INTO) for one in desk.pull("users", state)[0] if "name" in one}
    assert redirected == {"Ann 1": None, "Ann 2": desk.id_of("New 2"), "New 2": None}
    assert all(MERGED_INTO not in one for one in desk.pull("users", state, merges_by_mail=False)[0])


def test_users_who_were_gone_before_the_first_pull_cost_no_search(open_desk: Open) -> None:
    desk = open_desk([user(1, mobile="1"), user(2)])
    desk.edit("users", desk.id_of("Ann 1"), merge_into=desk.id_of("Ann 2"))
    desk.calls()
    desk.pull("users")
    assert not [call for call in desk.calls() if "search" in call]


def test_a_user_deleted_for_good_is_gone_and_nothing_of_it_is_shown(open_desk: Open) -> None:
    desk = open_desk([user(1)])
    _, state = desk.pull("users")
    user_id = desk.id_of("Ann 1")
    client = Client(desk.settings(), tokens=desk.tokens, budget=WindowBudget())
    client.send("DELETE", f"users/{user_id}")
    assert [str(one["id"]) for one in client.get("deleted_users")["deleted_users"]] == [user_id]
    client.send("DELETE", f"deleted_users/{user_id}")
    shown = client.get(f"deleted_users/{user_id}")["deleted_user"]
    assert (shown["name"], shown["email"], shown["phone"]) == ("Permanently Deleted User", None, None)
    rows = client.get(f"users/{user_id}/compliance_deletion_statuses")["compliance_deletion_statuses"]
    assert [one["action"] for one in rows] == ["request_deletion"]
    (gone,) = [one for one in desk.pull("users", state)[0] if str(one["id"]) == user_id]
    assert gone[DELETED_AT]
    assert gone["email"] is None


def test_tickets_and_ratings_are_read(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(50)])
    tickets, state = desk.pull("tickets")
    assert len(tickets) == 10
    assert {one["requester_id"] for one in tickets} <= {one["id"] for one in desk.pull("users")[0]}
    desk.edit("tickets", tickets[0]["id"], delete=True)
    assert [DELETED_AT in one for one in desk.pull("tickets", state)[0]] == [True]
    assert len(desk.pull("satisfaction_ratings")[0]) == 3


def test_with_real_limits_a_change_arrives_once_it_is_a_minute_old(open_desk: Open) -> None:
    desk = open_desk([user(1)], limits="real", too_recent_seconds="300")
    _, state = desk.pull("users")
    desk.edit("users", desk.id_of("Ann 1"), set={"notes": "fresh"})
    assert desk.pull("users", state)[0] == []
    desk.control("POST", "/_clock", {"advance": 62})
    records, _ = desk.pull("users", state)
    assert [one["notes"] for one in records] == ["fresh"]


def test_an_organization_changed_just_now_waits_too(open_desk: Open) -> None:
    desk = open_desk([company(1)], limits="real", too_recent_seconds="300")
    _, state = desk.pull("organizations")
    desk.edit("organizations", desk.id_of("Acme 1"), set={"notes": "fresh"})
    assert "fresh" not in [one["notes"] for one in desk.pull("organizations", state)[0]]
    desk.control("POST", "/_clock", {"advance": 62})
    assert "fresh" in [one["notes"] for one in desk.pull("organizations", state)[0]]


def test_a_cursor_that_zendesk_no_longer_takes_is_replaced_by_a_start_time(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(4)])
    _, state = desk.pull("users")
    desk.edit("users", desk.id_of("Ann 1"), set={"notes": "new"})
    records, _ = desk.pull("users", {"cursor": "bm9uc2Vuc2U=", "since": state["since"]})
    assert "new" in [one.get("notes") for one in records]


def test_a_token_that_dies_between_two_pages_is_renewed_once(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(30)])
    pages = desk.reader("users", page_size=10).read(None)
    first = next(pages)
    desk.faults({"kind": "expire_token", "path": "incremental/users", "count": 1})
    rest = [one for page in pages for one in page.records]
    assert len({one["id"] for one in [*first.records, *rest]}) == 32
    assert desk.seen()["refreshes"] == 2


@pytest.mark.parametrize("kind", ["html", "cut", "hang"])
def test_an_answer_that_is_no_answer_is_asked_for_again(open_desk: Open, kind: str) -> None:
    desk = open_desk([user(n) for n in range(3)])
    desk.pull("users")
    desk.faults({"kind": kind, "path": "incremental", "count": 1})
    records, _ = desk.pull("users")
    assert len(records) == 5


def test_an_html_page_under_200_is_no_answer_either(open_desk: Open) -> None:
    desk = open_desk([user(1)])
    desk.faults({"kind": "html", "status": 200, "path": "incremental", "count": 1})
    assert len(desk.pull("users")[0]) == 3


def test_wrong_credentials_stop_the_system_and_name_the_cure(open_desk: Open) -> None:
    desk = open_desk([user(1)])
    with pytest.raises(StopSystem, match="crmhub connect") as raised:
        desk.pull("users", refresh_token="wrong")
    assert raised.value.code == "invalid_grant"
    with pytest.raises(StopSystem, match="client_secret"):
        desk.pull("users", client_secret="wrong")


def test_the_legacy_api_token_signs_in_too(open_desk: Open) -> None:
    desk = open_desk([user(1)])
    token = secret(1, "api")
    basic = {"base_url": desk.config["base_url"], "email": "admin@acme.example", "api_token": token}
    source = Source(desk.tokens)
    assert "admin" in source.probe(source.settings(basic))
    with pytest.raises(StopSystem, match="anonymous"):
        source.probe(source.settings(basic | {"api_token": "wrong"}))


def test_nobody_is_told_from_somebody_by_either_answer(open_desk: Open) -> None:
    desk = open_desk([], anonymous_me="401")
    basic = {"base_url": desk.config["base_url"], "email": "admin@acme.example", "api_token": "wrong"}
    source = Source(desk.tokens)
    with pytest.raises(StopSystem):
        source.probe(source.settings(basic))
