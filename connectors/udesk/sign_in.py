"""How Udesk wants its calls signed: SHA-256 over mail, token, time and a value that is good once, in the address."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import replace

from connectors.http import Call, SignIn

VERSION = "v2"


class Signed(SignIn):
    """Signs every attempt anew: a nonce is refused for fifteen minutes once it was used."""

    each_attempt = True

    def __init__(self, email: str, token: str, now: Callable[[], float] = time.time) -> None:
        self._email, self._token, self._now = email, token, now

    def sign(self, call: Call) -> Call:
        """Add mail, time, nonce and signature to the query."""
        stamp, nonce = str(int(self._now())), uuid.uuid4().hex
        sign = signature(self._email, self._token, stamp, nonce)
        facts = {"email": self._email, "timestamp": stamp, "nonce": nonce, "sign_version": VERSION, "sign": sign}
        return replace(call, params={**call.params, **facts})

    def refresh(self, refused: Call) -> None:
        """Nothing can be renewed: a refusal is final."""


def signature(email: str, token: str, timestamp: str, nonce: str) -> str:
    """Return the signature of version 2.

    >>> signature("admin@example.com", "tok123", "1767323045", "nonce-1")
    '7a6c62dd1bc69ff7e82cb406d9928183b4eb6e63345ed91f1fbdaa67915db57f'
    """
    return hashlib.sha256(f"{email}&{token}&{timestamp}&{nonce}&{VERSION}".encode()).hexdigest()
