"""One's own account, users, and the audit trail, over real HTTP: passwords, second factor, sessions, rights."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pyotp
import pytest
import requests

from console.access import accounts
from console.access.user import Role
from golden_record.store import user_sessions, users
from golden_record.store.users import Account
from tests.console.web.desk import PASSWORD, VIEWS, Desk, Hand, overflow, violations

NEW = "another long pass phrase"


@pytest.fixture
def somebody(console_desk: Desk) -> Callable[..., Account]:
    """Makes a user of the test's own, so that the shared ones stay as they are."""
    made: list[str] = []

    def make(name: str, *roles: Role, must_change: bool = False) -> Account:
        hub = console_desk.served.hub
        accounts.add_user(
            hub.store,
            name,
            password=PASSWORD,
            roles=roles or [Role.VIEWER],
            must_change=must_change,
            by="test",
            now=hub.now(),
        )
        made.append(name)
        return account(console_desk, name)

    return make


def account(desk: Desk, name: str) -> Account:
    hub = desk.served.hub
    with hub.store.read() as connection:
        found = users.by_name(connection, hub.store.vault, name)
    assert found is not None
    return found


def signed_in(desk: Desk, name: str, password: str = PASSWORD) -> Hand:
    hand = Hand(desk.url)
    assert hand.sign_in(name, password).status_code == 303
    return hand


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).now()


def test_a_user_who_was_given_a_password_must_change_it_before_anything_else(
    console_desk: Desk, somebody: Callable[..., Account]
) -> None:
    somebody("given", Role.STEWARD, must_change=True)
    hand = signed_in(console_desk, "given")
    assert hand.see("/account/password").status_code == 200
    assert hand.see("/api/runs").json()["error"] == "must_change"
    for new, again, said in (
        ("short", "short", "at least 15 characters"),
        ("given given given given", "given given given given", "tried first"),
        (NEW, NEW + "x", "not the same"),
    ):
        answer = hand.fill("/account/password", {"old": PASSWORD, "new": new, "again": again}, page="/account/password")
        assert answer.status_code == 422
        assert said in answer.text
    before = hand.cookies["crmhub_session"]
    done = hand.fill("/account/password", {"old": PASSWORD, "new": NEW, "again": NEW}, page="/account/password")
    assert done.status_code == 303
    assert hand.cookies["crmhub_session"] != before
    assert hand.see("/api/runs").status_code == 200
    assert Hand(console_desk.url).sign_in("given", PASSWORD).status_code == 422


def test_another_password_ends_every_other_session(console_desk: Desk, somebody: Callable[..., Account]) -> None:
    somebody("changer")
    here, elsewhere = signed_in(console_desk, "changer"), signed_in(console_desk, "changer")
    done = here.fill("/account/password", {"old": PASSWORD, "new": NEW, "again": NEW}, page="/account/password")
    assert done.status_code == 303
    assert here.see("/account").status_code == 200
    assert elsewhere.see("/account").status_code == 303


def test_a_second_factor_is_asked_for_once_it_is_set_up_and_no_code_works_twice(
    console_desk: Desk, somebody: Callable[..., Account]
) -> None:
    somebody("careful")
    hand = signed_in(console_desk, "careful")
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', hand.see("/account/totp").text)
    assert secret is not None
    form = {"secret": secret[1], "code": "000000", "old": PASSWORD}
    assert hand.fill("/account/totp", form).status_code == 422
    assert hand.fill("/account/totp", {**form, "code": code_of(secret[1]), "old": "wrong"}).status_code == 422
    set_up = hand.fill("/account/totp", {**form, "code": code_of(secret[1])})
    recovery = re.findall(r"<code>(\w{5}-\w{5})</code>", set_up.text)
    assert len(recovery) == 10

    comer = Hand(console_desk.url)
    first = comer.sign_in("careful", following="/account/password")
    assert first.headers["location"] == "/sign-in/code?next=%2Faccount%2Fpassword"
    half = comer.cookies["crmhub_session"]
    assert comer.see("/account").status_code == 303
    assert comer.see("/api/runs").status_code == 401
    assert comer.fill("/sign-in/code", {"code": "123456"}, page="/sign-in/code").status_code == 422
    code = code_of(secret[1])
    done = comer.fill("/sign-in/code", {"code": code, "next": "/account/password"}, page="/sign-in/code")
    assert (done.status_code, done.headers["location"]) == (303, "/account/password")
    assert comer.cookies["crmhub_session"] != half
    assert comer.see("/account").status_code == 200

    again = Hand(console_desk.url)
    again.sign_in("careful")
    assert again.fill("/sign-in/code", {"code": code}, page="/sign-in/code").status_code == 422
    assert again.fill("/sign-in/code", {"code": recovery[0]}, page="/sign-in/code").status_code == 303
    third = Hand(console_desk.url)
    third.sign_in("careful")
    assert third.fill("/sign-in/code", {"code": recovery[0]}, page="/sign-in/code").status_code == 422


def test_after_five_failures_even_the_right_password_has_to_wait(
    console_desk: Desk, somebody: Callable[..., Account]
) -> None:
    somebody("target")
    for _ in range(5):
        assert Hand(console_desk.url).sign_in("target", "wrong wrong wrong").status_code == 422
    answer = Hand(console_desk.url).sign_in("target")
    assert answer.status_code == 429
    assert "crmhub_session" not in answer.cookies


