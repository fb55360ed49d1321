from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import PostRefused
from connectors.web_forms.signatures import (
    BadKey,
    standard_key,
    standard_signature,
    typeform_signature,
    verify_key,
    verify_standard,
    verify_typeform,
)

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
BODY = b'{"type":"contact.created"}'
AT = datetime.fromtimestamp(1767323045, UTC)
HEADERS = {
    "webhook-id": "msg_demo1",
    "webhook-timestamp": "1767323045",
    "webhook-signature": "v1,hpMHxdtNRVTyvvGye1Uwl6+56dq7JAQHkpETzA9z4DA=",
}


def verify(secrets: list[str], now: datetime = AT, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    verify_standard(secrets, {**HEADERS, **named}, BODY, now=now, tolerance_seconds=300)


def test_the_published_vectors_hold() -> None:
    assert standard_signature(SECRET, "msg_demo1", "1767323045", BODY) == HEADERS["webhook-signature"]
    body = b'{"event_id":"e1","event_type":"form_response"}'
    assert typeform_signature("tf-demo-secret", body) == "sha256=2wJOWUllmPXf7p/mwrfNBYXYpuX2XpdXOGR45ulJSd4="


def test_any_signature_of_a_known_version_and_any_secret_will_do() -> None:
    other = "whsec_" + base64.b64encode(b"x" * 24).decode()
    verify([SECRET])
    verify([other, SECRET], webhook_signature=f"v9,zzz v1,AAAA {HEADERS['webhook-signature']}")


@pytest.mark.parametrize("seconds", [301, -301])
def test_an_attempt_five_minutes_old_or_early_is_refused(seconds: int) -> None:
    verify([SECRET], now=AT + timedelta(seconds=299))
    with pytest.raises(PostRefused, match="timestamp") as refused:
        verify([SECRET], now=AT + timedelta(seconds=seconds))
    assert refused.value.status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook_id": "msg_demo2"},
        {"webhook_id": ""},
        {"webhook_timestamp": "1767323046"},
        {"webhook_timestamp": "soon"},
        {"webhook_timestamp": "١٧٦٧"},
        {"webhook_signature": ""},
        {"webhook_signature": "v1,"},
        {"webhook_signature": HEADERS["webhook-signature"].replace("v1,", "v1a,")},
        {"webhook_signature": "v1,\udcff"},
    ],
)
def test_a_changed_header_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(PostRefused):
        verify([SECRET], AT, **headers)


def test_an_asymmetric_signature_is_verified_with_the_public_key() -> None:
    private = Ed25519PrivateKey.generate()
    public = "whpk_" + base64.b64encode(private.public_key().public_bytes_raw()).decode()
    signature = base64.b64encode(private.sign(b"msg_demo1.1767323045." + BODY)).decode()
    verify([public], webhook_signature=f"v1a,{signature}")
    for wrong in (f"v1,{signature}", "v1a,AAAA", "v1a,!", f"v1a,{base64.b64encode(b'0' * 64).decode()}"):
        with pytest.raises(PostRefused):
            verify([public], webhook_signature=wrong)


def test_a_secret_may_lack_its_padding_and_its_prefix() -> None:
    padded = base64.b64encode(b"k" * 25).decode()
    assert standard_key("whsec_" + padded) == standard_key(padded.rstrip("=")) == b"k" * 25


@pytest.mark.parametrize("secret", ["whsec_", "whsec_%%%", "whpk_AAAA", ""])
def test_a_secret_of_another_form_is_named_without_being_shown(secret: str) -> None:
    with pytest.raises(BadKey) as bad:
        standard_key(secret)
    assert "%%%" not in str(bad.value)
    assert "AAAA" not in str(bad.value)


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=5), st.integers(0, 200))
def test_no_other_body_passes_with_the_same_signature(body: bytes, more: bytes, at: int) -> None:
    headers = {"typeform-signature": typeform_signature("s", body)}
    verify_typeform(["old", "s"], headers, body)
    with pytest.raises(PostRefused):
        verify_typeform(["old", "s"], headers, body[:at] + more + body[at:])


def test_a_key_is_compared_whole() -> None:
    verify_key(["a", "k1"], [None, "k1"])
    for wrong in ([], [None], [""], ["k"], ["k11"], ["\udcff"]):
        with pytest.raises(PostRefused):
            verify_key(["a", "k1"], wrong)
