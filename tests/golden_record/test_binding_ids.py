"""Binding ids: bare ULIDs that only a hub with the same key takes for its own."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256

import pytest
from ulid import ULID

from golden_record.binding_ids import is_ours, mint, minted_at, read


def keyed(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, sha256)


OURS, THEIRS = partial(keyed, b"ours"), partial(keyed, b"theirs")


def test_a_hub_knows_its_own_ids_and_no_others() -> None:
    made = [mint(OURS) for _ in range(300)]
    assert len(set(made)) == 300
    assert all(len(one) == 26 and read(one) == one for one in made)
    assert all(is_ours(OURS, one) for one in made)
    assert not any(is_ours(THEIRS, one) for one in made)
    assert not any(is_ours(OURS, str(ULID())) for _ in range(300))


def test_an_id_tells_when_it_was_minted() -> None:
    assert abs(minted_at(mint(OURS)) - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize("value", [None, "", 7, "customer 7", "I" * 26, "8" + "Z" * 25, "01ARZ3NDEKTSV4RRFFQ69G5FA"])
def test_what_is_no_binding_id_is_left_alone(value: object) -> None:
    assert read(value) is None