def test_a_session_ends_by_itself_and_by_its_user(console_desk: Desk, somebody: Callable[..., Account]) -> None:
    mine = somebody("leaver")
    hand, other = signed_in(console_desk, "leaver"), signed_in(console_desk, "leaver")
    assert hand.fill("/account/sessions/end").status_code == 303
    assert other.see("/account").status_code == 303
    hub = console_desk.served.hub
    kept = hand.cookies["crmhub_session"]
    with hub.store.write() as connection:
        digest = user_sessions.digest_of(hub.store.vault, kept)
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        user_sessions.seen(connection, digest, long_ago)
    assert hand.see("/account").headers["location"].startswith("/sign-in")
    again = signed_in(console_desk, "leaver")
    kept = again.cookies["crmhub_session"]
    assert again.fill("/sign-out").status_code == 303
    stolen = Hand(console_desk.url)
    stolen.cookies.set("crmhub_session", kept)
    assert stolen.see("/account").status_code == 303
    assert mine.user_id


def test_an_id_that_the_browser_brings_along_is_never_taken_over(
    console_desk: Desk, somebody: Callable[..., Account]
) -> None:
    somebody("fixed")
    hand = Hand(console_desk.url)
    token = hand.form_token("/sign-in")
    seed = hand.cookies["crmhub_form"]
    form = {"name": "fixed", "password": PASSWORD, "form_token": token}
    cookies = {"Cookie": f"crmhub_form={seed}; crmhub_session=an-id-of-somebody-else"}
    answer = requests.post(f"{hand.url}/sign-in", data=form, headers=cookies, allow_redirects=False, timeout=90)
    assert answer.status_code == 303
    assert answer.cookies["crmhub_session"] != "an-id-of-somebody-else"


def test_an_admin_adds_a_user_whose_password_is_shown_once_and_takes_rights_away_at_once(console_desk: Desk) -> None:
    admin = console_desk.session("admin")
    made = admin.fill(
        "/users", {"name": "New.Comer", "role": ["steward", "nonsense"], "department": "sales"}, page="/users"
    )
    password = re.search(r'<code class="wraps">([^<]+)</code>', made.text)
    assert made.status_code == 200
    assert password is not None
    assert password[1] not in admin.see("/users").text
    mine = account(console_desk, "new.comer")
    assert (mine.roles, mine.departments, mine.must_change) == (("steward",), ("sales",), True)
    assert admin.fill("/users", {"name": "new.comer", "role": "viewer"}, page="/users").status_code == 422
    assert admin.fill("/users", {"name": "no roles"}, page="/users").status_code == 422
    assert signed_in(console_desk, "new.comer", password[1]).see("/account/password").status_code == 200
    admin.fill(f"/users/{mine.user_id}/roles", {"role": "viewer"}, page="/users")
    assert account(console_desk, "new.comer").roles == ("viewer",)
    hand = signed_in(console_desk, "new.comer", password[1])
    assert admin.fill(f"/users/{mine.user_id}/disable", page="/users").status_code == 303
    assert hand.see("/account/password").status_code == 303
    assert Hand(console_desk.url).sign_in("new.comer", password[1]).status_code == 422


def test_the_last_admin_stays_one(console_desk: Desk) -> None:
    admin, mine = console_desk.session("admin"), account(console_desk, "admin")
    for path, form in (("roles", {"role": "viewer"}), ("disable", {})):
        answer = admin.fill(f"/users/{mine.user_id}/{path}", form, page="/users")
        assert answer.status_code == 422
        assert "only administrator" in answer.text
    assert account(console_desk, "admin").roles == ("admin",)


def test_a_token_made_on_the_page_is_good_for_its_scopes_alone(console_desk: Desk) -> None:
    admin = console_desk.session("admin")
    made = admin.fill("/users/tokens", {"name": "report", "scope": ["read"], "days": "30"}, page="/users")
    token = re.search(r'<code class="wraps">(crmhub_[^<]+)</code>', made.text)
    assert token is not None
    assert console_desk.served.get("/api/runs", token=token[1]).status_code == 200
    assert console_desk.served.get("/users", token=token[1]).history  # a page takes no token: it leads to sign-in
    sync = Hand(console_desk.url).post(
        console_desk.url + "/api/sync", json={}, headers={"Authorization": f"Bearer {token[1]}"}
    )
    assert (sync.status_code, sync.json()["error"]) == (403, "refused_scope")
    for wrong in ({"name": "x"}, {"name": " ", "scope": "read"}, {"name": "x", "scope": "read", "days": "-1"}):
        assert admin.fill("/users/tokens", wrong, page="/users").status_code == 422


def test_the_trail_shows_who_did_what_and_finds_it_again(console_desk: Desk, somebody: Callable[..., Account]) -> None:
    somebody("traced")
    signed_in(console_desk, "traced")
    Hand(console_desk.url).sign_in("traced", "wrong wrong wrong")
    auditor = console_desk.session("auditor")
    page = auditor.see("/audit?who=traced").text
    assert "signed in" in page
    assert "sign-in failed" in page
    assert "steward" not in auditor.see("/audit?who=traced&kind=sign_in").text.split("<tbody>")[1]
    assert "Nothing of this kind" in auditor.see("/audit?who=traced&until=2020-01-01").text
    items = auditor.see("/api/audit?kind=user.added&limit=1").json()
    assert items["items"][0]["who"]
    assert items["next"]
    checked = auditor.fill("/audit/check", page="/audit")
    assert "nothing was changed" in checked.text
    assert auditor.see("/api/audit/check").json()["sound"]


@pytest.mark.parametrize(("language", "theme", "width"), VIEWS[::3])
def test_the_pages_of_access_are_accessible(seen_desk: Desk, language: str, theme: str, width: int) -> None:
    for role, path in (("admin", "/users"), ("auditor", "/audit"), ("viewer", "/account/totp")):
        with seen_desk.page(role, language=language, theme=theme, width=width) as page:
            page.goto(seen_desk.url + path)
            assert violations(page) == []
            assert overflow(page) <= 0
