"""Signed links by which a customer corrects their own data: one profile, until a day, nothing else.

Room: flows. A link is its own proof: profile id and end, signed under the project's key. Nothing is kept of links that
were given out; who has the store alone cannot make one (docs/decisions/0019-self-update.md).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ulid import ULID

from golden_record.vault import Vault

PATH: Final = "/update/"
LONGEST: Final = timedelta(days=366)
"""A link that holds longer than this is refused to be made."""
FORM_HOLDS: Final = timedelta(hours=2)
"""How long a page that was shown may be sent back."""
_ID, _END, _SIGN = 16, 5, 16
_PLACE, _FORM = b"self-update link\0", b"self-update form\0"


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a link is for, and until when it holds."""

    profile_id: str
    ends_at: datetime


class LinkRefused(Exception):
    """Not one of ours, cut, or over. The same for all: who guesses learns nothing."""


def make_link(vault: Vault, link: Link) -> str:
    """Return the token of a link, 50 characters that need no quoting in an address."""
    body = ULID.from_str(link.profile_id).bytes + int(link.ends_at.timestamp()).to_bytes(_END, "big")
    return base64.urlsafe_b64encode(body + _signed(vault, _PLACE + body)).decode().rstrip("=")


def read_link(vault: Vault, token: str, now: datetime) -> Link:
    """Return what a token says.

    Raises:
        LinkRefused: it is not one of ours, or its time is over.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise LinkRefused from None
    body, sign = raw[: _ID + _END], raw[_ID + _END :]
    if len(raw) != _ID + _END + _SIGN or not hmac.compare_digest(sign, _signed(vault, _PLACE + body)):
        raise LinkRefused
    try:
        link = Link(str(ULID.from_bytes(body[:_ID])), datetime.fromtimestamp(int.from_bytes(body[_ID:], "big"), UTC))
    except (ValueError, OverflowError, OSError):
        raise LinkRefused from None
    if link.ends_at <= now:
        raise LinkRefused
    return link


def form_key(vault: Vault, token: str, now: datetime) -> str:
    """Return what a shown page carries, so that only such a page can be sent back."""
    shown = int(now.timestamp())
    return f"{shown}.{_signed(vault, _FORM + f'{shown} {token}'.encode()).hex()}"


def form_holds(vault: Vault, token: str, key: str, now: datetime) -> bool:
    """Whether *key* came with a page of this link that was shown not long ago."""
    shown, _, sign = key.partition(".")
    if not shown.isascii() or not shown.isdigit() or len(shown) > 2 * _END:
        return False
    expected = _signed(vault, _FORM + f"{shown} {token}".encode("utf-8", "replace")).hex()
    age = now.timestamp() - int(shown)
    return (
        hmac.compare_digest(sign.encode("utf-8", "replace"), expected.encode())
        and 0 <= age + 1 <= FORM_HOLDS.total_seconds()
    )


def _signed(vault: Vault, message: bytes) -> bytes:
    return vault.digest_bytes(message, size=_SIGN)
