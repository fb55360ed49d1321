"""Hostile input at the frame: script, markup, bidi, length, broken forms, sessions that end, double clicks."""

from __future__ import annotations

import threading

import pytest
import requests

from golden_record.store import act_notes, user_sessions, users
from tests.console.web.desk import Desk, Hand

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u202c",
    "x" * 10_000,
    "' OR 1=1 --",
    "..%2f..%2fetc%2fpasswd",
    "\x00\x1b[31m",
    "𠮷🧑‍🦳" * 100,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_typed_is_shown_as_text_or_refused(console_desk: Desk, text: str) -> None:
    admin = console_desk.session("admin")
    answers = [
        console_desk.session(None).sign_in(text, text),
        admin.fill("/users", {"name": text, "role": "viewer"}, page="/users"),
        admin.fill(
            "/users",
            {"name": f"h{HOSTILE.index(text)}", "shown": text, "role": "viewer", "department": text},
            page="/users",
        ),
        admin.fill("/users/tokens", {"name": text, "scope": text, "days": text}, page="/users"),
        admin.fill("/preferences", {"language": text, "theme": text, "next": "/account"}),
        admin.see("/users"),
    ]
    for path in ("/audit", "/api/audit"):
        for name in ("who", "kind", "since", "until", "before"):
            asked = admin.get(admin.url + path, params={name: text}, allow_redirects=False, timeout=90)
            answers += [asked]
    answers.append(console_desk.session("steward").fill("/reveal", {"profile": text, "field": text}))
    for answer in answers:
        assert answer.status_code < 500, answer.url
        body = answer.text
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert "49{%" not in body


def test_a_name_that_reverses_the_line_is_kept_apart_from_the_text_around_it(console_desk: Desk) -> None:
    admin = console_desk.session("admin")
    admin.fill("/users", {"name": "bidi", "shown": "\u202eevil", "role": "viewer"}, page="/users")
    assert "<bdi>\u202eevil</bdi>" in admin.see("/users").text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"form_token=%ff%fe", "application/x-www-form-urlencoded", 403),
        (b"not a form", "multipart/form-data", 400),
        (b"--b\r\nbroken", "multipart/form-data; boundary=b", 403),
        (b'{"form_token": "x"}', "application/json", 403),
        (b"a=1&" * 3000, "application/x-www-form-urlencoded", 400),
        (b"x" * 3_000_000, "application/x-www-form-urlencoded", 413),
    ],
    ids=["bytes", "no boundary", "cut off", "json", "many fields", "large"],
)
def test_a_broken_form_is_refused_and_explained(console_desk: Desk, body: bytes, kind: str, status: int) -> None:
    hand = console_desk.session("viewer")
    headers = {"Content-Type": kind, "Origin": hand.url}
    answer = hand.post(hand.url + "/preferences", data=body, headers=headers, allow_redirects=False, timeout=90)
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_a_session_that_ends_in_the_middle_leads_to_sign_in_and_changes_nothing(console_desk: Desk) -> None:
    hand = Hand(console_desk.url)
    hand.sign_in("admin")
    token = hand.form_token("/users")
    hub = console_desk.served.hub
    with hub.store.write() as connection:
        user_sessions.end(connection, user_sessions.digest_of(hub.store.vault, hand.cookies["crmhub_session"]))
    form = {"form_token": token, "name": "too.late", "role": "viewer"}
    plain = hand.post(hand.url + "/users", data=form, allow_redirects=False, timeout=90)
    assert (plain.status_code, plain.headers["location"]) == (303, "/sign-in?ended=yes")
    assert "must be typed anew" in hand.see("/sign-in?ended=yes").text
    headers = {"HX-Request": "true", "HX-Current-URL": hand.url + "/users"}
    by_htmx = hand.post(hand.url + "/users", data=form, headers=headers, allow_redirects=False, timeout=90)
    assert (by_htmx.status_code, by_htmx.headers["hx-redirect"]) == (401, "/sign-in?next=%2Fusers")
    with hub.store.read() as connection:
        assert users.by_name(connection, hub.store.vault, "too.late") is None


def test_a_form_sent_twice_at_once_does_its_work_once(console_desk: Desk) -> None:
    admin = console_desk.session("admin")
    form = {"form_token": admin.form_token("/users"), "name": "double.click", "role": "viewer"}
    cookies = {"crmhub_session": admin.cookies["crmhub_session"]}
    answers: list[int] = []

    def send() -> None:
        answer = requests.post(admin.url + "/users", data=form, cookies=cookies, allow_redirects=False, timeout=90)
        answers.append(answer.status_code)

    both = [threading.Thread(target=send) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == [200, 422]
    hub = console_desk.served.hub
    with hub.store.read() as connection:
        noted = act_notes.page(connection, hub.store.vault, kind="user.added", limit=500)
    assert sum((one.content or {}).get("user") == "double.click" for one in noted) == 1


def test_the_back_button_after_signing_out_shows_nothing(console_desk: Desk) -> None:
    hand = Hand(console_desk.url)
    hand.sign_in("viewer")
    page = hand.see("/account")
    assert page.headers["cache-control"] == "no-store"
    out = hand.fill("/sign-out")
    assert out.headers["clear-site-data"] == '"cache", "storage"'
    assert hand.see("/account").status_code == 303
