"""Profiles as stewards look at and mend them: every tab, every act with its undo, what is refused, harm that fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect

from flows.profile_page import profile_seen
from flows.profile_view import as_it_is, profile_page
from golden_record.store import act_notes
from tests.console.web.desk import VIEWS, Desk, Hand, overflow, violations
from tests.console.web.stewards_desk import BIDI, SCRIPT, stewards_desk

pytestmark = pytest.mark.slow
MOBILE = "+8613622220001"
HARM = f"{SCRIPT}{BIDI}"
NOVEL = f"{HARM} {'很长' * 5_000}"[:10_000]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Desk]:
    """Customers of two systems, some of them with values that want to do harm; each test has customers of its own."""
    with stewards_desk(tmp_path_factory.mktemp("profiles") / "project") as made:
        made.browser = browser
        yield made


@pytest.fixture
def hand(desk: Desk) -> Hand:
    return desk.session("steward")


def ids(desk: Desk, family: str) -> list[str]:
    """Return the profiles of a family."""
    items = profile_page(desk.served.hub, entity="person", after=None, limit=200, show=as_it_is)["items"]
    return [one["profile_id"] for one in items if str(one["fields"].get("name", "")).startswith(family)]


def seen(desk: Desk, profile_id: str) -> dict[str, Any]:
    found = profile_seen(desk.served.hub, profile_id, as_it_is, raw=True)
    assert found is not None
    return found


def landed(answer: requests.Response) -> str:
    """Return the profile that an act led to."""
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/profiles/")


def undo_on(hand: Hand, profile_id: str, acts: int = 1) -> None:
    """Take the newest acts back by the links of the profile's history."""
    for _ in range(acts):
        assert hand.fill(undo_path(hand, profile_id)).status_code == 303


def undo_path(hand: Hand, profile_id: str) -> str:
    """Return where the newest act that still stands is taken back, as the profile's history names it."""
    text = hand.see(f"/profiles/{profile_id}?tab=history").text
    found: list[str] = re.findall(r'href="(/acts/\w{26}/undo\?[^"]*)"', text)
    return found[0]


# ------------------------------------------------------------------------------------------------ looking


@pytest.mark.parametrize(("language", "theme", "width"), [VIEWS[0], VIEWS[2]])
def test_every_page_of_profiles_is_clean(desk: Desk, language: str, theme: str, width: int) -> None:
    [evil], pair = ids(desk, "慕容"), ids(desk, "欧阳")
    tabs = [f"/profiles/{evil}?tab={tab}" for tab in ("values", "records", "timeline", "history&day=2031-01-01")]
    related = [f"/profiles/{pair[0]}?tab=relations", f"/profiles/{pair[0]}/merge?with={pair[1]}"]
    with desk.page("steward", language=language, theme=theme, width=width) as page:
        for path in ["/profiles", *tabs, *related, f"/profiles/{evil}/edit", f"/profiles/{evil}/split"]:
            page.goto(desk.url + path)
            page.wait_for_load_state("networkidle")
            assert (path, violations(page)) == (path, [])
            assert (path, overflow(page)) == (path, 0)


def test_a_phone_an_id_or_a_name_finds_a_customer_and_the_list_is_masked(desk: Desk, hand: Hand) -> None:
    [evil] = ids(desk, "慕容")
    for text in (MOBILE, evil, evil.lower(), "慕容复"):
        found = hand.get(f"{desk.url}/profiles", params={"q": text}, timeout=90).text
        assert f'href="/profiles/{evil}"' in found, text
    assert "Nobody is found by this." in hand.see("/profiles?q=nobody-at-all").text
    assert "慕容复" not in hand.see("/profiles").text
    first = hand.see("/profiles").text
    following = re.search(r'href="(/profiles\?[^"]*after=[^"]*)"', first)
    assert following is None or hand.see(following[1].replace("&amp;", "&")).status_code == 200


def test_values_stand_with_where_they_came_from_and_what_lost(desk: Desk, hand: Hand) -> None:
    [evil] = ids(desk, "慕容")
    profile = seen(desk, evil)
    assert profile["losing"]["job_title"]
    page = hand.see(f"/profiles/{evil}").text
    row = page.split(">Job title")[1].split("</tr>")[0]
    assert "<s>" in row
    assert {"zoho_crm", "fxiaoke"} <= set(re.findall(r"zoho_crm|fxiaoke", row))
    records = hand.see(f"/profiles/{evil}?tab=records").text
    assert all(source["id"] in records for source in profile["sources"])


