"""Hands out tokens as the gateway does, and counts calls against the limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.sandboxes.clock import VirtualClock
from connectors.sandboxes.limits import SlidingWindow

Style = Literal["legacy", "header"]

LIFE = timedelta(seconds=7200)
REUSED_FOR = timedelta(seconds=6600)
"""Asking again until this age gives the same token; later a new one, while the old one lives on to its end."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token and when it was handed out."""

    text: str
    issued_at: datetime


class TokenDesk:
    """The tokens of one app, a series for each calling style."""

    def __init__(self, clock: VirtualClock, new_text: Callable[[], str]) -> None:
        self._clock, self._new_text = clock, new_text
        self._issued: dict[Style, list[Token]] = defaultdict(list)

    def issue(self, style: Style) -> tuple[Token, int]:
        """Return the token to hand out and the seconds that it has left."""
        now = self._clock.now()
        alive = [token for token in self._issued[style] if now - token.issued_at < LIFE]
        if not alive or now - alive[-1].issued_at >= REUSED_FOR:
            alive.append(Token(self._new_text(), now))
        self._issued[style] = alive
        return alive[-1], int((alive[-1].issued_at + LIFE - now).total_seconds())

    def valid(self, style: Style, text: str) -> bool:
        """Say whether a call with this token is let in."""
        now = self._clock.now()
        return any(token.text == text and now - token.issued_at < LIFE for token in self._issued[style])

    def expire(self) -> None:
        """Make every token invalid now."""
        self._issued.clear()


class Gate:
    """The limits: 100 calls in 20 s on each path, 10 token calls a minute, and the day's quota."""

    def __init__(self, clock: VirtualClock, switches: Mapping[str, str], *, real: bool) -> None:
        self._clock, self._switches, self._real = clock, switches, real
        self._paths: dict[str, SlidingWindow] = {}
        self._token = SlidingWindow(clock, 10, 60.0)
        self._day, self._used = "", 0

    def refuses_token(self) -> str:
        """Return the code that refuses a token call, "" where it is let in."""
        return self._switches["SIM_TOKEN_RATE_CODE"] if self._real and self._token.take() else ""

    def refuses(self, path: str) -> str:
        """Return the code that refuses a business call, "" where it is let in."""
        if self._real:
            window = self._paths.setdefault(path, SlidingWindow(self._clock, 100, 20.0))
            if window.take():
                return self._switches["SIM_RATE_CODE"]
        return self._quota()

    def _quota(self) -> str:
        bought = self._switches["SIM_DAILY_CALLS"]
        if not bought:
            return ""
        if bought == "0":
            return "30003"
        day = f"{self._clock.now().astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d}"
        if day != self._day:
            self._day, self._used = day, 0
        if self._used >= int(bought):
            return "30002"
        self._used += 1
        return ""
