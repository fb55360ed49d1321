"""Binding ids: bare ULIDs, of which the hub that minted them recognises its own without remembering them.

Room: golden_record. The last 24 bits are a keyed hash of the others. A hub with another key does not
mint such an id but by a chance of one in sixteen million; one that was restored from a backup knows its own again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from ulid import ULID

Keyed = Callable[[bytes], bytes]
"""A keyed hash, at least three bytes of it."""
_TIME, _CHANCE, _TAG = 6, 7, 3
"""Bytes of a ULID: when it was minted, chance, and our tag."""
_LENGTH = 26


def mint(keyed: Keyed) -> str:
    """Return a new binding id."""
    head = ULID().bytes[:_TIME] + secrets.token_bytes(
        _CHANCE
    )  # ULIDs of one millisecond differ in their last bits only
    return str(ULID.from_bytes(head + _tag(keyed, head)))


def is_ours(keyed: Keyed, binding_id: str) -> bool:
    """Whether a hub with this key minted it. Ids from before the tags are not known by it: the store has those."""
    raw = ULID.from_str(binding_id).bytes
    return raw[-_TAG:] == _tag(keyed, raw[:-_TAG])


def minted_at(binding_id: str) -> datetime:
    """Return when it was minted, by the clock of who did."""
    return ULID.from_str(binding_id).datetime.astimezone(UTC)


def read(value: object) -> str | None:
    """Return the binding id that a field holds; None where it holds anything else.

    >>> read("01arz3ndektsv4rrffq69g5fav"), read("customer 7"), read(None)
    ('01ARZ3NDEKTSV4RRFFQ69G5FAV', None, None)
    """
    if not isinstance(value, str) or len(value.strip()) != _LENGTH:
        return None
    try:
        return str(ULID.from_str(value.strip().upper()))
    except ValueError:
        return None


def _tag(keyed: Keyed, head: bytes) -> bytes:
    return keyed(b"binding\0" + head)[:_TAG]
