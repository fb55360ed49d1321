"""Sign in through an OpenID Connect provider: authorization code with PKCE, and what the provider's claims allow here.

Room: console. What claims mean is pure (`rights_of`); the rest speaks to the provider through Authlib. The provider is
told apart by its issuer, a person by the subject there, never by a name or a mail that somebody could choose.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from console.access import accounts
from console.access.accounts import NotTaken
from console.access.sign_in import Begun, Comer, begin
from console.access.user import Role
from flows.hub_config import Oidc
from golden_record.store import act_notes, users
from golden_record.store.engine import Store
from golden_record.store.users import Account

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "EdDSA")
"""Signatures that are taken: none that anybody could make without the provider's private key."""
TIMEOUT: Final = 10.0
"""Seconds that the provider may take for one answer."""
LEEWAY: Final = 60
"""Seconds by which its clock may differ."""


class NotKnownThere(Exception):
    """Nobody was signed in; *code* says why: provider, answer, forged, roles, name, disabled."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider says of itself."""

    issuer: str
    authorize: str
    token: str
    keys: str


@dataclass(frozen=True, slots=True)
class Journey:
    """What is remembered of somebody who was sent to the provider until they come back."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What a provider's claims allow here."""

    name: str
    shown: str
    roles: tuple[Role, ...]
    departments: tuple[str, ...] | None
    sensitive: bool


def rights_of(claims: Mapping[str, Any], config: Oidc) -> Rights:
    """Return what claims allow: roles and departments by the tables of hub.yaml; what is in neither allows nothing."""
    groups = _texts(claims.get(config.roles_claim))
    roles = {Role(config.roles[group]) for group in groups if group in config.roles}
    told = _texts(claims.get(config.departments_claim)) if config.departments_claim else []
    departments = sorted({config.departments.get(one, one) for one in told})
    name = str(claims.get(config.name_claim) or claims.get("email") or claims["sub"])
    return Rights(
        name=name,
        shown=str(claims.get("name") or name),
        roles=tuple(sorted(roles)),
        departments=tuple(departments) if config.departments_claim else None,
        sensitive=any(group in config.sensitive for group in groups),
    )


def provider_of(config: Oidc) -> Provider:
    """Ask the provider where its doors are.

    Raises:
        NotKnownThere: it does not answer, or is another one than hub.yaml names.
    """
    said = _fetched(config.issuer.rstrip("/") + "/.well-known/openid-configuration")
    if said.get("issuer") != config.issuer:
        raise NotKnownThere("provider")
    try:
        return Provider(said["issuer"], said["authorization_endpoint"], said["token_endpoint"], said["jwks_uri"])
    except KeyError:
        raise NotKnownThere("provider") from None


def begun_journey(config: Oidc, provider: Provider, back: str) -> Journey:
    """Return where to send somebody, with what must come back; *back*: our address that they come to."""
    nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    with _client(config, back) as client:
        address, state = client.create_authorization_url(provider.authorize, nonce=nonce, code_verifier=verifier)
    return Journey(str(address), str(state), nonce, verifier)


def claims_of(config: Oidc, provider: Provider, journey: Journey, code: str, state: str, back: str) -> dict[str, Any]:  # noqa: PLR0913 (what came back)
    """Return the claims about whoever came back with *code*.

    Raises:
        NotKnownThere: the answer is not to what was asked, or not signed by the provider for us and now.
    """
    if not hmac.compare_digest(journey.state.encode(), state.encode()):
        raise NotKnownThere("forged")
    try:
        with _client(config, back) as client:
            answer = client.fetch_token(
                provider.token, code=code, code_verifier=journey.verifier, timeout=TIMEOUT, allow_redirects=False
            )
        keys = KeySet.import_key_set(_fetched(provider.keys))  # type: ignore[arg-type]  # checked by it
        token = jwt.decode(str(answer["id_token"]), keys, algorithms=[*ALGORITHMS])
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": config.issuer},
            aud={"essential": True, "value": config.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": journey.nonce},
        )
        registry.validate(token.claims)
    except (OAuthError, JoseError, requests.RequestException, KeyError, ValueError, TypeError):
        raise NotKnownThere("answer") from None
    claims = dict(token.claims)
    if claims.get("azp", config.client_id) != config.client_id:
        raise NotKnownThere("answer")
    return claims


def sign_in_there(  # noqa: PLR0913 (what signing in takes)
    store: Store, config: Oidc, claims: Mapping[str, Any], comer: Comer, *, now: datetime, lasts: timedelta
) -> Begun:
    """Begin a session for whoever the provider vouches for; an account is made at the first time, rights are its word.

    Raises:
        NotKnownThere: no role for them here, or their name belongs to an account that signs in otherwise.
    """
    subject, rights = str(claims["sub"]), rights_of(claims, config)
    with store.read() as connection:
        account = users.by_subject(connection, store.vault, config.issuer, subject)
    if not rights.roles:
        raise _refused(store, rights.name if account is None else account.name, "roles", now)
    if account is None:
        account = _added(store, config, subject, rights, now)
    if account.disabled_at is not None:
        raise _refused(store, account.name, "disabled", now)
    with store.write() as connection:
        users.keep_roles(connection, account.user_id, rights.roles)
        users.keep_departments(connection, account.user_id, rights.departments)
        users.change(connection, account.user_id, {"sensitive": rights.sensitive, "shown": rights.shown[:120]})
        return begin(connection, store, account, comer, how="oidc", now=now, lasts=lasts)


def _added(store: Store, config: Oidc, subject: str, rights: Rights, now: datetime) -> Account:
    try:
        user_id = accounts.add_user(
            store,
            rights.name,
            password=None,
            roles=rights.roles,
            departments=rights.departments,
            sensitive=rights.sensitive,
            shown=rights.shown,
            by=f"oidc {config.issuer}"[:120],
            now=now,
        )
    except NotTaken:
        raise _refused(store, "", "name", now) from None
    with store.write() as connection:
        users.keep_subject(connection, store.vault, user_id, config.issuer, subject)
    with store.read() as connection:
        found = users.by_id(connection, store.vault, user_id)
    if found is None:
        raise NotKnownThere("name")
    return found


def _refused(store: Store, name: str, why: str, now: datetime) -> NotKnownThere:
    with store.write() as connection:
        act_notes.note(connection, store.vault, "sign_in.failed", who=name[:120], at=now, how="oidc", why=why)
    return NotKnownThere(why)


def _client(config: Oidc, back: str) -> OAuth2Session:
    return OAuth2Session(
        config.client_id,
        config.client_secret.get_secret_value(),
        scope=" ".join(config.scopes),
        redirect_uri=back,
        code_challenge_method="S256",
    )


def _fetched(address: str) -> dict[str, Any]:
    try:
        answer = requests.get(address, timeout=TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        said = answer.json()
    except (requests.RequestException, ValueError):
        raise NotKnownThere("provider") from None
    if not isinstance(said, dict):
        raise NotKnownThere("provider")
    return said


def _texts(value: Any) -> list[str]:  # noqa: ANN401 (whatever a provider says)
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
