from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.contract import Post, PostRefused
from connectors.sandboxes.clock import VirtualClock
from connectors.sandboxes.contract import Change, SandboxOptions
from connectors.zoho_desk.sandbox.portal import Portal
from connectors.zoho_desk.settings import Settings
from connectors.zoho_desk.webhook import receive

GRANT = {"client_id": "c", "client_secret": "s", "refresh_token": "r"}


@pytest.fixture(scope="module")
def portal() -> Portal:
    made = Portal(SandboxOptions("http://127.0.0.1", 1, VirtualClock(), ()))
    made.book.create("contacts", {"lastName": "王"}, by="people", record_id="77")
    return made


@pytest.fixture
def settings(portal: Portal) -> Settings:
    return Settings.model_validate({**GRANT, "org_id": portal.org_id, "webhook_keys": [portal.public_key]})


def posted(portal: Portal, kind: Any = "update") -> Post:
    made = portal.post_event("http://x", Change(datetime.now(UTC), "people", kind, "contacts", "77", {}))
    assert made is not None
    return Post({name.lower(): value for name, value in made.headers.items()}, {}, made.body, datetime.now(UTC))


@pytest.mark.parametrize("kind", ["create", "update", "delete"])
def test_a_signed_event_names_the_record_to_read_again(portal: Portal, settings: Settings, kind: str) -> None:
    delivery = receive(posted(portal, kind), settings)
    assert [(one.stream, one.record_id) for one in delivery.changes] == [("contacts", "77")]
    assert delivery.answer_status == 200


def test_a_header_of_another_key_time_or_organization_is_refused(portal: Portal, settings: Settings) -> None:
    good = posted(portal)
    late = replace(good, received_at=good.received_at + timedelta(minutes=6))
    other = replace(good, headers={"x-zdesk-jwt": portal.signed({"iss": "orgId:2"})})
    head, body, signature = good.headers["x-zdesk-jwt"].split(".")
    torn = [f"{head}.{body}", f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.e30.{signature}", "", "a.b.c", "é.é.é"]
    bad = [late, other, *(replace(good, headers={"x-zdesk-jwt": one}) for one in torn), replace(good, headers={})]
    for post in bad:
        with pytest.raises(PostRefused) as refused:
            receive(post, settings)
        assert refused.value.status == 401


def test_without_keys_the_hubs_own_key_has_to_vouch(portal: Portal, settings: Settings) -> None:
    unkeyed = settings.model_copy(update={"webhook_keys": ()})
    assert receive(replace(posted(portal), vouched=True), unkeyed).changes
    with pytest.raises(PostRefused):
        receive(posted(portal), unkeyed)


def test_the_empty_post_that_tries_a_new_webhook_out_is_answered(portal: Portal, settings: Settings) -> None:
    empty = replace(posted(portal), body=b"")
    assert (receive(empty, settings).changes, receive(empty, settings).answer_status) == ((), 200)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        [1],
        [{"eventType": "Contact_Update"}],
        [{"eventType": "Task_Add", "payload": {"id": "1"}}],
        [{"payload": 7}],
    ],
)
def test_what_names_no_record_of_ours_is_taken_in_without_a_change(
    portal: Portal, settings: Settings, body: Any
) -> None:
    assert receive(replace(posted(portal), body=json.dumps(body).encode()), settings).changes == ()


def test_what_cannot_be_taken_is_refused(portal: Portal, settings: Settings) -> None:
    for body, status in ((b"x" * 2_000_001, 413), (b"nonsense", 415)):
        with pytest.raises(PostRefused) as refused:
            receive(replace(posted(portal), body=body), settings)
        assert refused.value.status == status


def test_a_key_that_is_none_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(ValidationError, match="PEM"):
        Settings.model_validate({**GRANT, "org_id": "1", "webhook_keys": ["nonsense"]})