def test_history_shows_a_day_before_and_after_the_customer_came(desk: Desk, hand: Hand) -> None:
    [evil] = ids(desk, "慕容")
    before, after, never = (
        hand.see(f"/profiles/{evil}?tab=history&day={day}").text for day in ("2001-01-01", "2031-01-01", "no-day")
    )
    assert 'class="facts"' not in before
    assert 'class="facts"' in after
    assert 'class="facts"' not in never
    assert "慕容复" not in after


def test_a_profile_that_is_not_there_is_404_and_senseless_tabs_are_the_first(desk: Desk, hand: Hand) -> None:
    [evil] = ids(desk, "慕容")
    for path in ("", "/edit", "/split", f"/merge?with={evil}"):
        assert hand.see(f"/profiles/{'0' * 26}{path}").status_code == 404
    assert hand.see(f"/profiles/{evil}/merge?with={'0' * 26}").status_code == 404
    assert 'tab=values" data-key="1" aria-current="page"' in hand.see(f"/profiles/{evil}?tab=burn&after=²").text


def test_in_chinese_every_tab_speaks_chinese(desk: Desk, hand: Hand) -> None:
    [evil] = ids(desk, "慕容")
    hand.cookies.set("crmhub_language", "zh_CN")
    for tab in ("values", "records", "timeline", "history", "relations"):
        text = hand.see(f"/profiles/{evil}?tab={tab}").text
        assert 'lang="zh' in text
        assert "时间" in text or "历史" in text
        assert "What lost" not in text
        assert "What stewards did" not in text


def test_a_value_is_shown_when_asked_for_and_that_is_noted(desk: Desk, hand: Hand) -> None:
    [evil] = ids(desk, "慕容")
    answer = hand.fill("/reveal", {"profile": evil, "field": "name"})
    assert "慕容复" in answer.text
    with desk.served.hub.store.read() as connection:
        noted = act_notes.page(connection, desk.served.hub.store.vault, kind="value.revealed")
    assert {"field": "name", "of": evil}.items() <= dict(noted[0].content or {}).items()
    assert desk.session("viewer").fill("/reveal", {"profile": evil, "field": "name"}).status_code == 403


# ------------------------------------------------------------------------------------------------ mending


def test_a_profile_is_made_by_hand_and_what_is_no_value_is_told_beside_its_field(desk: Desk, hand: Hand) -> None:
    form = {"entity": "person", "set.name": "令狐冲", "set.emails": "no mail", "reason": "met at a fair"}
    refused = hand.fill("/profiles/new", form)
    assert refused.status_code == 422
    assert 'id="wrong-emails"' in refused.text
    assert hand.fill("/profiles/new", {"set.name": "令狐冲"}).status_code == 422
    assert hand.fill("/profiles/new", {"reason": "x"}).status_code == 422
    assert ids(desk, "令狐") == []
    made = landed(hand.fill("/profiles/new", form | {"set.emails": "linghu@huaxin-cable.cn"}))
    assert ids(desk, "令狐") == [made]
    assert hand.see(f"/profiles/{made}").status_code == 200


def test_an_edit_is_pinned_until_a_day_shown_with_author_and_taken_back(desk: Desk, hand: Hand) -> None:
    customer = ids(desk, "司马")[0]
    before = seen(desk, customer)["fields"].get("job_title")
    form = {"set.job_title": "首席", "reason": "said on the phone", "pin": "yes", "until": "2099-01-01"}
    effect = hand.fill(f"/profiles/{customer}/edit/effect", form)
    assert "zoho_crm" in effect.text
    assert seen(desk, customer)["fields"].get("job_title") == before
    assert landed(hand.fill(f"/profiles/{customer}/edit", form)) == customer
    assert seen(desk, customer)["fields"]["job_title"] == "首席"
    assert "pinned" in hand.see(f"/profiles/{customer}").text
    assert "said on the phone" in hand.see(f"/profiles/{customer}?tab=history").text
    undo_on(hand, customer)
    assert seen(desk, customer)["fields"].get("job_title") == before


