"""The steward's queue in a browser: cleared by keyboard alone, every act undone, in every view, and harm that fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from flows.profile_view import as_it_is
from flows.stewards import decide_pair, review_page, review_shown
from golden_record.store import act_notes
from tests.console.web.desk import VIEWS, Desk, overflow, violations
from tests.console.web.stewards_desk import PAIRS, SCRIPT, stewards_desk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Desk]:
    """A queue of its own: these tests clear it and put everything back."""
    with stewards_desk(tmp_path_factory.mktemp("stewards") / "project") as made:
        made.browser = browser
        yield made


def open_ids(desk: Desk, kind: str | None = None) -> list[str]:
    found = review_page(desk.served.hub, status="open", after=None, limit=100, show=as_it_is)["items"]
    return [one["id"] for one in found if kind in {None, one["kind"]}]


def status(desk: Desk, review_id: str) -> str:
    shown = review_shown(desk.served.hub, review_id, as_it_is)
    assert shown is not None
    return str(shown["status"])


def at(page: Page) -> str:
    """Return the question that the page is on."""
    found = re.search(r"/reviews/([0-9A-Z]{26})", page.url)
    return found[1] if found else ""


@pytest.mark.parametrize(("language", "theme", "width"), VIEWS)
def test_every_page_of_reviews_is_clean_in_every_view(desk: Desk, language: str, theme: str, width: int) -> None:
    paths = [
        "/reviews",
        f"/reviews/{open_ids(desk, 'duplicate')[0]}",
        f"/reviews/{open_ids(desk, 'value')[0]}",
        "/reviews/bulk?try=yes&kind=duplicate",
        "/reviews?kind=write",
    ]
    with desk.page("steward", language=language, theme=theme, width=width) as page:
        for path in paths:
            page.goto(desk.url + path)
            page.wait_for_load_state("networkidle")
            assert (path, violations(page)) == (path, [])
            assert (path, overflow(page)) == (path, 0)


def test_ten_reviews_by_keyboard_alone_and_every_act_undone(desk: Desk) -> None:
    before = set(open_ids(desk))
    with desk.page("steward") as page:
        page.goto(desk.url + "/reviews?kind=duplicate")
        page.keyboard.press("Enter")
        done: list[str] = []
        for turn, key in enumerate("mnmnxmdnmn"):
            page.wait_for_selector("#held .badge")
            here = at(page)
            assert here
            assert here not in done
            if turn == 0:
                page.keyboard.press("ArrowDown")
                page.keyboard.press("2")
                page.keyboard.press("p")
            page.keyboard.press(key)
            expect(page.locator(".toast.good")).to_be_visible()
            done.append(here)
        assert len(set(done)) == 10
        assert {status(desk, one) for one in done} == {"decided", "dismissed", "open"}  # open: the one put off
        assert len(before - set(open_ids(desk))) >= 9
    undo_all(desk, done)
    assert set(open_ids(desk)) == before


def undo_all(desk: Desk, done: list[str]) -> None:
    """Take every act back by the links on the questions' pages, the first of them in the browser."""
    with desk.page("steward") as page:
        page.goto(f"{desk.url}/reviews/{done[-1]}")
        page.get_by_role("link", name="take it back").first.click()
        expect(page.get_by_role("heading", name="What each system would receive")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Take back").click()
        expect(page.locator(".toast.good")).to_be_visible()
    hand = desk.session("steward")
    for one in reversed(done):
        while links := re.findall(r'href="(/acts/\w+/undo\?[^"]*)"', hand.see(f"/reviews/{one}").text):
            assert hand.fill(links[0]).headers["location"] == f"/reviews/{one}"
        assert status(desk, one) == "open"


def test_an_act_is_undone_at_once_with_u_and_leads_back_to_its_question(desk: Desk) -> None:
    first = open_ids(desk, "duplicate")[0]
    with desk.page("steward", language="zh_CN") as page:
        page.goto(f"{desk.url}/reviews/{first}?kind=duplicate")
        page.wait_for_selector("#held .badge")
        page.keyboard.press("n")
        expect(page.locator(".toast.good")).to_be_visible()
        assert status(desk, first) == "decided"
        page.keyboard.press("u")
        page.wait_for_url(f"**/reviews/{first}")
        assert status(desk, first) == "open"


def test_a_value_is_picked_by_digit_typed_or_refused(desk: Desk) -> None:
    [review] = open_ids(desk, "value")
    with desk.page("steward") as page:
        page.goto(f"{desk.url}/reviews/{review}")
        page.wait_for_selector("#effect .effect-system")
        page.keyboard.press("2")
        expect(page.locator("input[name=n][value='2']")).to_be_checked()
        page.keyboard.press("t")
        expect(page.locator("#typed-value")).to_be_focused()
        page.keyboard.type("no such tier")
        page.keyboard.press("Escape")
        page.keyboard.press("m")
        expect(page.locator(".toast.bad")).to_be_visible()
        assert status(desk, review) == "open"
        page.keyboard.press("2")
        page.keyboard.press("m")
        expect(page.locator(".toast.good")).to_be_visible()
        assert status(desk, review) == "decided"
    undo_all(desk, [review])


def test_what_each_system_would_receive_is_shown_before_and_follows_the_picks(desk: Desk) -> None:
    review = open_ids(desk, "duplicate")[1]
    with desk.page("steward") as page:
        page.goto(f"{desk.url}/reviews/{review}")
        page.wait_for_selector("#effect .effect-record")
        merged = page.locator("#effect").inner_text()
        page.get_by_role("button", name="if not a match").click()
        page.wait_for_function("text => document.getElementById('effect').innerText !== text", arg=merged)
        assert "new record" in page.locator("#effect").inner_text()
        assert status(desk, review) == "open"


def test_values_are_masked_until_asked_for_and_asking_is_noted(desk: Desk) -> None:
    review = open_ids(desk, "duplicate")[2]
    shown = review_shown(desk.served.hub, review, as_it_is)
    assert shown is not None
    with desk.page("steward") as page:
        page.goto(f"{desk.url}/reviews/{review}")
        assert "明远" not in page.content()
        page.keyboard.press("v")
        expect(page.locator("#records")).to_contain_text("明远")
        page.keyboard.press("1")
    with desk.served.hub.store.read() as connection:
        noted = act_notes.page(connection, desk.served.hub.store.vault, kind="value.revealed")
    said = [one.content or {} for one in noted]
    assert {one["field"] for one in said} >= {"name", "phones"}
    assert {one["who"] for one in said} == {"steward"}


def test_a_viewer_looks_and_decides_nothing(desk: Desk) -> None:
    review = open_ids(desk, "duplicate")[0]
    with desk.page("viewer") as page:
        page.goto(f"{desk.url}/reviews/{review}")
        page.wait_for_load_state("networkidle")
        assert page.get_by_role("button", name="One customer: merge").count() == 0
        assert page.get_by_role("button", name="Show values").count() == 0
    hand = desk.session("viewer")
    for path in ("decide", "take", "defer", "comment", "reveal"):
        assert hand.fill(f"/reviews/{review}/{path}", {"decision": "match"}).status_code == 403
    assert status(desk, review) == "open"


def test_another_departments_question_is_not_in_the_queue_and_cannot_be_reached(desk: Desk) -> None:
    review = open_ids(desk, "duplicate")[0]
    hand = desk.session("marketing")
    assert review not in hand.see("/reviews").text
    for path in (f"/reviews/{review}", f"/api/reviews/{review}/page"):
        assert hand.see(path).status_code == 403
    assert hand.fill(f"/reviews/{review}/decide", {"decision": "match"}).status_code == 403
    assert hand.fill(f"/reviews/{review}/effect", {"decision": "match"}).status_code == 403
    assert status(desk, review) == "open"


def test_a_question_that_a_colleague_has_decided_meanwhile_is_explained(desk: Desk) -> None:
    review = open_ids(desk, "duplicate")[3]
    with desk.page("steward") as page:
        page.goto(f"{desk.url}/reviews/{review}")
        done = decide_pair(desk.served.hub, review, same=False, author="steward", reason="two people")
        page.keyboard.press("m")
        expect(page.locator(".toast.bad")).to_contain_text("steward was quicker: not a match")
        assert at(page) == review
    hand = desk.session("steward")
    assert hand.fill(f"/acts/{done.run_id}/undo", page="/reviews").status_code == 303
    assert status(desk, review) == "open"


def test_a_double_click_and_the_back_button_decide_once(desk: Desk) -> None:
    review = open_ids(desk, "duplicate")[4]
    with desk.page("steward") as page:
        page.goto(f"{desk.url}/reviews/{review}?kind=duplicate")
        page.wait_for_selector("#held .badge")
        page.locator("button[value=no_match]").dblclick()
        expect(page.locator(".toast.good")).to_be_visible()
        page.go_back()
        page.wait_for_load_state("networkidle")
        assert page.locator("button[value=no_match]").count() == 0
        expect(page.locator(".note")).to_contain_text("not a match")
    shown = review_shown(desk.served.hub, review, as_it_is)
    assert shown is not None
    assert [one["kind"] for one in shown["acts"] if not one["undone_at"]] == ["kept_apart"]
    undo_all(desk, [review])


def test_many_by_a_rule_a_sample_first_and_one_undo(desk: Desk) -> None:
    before = set(open_ids(desk))
    with desk.page("steward") as page:
        page.goto(f"{desk.url}/reviews/bulk?try=yes&kind=duplicate")
        expect(page.get_by_role("heading", name=f"The rule fits {PAIRS} questions")).to_be_visible()
        page.get_by_label("not a match").check()
        page.get_by_label("Reason").fill("two people each")
        page.get_by_role("button", name=f"Decide {PAIRS} questions").click()
        expect(page.locator(".toast.good")).to_contain_text(f"Questions decided: {PAIRS}.")
        assert open_ids(desk, "duplicate") == []
        page.keyboard.press("u")
        expect(page.locator(".toast.good")).to_contain_text("Taken back")
    assert set(open_ids(desk)) == before


def test_values_that_want_to_do_harm_are_only_texts(desk: Desk) -> None:
    review = open_ids(desk, "duplicate")[0]
    with desk.page("steward") as page:
        for one in open_ids(desk, "duplicate"):
            page.goto(f"{desk.url}/reviews/{one}")
            page.keyboard.press("v")
            page.wait_for_load_state("networkidle")
            assert page.evaluate("window.hurt") is None
            if SCRIPT in page.locator("#records").inner_text():
                break
        else:
            raise AssertionError("the hostile title is on no page")
        page.locator("#words").fill(SCRIPT)
        page.keyboard.press("Enter")
        page.wait_for_load_state("networkidle")
        expect(page.locator(".said")).to_contain_text(SCRIPT)
        assert page.evaluate("window.hurt") is None
    assert status(desk, review) == "open"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"decision": "burn"},
        {"decision": "pick", "n": "99999999999999999999"},
        {"decision": "match", "pick.name": "7"},
        {"decision": "match", "pick.name": "²"},
        {"decision": "match", "pick.no_such_field": "1"},
        {"decision": "match", "pin": "yes", "until": "never"},
        {"decision": "value", "value": "x" * 20_000},
        {"decision": "match", "pick.birthday": "typed", "typed.birthday": "\u202e'--<b>"},
        {"decision": "match", "stamp": "of another page"},
    ],
)
def test_a_forged_or_senseless_form_keeps_nothing(desk: Desk, form: dict[str, str]) -> None:
    review = open_ids(desk, "duplicate")[5]
    hand = desk.session("steward")
    answer = hand.fill(f"/reviews/{review}/decide", form)
    assert answer.status_code in {303, 422}
    assert hand.fill(f"/reviews/{review}/effect", form).status_code == 200
    assert status(desk, review) == "open"
