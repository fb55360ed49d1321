"""What of a source's words is kept."""

from __future__ import annotations

import pytest

from connectors.airbyte.masking import Mask


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("orders are broken", "orders are broken"),
        (
            "'GET' to 'http://a.example' failed with status code '500'. Response (body): '王伟'",
            "'GET' to 'http://a.example' failed with status code '500'",
        ),
        ("failed: orders: AirbyteTracedException(\"Response (body): '13912345678'\")", "failed: orders"),
        (
            "Exception while syncing stream x\nTraceback (most recent call last):\n  File",
            "Exception while syncing stream x",
        ),
        ("Response code 404 for contacts", "Response code 404 for contacts"),
        ("the token hush-hush is bad", "the token *** is bad"),
    ],
)
def test_what_is_for_developers_or_may_be_a_customers_is_left_out(said: str, kept: str) -> None:
    assert Mask({"token": "hush-hush"})(said) == kept