def test_taking_an_act_back_is_tried_before_it_is_done(desk: Desk, hand: Hand) -> None:
    [profile_id] = ids(desk, "独孤")
    was = seen(desk, profile_id)["fields"].get("job_title")
    landed(hand.fill(f"/profiles/{profile_id}/edit", {"set.job_title": "掌门", "reason": "he said so"}))
    path = undo_path(hand, profile_id)
    looked_at = hand.see(path)
    assert looked_at.status_code == 200
    assert "he said so" in looked_at.text
    assert re.findall("<bdi>(zoho_crm|fxiaoke)</bdi>", looked_at.text) == ["zoho_crm", "fxiaoke"]
    assert seen(desk, profile_id)["fields"]["job_title"] == "掌门"
    act = path.split("/")[2]
    token = {"X-Form-Token": hand.form_token("/account")}
    tried = hand.post(f"{hand.url}/api/undo/effect", json={"ids": [act]}, headers=token, timeout=60).json()
    assert ([one["id"] for one in tried["acts"]], tried["total"]) == ([act], 1)
    assert [one["system"] for one in tried["effect"]["systems"]][:2] == ["zoho_crm", "fxiaoke"]
    assert [one["profile_id"] for one in tried["effect"]["profiles"]] == [profile_id]
    assert tried["effect"]["profiles"][0]["fields"].get("job_title") == was
    assert hand.fill(path, {"reason": "he did not"}).headers["location"] == f"/profiles/{profile_id}"
    assert seen(desk, profile_id)["fields"].get("job_title") == was
    again = hand.see(path)
    assert (again.status_code, "taken back already" in again.text) == (409, True)
    assert hand.see("/acts/01ARZ3NDEKTSV4RRFFQ69G5FAV/undo").status_code == 409


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"reason": "x"},
        {"set.job_title": "x"},
        {"set.job_title": "x", "reason": "x", "stamp": "of another page"},
        {"set.emails": HARM, "reason": "x"},
        {"set.no_such_field": "x", "reason": "x"},
        {"set.job_title": "x", "reason": "x", "pin": "yes", "until": "never"},
        {"set.birthday": "\u202e'--<b>", "reason": "x"},
    ],
)
def test_an_edit_that_does_not_fit_keeps_nothing(desk: Desk, hand: Hand, form: dict[str, str]) -> None:
    customer = ids(desk, "上官")[0]
    before = seen(desk, customer)["stamp"]
    answer = hand.fill(f"/profiles/{customer}/edit", form)
    assert answer.status_code == 422
    assert SCRIPT not in answer.text
    assert hand.fill(f"/profiles/{customer}/edit/effect", form).status_code == 200
    assert seen(desk, customer)["stamp"] == before


def test_a_field_is_emptied_and_filled_again_by_undo(desk: Desk, hand: Hand) -> None:
    customer = ids(desk, "诸葛")[0]
    assert landed(hand.fill(f"/profiles/{customer}/edit", {"clear.job_title": "yes", "reason": "left"})) == customer
    assert "job_title" not in seen(desk, customer)["fields"]
    undo_on(hand, customer)
    assert "job_title" in seen(desk, customer)["fields"]


def test_records_are_split_off_only_when_some_are_chosen_and_some_stay(desk: Desk, hand: Hand) -> None:
    [both] = ids(desk, "独孤")
    names = ["{system}/{stream}/{id}".format(**one) for one in seen(desk, both)["sources"]]
    nothing = hand.fill(f"/profiles/{both}/split", {"reason": "x"})
    assert nothing.status_code == 422
    assert "Choose the records that leave" in nothing.text
    assert hand.fill(f"/profiles/{both}/split/effect", {}).text == ""
    assert hand.fill(f"/profiles/{both}/split/effect", {"record": ["a/b/c"]}).status_code == 200
    for wrong in (["a/b/c"], names):
        hand.fill(f"/profiles/{both}/split", {"record": wrong, "reason": "x"})
        assert ids(desk, "独孤") == [both], wrong
    assert hand.fill(f"/profiles/{both}/split/effect", {"record": names[:1]}).status_code == 200
    landed(hand.fill(f"/profiles/{both}/split", {"record": names[:1], "reason": "two people"}))
    assert len(ids(desk, "独孤")) == 2
    undo_on(hand, both)
    assert ids(desk, "独孤") == [both]


