"""A vendor's consent page and the codes that come of it, for simulators: the owner agrees at once."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from connectors.sandboxes.clock import VirtualClock

CODE_LIFE = timedelta(minutes=3)


@dataclass(frozen=True)
class _Granted:
    back: str
    challenge: str
    until: datetime


class Codes:
    """The codes that one account has given; each is good once, for some minutes, for who asked."""

    def __init__(self, clock: VirtualClock, client_id: str) -> None:
        self._clock, self._client_id = clock, client_id
        self._given: dict[str, _Granted] = {}

    def agreed(self, asked: Mapping[str, str]) -> str | None:
        """Return where the consent page sends the browser; None where the question is not one of this client's."""
        back = asked.get("redirect_uri", "")
        if asked.get("client_id") != self._client_id or asked.get("response_type") != "code" or not back:
            return None
        code = self.make(back, asked.get("code_challenge", ""))
        return f"{back}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def make(self, back: str = "", challenge: str = "") -> str:
        """Return a fresh code; without *back* it is one that the vendor's console generates."""
        code = secrets.token_urlsafe(24)
        self._given[code] = _Granted(back, challenge, self._clock.now() + CODE_LIFE)
        return code

    def redeem(self, form: Mapping[str, str]) -> bool:
        """Say whether a token call brings a code that is good; it is none afterwards."""
        granted = self._given.pop(form.get("code", ""), None)
        if granted is None or granted.until < self._clock.now() or form.get("redirect_uri", "") != granted.back:
            return False
        if not granted.challenge:
            return True
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=") == granted.challenge
