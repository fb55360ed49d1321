from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.contract import Changed, Post, PostRefused
from connectors.fxiaoke.settings import Settings
from connectors.fxiaoke.webhook import receive
from connectors.sandboxes.contract import Change
from tests.connectors.fxiaoke.conftest import World

SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SENT_AT = datetime.fromtimestamp(1767225600, UTC)
SEALED = (
    "Teo1SNEuw703vnAA3lQAcJdwMo0bQ32POTcZWS9BmvQZ3ujJo1w2Ynz2LDNP3hZytBUhMnoD+e+DbSVsu9a8WJRvOSdOcwk0Zt6qU2AHgoEoV4wX"
    "+oFLdLzv/8tTNbvI"
)
EVENT = {
    "signature": "234e5151040f1b1a531db69fd7f693ac96873348",
    "nonce": "n0nce",
    "timestamp": 1767225600000,
    "messageId": "msg-0001",
    "enterpriseAccount": "demo_ea",
    "encryptedContent": SEALED,
}


def settings(**changes: Any) -> Settings:
    base = {"app_id": "a", "app_secret": "b", "permanent_code": "c", "open_user_id": "FSUID_A", "ea": "demo_ea"}
    return Settings.model_validate({**base, "event_secret": SECRET, **changes})


def post(event: Any, *, late: float = 0.0) -> Post:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return Post({"content-type": "application/json"}, {}, body, SENT_AT + timedelta(seconds=late))


def test_the_vector_of_the_reference_page_is_opened_and_answered() -> None:
    delivery = receive(post(EVENT), settings())
    assert delivery.dedupe_key == "msg-0001"
    assert delivery.changes == (Changed("AccountObj", "66aa00000000000000000001"),)
    assert json.loads(delivery.answer) == {"encryptedResult": "ArsKAyhvk7QKghXe0zdCeQ=="}
    assert delivery.answer_status == 200


def test_a_repetition_has_the_same_key() -> None:
    again = {**EVENT, "retryTimes": 1, "signature": "d7c19193fa8d16ff2b0d8ee331b50605eb82d9fd"}
    assert receive(post(again, late=30), settings()).dedupe_key == receive(post(EVENT), settings()).dedupe_key


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"signature": "0" * 40}, 401),
        ({"signature": None}, 401),
        ({"signature": "ä\ud83d"}, 401),
        ({"messageId": "msg-0002"}, 401),
        ({"encryptedContent": SEALED[:-4] + "AAA="}, 401),
        ({"nonce": None}, 401),
        ({"timestamp": "soon"}, 401),
    ],
)
def test_a_forged_event_is_refused(change: dict[str, Any], status: int) -> None:
    with pytest.raises(PostRefused) as refused:
        receive(post({**EVENT, **change}), settings())
    assert refused.value.status == status


def test_an_old_one_a_strangers_one_and_a_shapeless_one_are_refused() -> None:
    for one, config, status in (
        (post(EVENT, late=700), settings(), 401),
        (post(EVENT), settings(ea="other"), 401),
        (post(EVENT), settings(event_secret=None), 401),
        (post(b"<html>"), settings(), 415),
        (post([1]), settings(), 415),
        (post(b"[" * 200_000), settings(), 415),
        (post(b"x" * 300_000), settings(), 413),
    ):
        with pytest.raises(PostRefused) as refused:
            receive(one, config)
        assert refused.value.status == status


def test_an_object_that_is_not_configured_names_no_change() -> None:
    assert receive(post(EVENT), settings(objects=["ContactObj"])).changes == ()


@pytest.mark.parametrize("signing", ["signed", "unsigned"])
def test_what_the_simulator_posts_is_taken_in(world: World, signing: str) -> None:
    world.switch(SIM_EVENT_TIMESTAMP=signing)
    change = Change(SENT_AT, "people", "update", "ContactObj", world.ids()[0], {})
    out = world.running.sandboxes["fxiaoke"].post_event("http://127.0.0.1:9/webhooks/fxiaoke", change)
    assert out is not None
    headers = {name.lower(): value for name, value in out.headers.items()}
    delivery = receive(Post(headers, {}, out.body, SENT_AT), world.settings)
    assert delivery.changes == (Changed("ContactObj", world.ids()[0]),)
