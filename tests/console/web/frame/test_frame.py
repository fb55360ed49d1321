"""The frame over real HTTP and in a browser: sign-in, forms, errors, languages, headers, accessibility."""

from __future__ import annotations

import pytest

from tests.console.web.desk import VIEWS, Desk, overflow, violations


def test_a_page_leads_to_sign_in_and_from_there_to_itself(console_desk: Desk) -> None:
    hand = console_desk.session(None)
    answer = hand.see("/account/password")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Faccount%2Fpassword")
    done = hand.sign_in("viewer", following="/account/password")
    assert (done.status_code, done.headers["location"]) == (303, "/account/password")
    assert hand.see("/account/password").status_code == 200


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "/\\evil.example", "/sign-out", "x"])
def test_signing_in_leads_nowhere_else(console_desk: Desk, where: str) -> None:
    assert console_desk.session(None).sign_in("viewer", following=where).headers["location"] == "/"


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(console_desk: Desk) -> None:
    for name in ("viewer", "nobody-at-all"):
        answer = console_desk.session(None).sign_in(name, "not the password 123")
        assert answer.status_code == 422
        assert "Name or password are not right." in answer.text
        assert "crmhub_session" not in answer.cookies


def test_a_form_from_elsewhere_or_of_another_session_is_refused(console_desk: Desk) -> None:
    hand = console_desk.session("viewer")
    token = hand.form_token("/account")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}):
        forged = hand.post(hand.url + "/sign-out", data={"form_token": token}, headers=headers, allow_redirects=False)
        assert forged.status_code == 403, headers
    other = console_desk.session("steward").form_token("/account")
    for data in ({}, {"form_token": ""}, {"form_token": other}, {"form_token": "é"}):
        assert hand.post(hand.url + "/sign-out", data=data, allow_redirects=False).status_code == 403
    assert hand.see("/account").status_code == 200


def test_an_unknown_page_is_explained_as_a_page_and_as_json(console_desk: Desk) -> None:
    hand = console_desk.session("viewer")
    page = hand.see("/nothing/here")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing here" in page.text
    part = hand.see("/nothing/here", HX_Request="true")
    assert (part.status_code, part.headers["hx-retarget"]) == (404, "#toasts")
    assert "<html" not in part.text
    answer = console_desk.served.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.json().keys() == {"error", "message", "cure"}


def test_every_answer_carries_the_headers_that_keep_it_safe(console_desk: Desk) -> None:
    hand = console_desk.session("viewer")
    for path in ("/account", "/sign-in", "/nothing", "/api/runs", "/healthz"):
        answer = hand.see(path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_a_static_file_is_kept_for_good_and_named_by_its_content(console_desk: Desk) -> None:
    hand = console_desk.session(None)
    address = hand.see("/sign-in").text.split('<link rel="stylesheet" href="')[1].split('"')[0]
    answer = hand.see(address)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    old = hand.see("/static/0000000000000000/console.css")
    assert (old.status_code, old.headers["cache-control"]) == (200, "no-store")
    assert hand.see("/static/x/../app.py").status_code == 404
    assert hand.see("/static/x/%2e%2e/app.py").status_code == 404


def test_the_language_is_the_choice_then_the_browsers(console_desk: Desk) -> None:
    hand = console_desk.session(None)
    assert '<html lang="zh-CN"' in hand.see("/sign-in", Accept_Language="zh-TW,en;q=0.5").text
    chosen = hand.fill("/preferences", {"language": "zh_CN", "theme": "dark", "next": "/sign-in"}, page="/sign-in")
    assert chosen.status_code == 303
    page = hand.see("/sign-in", Accept_Language="en").text
    assert '<html lang="zh-CN" data-theme="dark"' in page
    assert "登录" in page


@pytest.mark.parametrize(("language", "theme", "width"), VIEWS)
def test_the_frames_own_pages_are_accessible(seen_desk: Desk, language: str, theme: str, width: int) -> None:
    for role, path in ((None, "/sign-in"), ("viewer", "/account"), ("viewer", "/account/password")):
        with seen_desk.page(role, language=language, theme=theme, width=width) as page:
            page.goto(seen_desk.url + path)
            assert violations(page) == []
            assert overflow(page) <= 0


def test_keys_open_their_own_help_and_go_to_pages(seen_desk: Desk) -> None:
    with seen_desk.page("steward") as page:
        page.goto(seen_desk.url + "/account")
        page.keyboard.press("?")
        assert page.locator("dialog#keys").is_visible()
        assert "Keyboard" in page.locator("dialog#keys dl").inner_text()
        assert violations(page) == []
        page.keyboard.press("Escape")
        assert not page.locator("dialog#keys").is_visible()
