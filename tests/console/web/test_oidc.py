"""Sign-in through OpenID Connect, against a provider of our own over real HTTP that can also be made to lie."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import RSAKey

from connectors.sandboxes.serve import bind, url_of
from console.access import accounts
from console.access.oidc import rights_of
from console.access.user import Role
from flows.hub_config import Oidc
from golden_record.store import users
from golden_record.store.users import Account
from tests.console.web.desk import PASSWORD, Hand
from tests.console.web.served import Served, running, serving
from tests.system.world import world

GROUPS = {"crm-stewards": "steward", "crm-admins": "admin"}


@dataclass
class Provider:
    """A provider that vouches for *claims*; *lies* replace claims of the token, *key* signs it."""

    url: str = ""
    claims: dict[str, Any] = field(
        default_factory=lambda: {"sub": "7f3a", "preferred_username": "zhao.min", "groups": ["crm-stewards"]}
    )
    lies: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048))
    signs_with: RSAKey | None = None
    asked: dict[str, str] = field(default_factory=dict)

    def app(self) -> FastAPI:
        made = FastAPI()

        @made.get("/.well-known/openid-configuration")
        async def discovery() -> dict[str, Any]:
            return {
                "issuer": self.url,
                "authorization_endpoint": self.url + "/authorize",
                "token_endpoint": self.url + "/token",
                "jwks_uri": self.url + "/keys",
            }

        @made.get("/keys")
        async def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False, kid="1", use="sig")]}

        @made.post("/token")
        async def token(request: Request) -> dict[str, Any]:
            form = await request.form()
            assert form["code"] == "the-code"
            assert len(str(form["code_verifier"])) >= 43
            now = int(time.time())
            said = {"iss": self.url, "aud": "crmhub", "iat": now, "exp": now + 300, "nonce": self.asked.get("nonce")}
            claims = {**said, **self.claims, **self.lies}
            signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.signs_with or self.key)
            return {"access_token": "x", "token_type": "Bearer", "id_token": signed}

        return made

    def goes_through(self, hand: Hand, state: str | None = None) -> Any:
        """Go there and back with a browser that asks no questions; return what the hub answers."""
        sent = hand.see("/sign-in/oidc?next=/account")
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
        assert self.asked["code_challenge_method"] == "S256"
        back = urlsplit(self.asked["redirect_uri"]).path
        return hand.see(f"{back}?code=the-code&state={state or self.asked['state']}")


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    listening = bind(0)
    made.url = url_of(listening)
    with running(uvicorn.Server(uvicorn.Config(made.app(), log_config=None, access_log=False)), listening):
        yield made


@pytest.fixture
def hub(tmp_path: Path, provider: Provider) -> Iterator[Served]:
    with world(tmp_path / "project", [], systems=("zoho_crm",)) as made:
        told = {
            "issuer": provider.url,
            "client_id": "crmhub",
            "client_secret": "${OIDC_SECRET}",
            "roles_claim": "groups",
            "roles": GROUPS,
        }
        made.change_yaml("hub.yaml", lambda said: said.update(console={"oidc": told}))
        with serving(made.folder, {"OIDC_SECRET": "not told to anybody"}, work=False) as served:
            yield served


def kept(hub: Served, name: str) -> Account | None:
    with hub.hub.store.read() as connection:
        return users.by_name(connection, hub.hub.store.vault, name)


def test_whoever_the_provider_vouches_for_is_signed_in_with_the_roles_of_their_groups(
    hub: Served, provider: Provider
) -> None:
    hand = Hand(hub.base_url)
    assert 'href="/sign-in/oidc' in hand.see("/sign-in").text
    done = provider.goes_through(hand)
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert hand.see("/account").status_code == 200
    mine = kept(hub, "zhao.min")
    assert mine is not None
    assert (mine.roles, mine.password) == (("steward",), None)
    assert Hand(hub.base_url).sign_in("zhao.min", "").status_code == 422
    provider.claims["groups"] = ["crm-admins"]
    provider.claims["preferred_username"] = "renamed"
    assert provider.goes_through(Hand(hub.base_url)).status_code == 303
    again = kept(hub, "zhao.min")
    assert again is not None
    assert again.roles == ("admin",)
    assert kept(hub, "renamed") is None


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"nonce": "replayed"},
        {"exp": 1_000_000},
        {"azp": "another-client"},
        {"sub": None},
    ],
    ids=lambda lies: next(iter(lies)),
)
def test_a_token_that_was_not_made_for_us_now_signs_nobody_in(
    hub: Served, provider: Provider, lies: dict[str, Any]
) -> None:
    provider.lies = lies
    hand = Hand(hub.base_url)
    assert provider.goes_through(hand).status_code == 403
    assert hand.see("/account").status_code == 303
    assert kept(hub, "zhao.min") is None


def test_a_token_signed_by_another_key_or_a_forged_state_signs_nobody_in(hub: Served, provider: Provider) -> None:
    assert provider.goes_through(Hand(hub.base_url), state="forged").status_code == 403
    provider.signs_with = RSAKey.generate_key(2048)
    assert provider.goes_through(Hand(hub.base_url)).status_code == 403
    assert Hand(hub.base_url).see("/sign-in/oidc/callback?code=the-code&state=x").status_code == 403
    assert kept(hub, "zhao.min") is None


def test_somebody_without_a_role_or_with_a_local_users_name_is_not_let_in(hub: Served, provider: Provider) -> None:
    provider.claims["groups"] = ["somewhere-else"]
    answer = provider.goes_through(Hand(hub.base_url))
    assert answer.status_code == 403
    assert "no role here" in answer.text
    provider.claims["groups"] = ["crm-admins"]
    store, now = hub.hub.store, hub.hub.now()
    accounts.add_user(store, "zhao.min", password=PASSWORD, roles=[Role.VIEWER], by="test", now=now)
    assert provider.goes_through(Hand(hub.base_url)).status_code == 403
    mine = kept(hub, "zhao.min")
    assert mine is not None
    assert (mine.roles, mine.issuer) == (("viewer",), None)


def test_claims_allow_what_the_tables_say_and_nothing_else() -> None:
    config = Oidc.model_validate(
        {
            "issuer": "https://login.example.com",
            "client_id": "crmhub",
            "client_secret": "x",
            "roles": GROUPS,
            "departments_claim": "dept",
            "departments": {"Vertrieb": "sales"},
            "sensitive": ["crm-stewards"],
        }
    )
    found = rights_of({"sub": "1", "groups": ["crm-stewards", "other", 7], "dept": "Vertrieb"}, config)
    assert (found.roles, found.departments, found.sensitive) == ((Role.STEWARD,), ("sales",), True)
    nothing = rights_of({"sub": "1", "groups": {"crm-admins": True}}, config)
    assert (nothing.roles, nothing.departments, nothing.sensitive) == ((), (), False)