def test_two_profiles_are_merged_lead_to_one_and_are_parted_again(desk: Desk, hand: Hand) -> None:
    one, other = ids(desk, "夏侯")
    page = hand.see(f"/profiles/{one}/merge?with={other}").text
    assert other in page
    assert "明远" not in page
    living = landed(hand.fill(f"/profiles/{one}/merge", {"with": other, "act": "merge", "reason": "one person"}))
    former = other if living == one else one
    assert ids(desk, "夏侯") == [living]
    assert hand.see(f"/profiles/{former.lower()}").headers["location"] == f"/profiles/{living}"
    hand.fill(f"/profiles/{living}/unmerge", {"former": "0" * 26})
    assert ids(desk, "夏侯") == [living]
    landed(hand.fill(f"/profiles/{living}/unmerge", {"former": former, "reason": "two after all"}))
    assert set(ids(desk, "夏侯")) == {one, other}


def test_two_profiles_are_kept_apart_and_that_is_said_beside_them(desk: Desk, hand: Hand) -> None:
    one, other = ids(desk, "闻人")
    relations = hand.see(f"/profiles/{one}?tab=relations").text
    assert other in relations
    assert "kept apart" not in relations
    assert landed(hand.fill(f"/profiles/{one}/merge", {"with": other, "act": "apart", "reason": "brothers"})) == one
    assert "kept apart" in hand.see(f"/profiles/{one}?tab=relations").text
    undo_on(hand, one)
    assert "kept apart" not in hand.see(f"/profiles/{one}?tab=relations").text


def test_a_profile_is_not_merged_with_itself_or_with_nobody(desk: Desk, hand: Hand) -> None:
    one = ids(desk, "东方")[0]
    for other in (one, "0" * 26, "", "a/b/c", HARM):
        answer = hand.fill(f"/profiles/{one}/merge", {"with": other, "act": "merge"})
        assert answer.status_code in {303, 404, 422}
        assert SCRIPT not in answer.text
    assert len(ids(desk, "东方")) == 2


def test_a_deletion_is_asked_for_once_with_a_reason_and_withdrawn(desk: Desk, hand: Hand) -> None:
    customer = ids(desk, "皇甫")[0]
    assert hand.fill(f"/profiles/{customer}/delete", {"reason": " "}).status_code == 422
    for _ in range(2):
        assert landed(hand.fill(f"/profiles/{customer}/delete", {"reason": f"by letter {SCRIPT}"})) == customer
    page = hand.see(f"/profiles/{customer}").text
    assert page.count("withdraw the request") == 1
    assert "by letter &lt;script&gt;" in page
    undo_on(hand, customer)
    assert "withdraw the request" not in hand.see(f"/profiles/{customer}").text


def test_a_viewer_looks_and_mends_nothing(desk: Desk) -> None:
    customer, viewer = ids(desk, "尉迟")[0], desk.session("viewer")
    assert "Ask for the deletion" not in viewer.see(f"/profiles/{customer}").text
    for path in ("edit", "split", "merge", "unmerge", "delete"):
        assert viewer.fill(f"/profiles/{customer}/{path}", {"reason": "x"}).status_code == 403


# --------------------------------------------------------------------------------------------------- harm


def test_values_that_want_to_do_harm_are_only_texts(desk: Desk, hand: Hand) -> None:
    form = {"set.name": "任我行", "set.job_title": NOVEL, "set.department": BIDI, "reason": HARM}
    customer = landed(hand.fill("/profiles/new", form))
    with desk.page("steward", width=360) as page:
        for path in ("", "?tab=records", "?tab=history", "?tab=history&day=2031-01-01", "/edit", "/split"):
            page.goto(f"{desk.url}/profiles/{customer}{path}")
            page.wait_for_load_state("networkidle")
            assert page.evaluate("window.hurt") is None
            assert (path, overflow(page)) == (path, 0)
        page.goto(f"{desk.url}/profiles/{customer}")
        page.get_by_role("button", name="Show Job title").click()
        expect(page.locator("main")).to_contain_text(SCRIPT)
        assert page.evaluate("window.hurt") is None
        assert overflow(page) == 0
