"""Customers who ask to be deleted: asked for by one person, answered by another, kept, shown, and nothing deleted."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from flows.deletion_requests import answer_request, request_deletion, request_of, requests_page
from flows.profile_view import as_it_is, profile_page
from flows.stewards import undo_acts
from golden_record.errors import NotDecidable
from tests.console.web.desk import VIEWS, Desk, Hand, overflow, violations


@pytest.fixture
def customer(console_desk: Desk) -> str:
    """A customer for whom nobody has asked yet."""
    hub = console_desk.served.hub
    items = profile_page(hub, entity="person", after=None, limit=200, show=as_it_is)["items"]
    ids: list[str] = [one["profile_id"] for one in items]
    return next(one for one in ids if request_of(hub, one) is None)


@pytest.fixture
def asked(console_desk: Desk, customer: str) -> str:
    """One for whom a steward has asked, through the page."""
    hand = console_desk.session("steward")
    assert hand.fill(f"/profiles/{customer}/delete", {"reason": "she called"}).status_code == 303
    return customer


def listed(hand: Hand) -> dict[str, Any]:
    """Return profile -> its newest request."""
    found: dict[str, Any] = hand.see("/api/deletions?limit=100").json()
    return {one["profile_id"]: one for one in reversed(found["items"])}


def answer(hand: Hand, customer: str, word: str, reason: str = "identity checked") -> requests.Response:
    return hand.fill(f"/deletions/{customer}/{word}", {"reason": reason})


def test_a_request_is_listed_confirmed_by_another_person_and_changes_nothing(console_desk: Desk, asked: str) -> None:
    hub, admin = console_desk.served.hub, console_desk.session("admin")
    before = profile_page(hub, entity="person", after=None, limit=500, show=as_it_is)["items"]
    assert listed(admin)[asked]["state"] == "asked"
    page = admin.see("/deletions").text
    assert "she called" in page
    assert answer(admin, asked, "confirm").headers["location"] == "/deletions"
    mine = listed(admin)[asked]
    assert (mine["state"], mine["request"]["author"], mine["answer"]["author"]) == ("confirmed", "steward", "admin")
    assert mine["sources"]
    shown = console_desk.session("steward").see(f"/profiles/{asked}").text
    assert "Admin" in shown or "admin" in shown
    assert "until it is erased" in shown
    after = profile_page(hub, entity="person", after=None, limit=500, show=as_it_is)["items"]
    assert [one["fields"] for one in after] == [one["fields"] for one in before]


def test_an_answer_is_taken_back_and_a_refused_request_may_be_made_again(console_desk: Desk, asked: str) -> None:
    admin, steward = console_desk.session("admin"), console_desk.session("steward")
    answer(admin, asked, "confirm")
    answer(admin, asked, "reopen", "it was somebody else")
    assert listed(admin)[asked]["state"] == "asked"
    answer(admin, asked, "refuse", "she owes us money")
    assert listed(admin)[asked]["state"] == "refused"
    assert "asked for the deletion" not in steward.see(f"/profiles/{asked}").text
    assert steward.fill(f"/profiles/{asked}/delete", {"reason": "she paid"}).status_code == 303
    assert listed(admin)[asked]["state"] == "asked"


def test_nobody_answers_twice_their_own_or_what_nobody_asks_for(console_desk: Desk, customer: str) -> None:
    hub, admin = console_desk.served.hub, console_desk.session("admin")
    token = {"X-Form-Token": admin.form_token("/account")}

    def post(word: str) -> int:
        at = f"{admin.url}/api/deletions/{customer}/{word}"
        return admin.post(at, json={"reason": "x"}, headers=token, timeout=30).status_code

    assert [post("confirm"), post("reopen")] == [409, 409]
    request_deletion(hub, customer, author="admin", reason="on the phone")
    with pytest.raises(NotDecidable, match="Let another person answer"):
        answer_request(hub, customer, confirmed=True, author="admin", reason="yes")
    assert "another person answers" in admin.see("/deletions").text
    answer_request(hub, customer, confirmed=True, author="other", reason="yes")
    assert [post("confirm"), post("refuse")] == [409, 409]
    assert answer(admin, customer, "confirm", " ").status_code == 422


def test_only_an_administrator_answers_or_takes_an_answer_back(console_desk: Desk, asked: str) -> None:
    admin, steward = console_desk.session("admin"), console_desk.session("steward")
    assert answer(steward, asked, "confirm").status_code == 403
    assert console_desk.session("ops").see("/deletions").status_code == 403
    answer(admin, asked, "refuse", "a joke")
    act = listed(admin)[asked]["answer"]["id"]
    assert steward.fill(f"/acts/{act}/undo").status_code == 403
    assert listed(admin)[asked]["state"] == "refused"
    shown = steward.see("/deletions").text
    assert "<form" not in shown[shown.index("<main") : shown.index("</main>")]


def test_a_withdrawn_request_is_listed_no_more(console_desk: Desk, asked: str) -> None:
    hub = console_desk.served.hub
    [name] = [
        one["id"]
        for one in requests_page(hub, after=None, limit=50, show=as_it_is)["items"]
        if one["profile_id"] == asked
    ]
    undo_acts(hub, [name], author="steward", reason="she changed her mind")
    assert asked not in listed(console_desk.session("admin"))
    assert request_of(hub, asked) is None


@pytest.mark.parametrize(("language", "theme", "width"), [VIEWS[0], VIEWS[1], VIEWS[2]])
def test_the_list_is_accessible_and_fits(seen_desk: Desk, asked: str, language: str, theme: str, width: int) -> None:
    del asked
    with seen_desk.page("admin", language=language, theme=theme, width=width) as page:
        page.goto(f"{seen_desk.url}/deletions")
        page.locator("summary", has_text=re.compile("What happens|处理过程")).click()
        assert violations(page) == []
        assert overflow(page) <= 0
