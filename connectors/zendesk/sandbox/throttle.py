"""Zendesk's rate limits, on the virtual clock."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from connectors.sandboxes.limits import SlidingWindow
from connectors.zendesk.sandbox.wire import Refusal

if TYPE_CHECKING:
    from connectors.zendesk.sandbox.account import Account

PER_MINUTE, EXPORTS_PER_MINUTE, UPDATES_PER_RECORD = 700, 10, 5
"""Of the plan Enterprise; of incremental exports; of single updates to one user, of single updates to organizations."""
_USER = re.compile(r"/users/(\d+)")
_ORGANIZATION = re.compile(r"/organizations/\d+")


class Throttle:
    """Windows of one minute; does nothing where limits are off."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._windows: dict[str, SlidingWindow] = {}

    def check(self, method: str, path: str) -> dict[str, str]:
        """Count a call and return the headers that tell what is left; refuses one too many."""
        if self._account.options.limits != "real":
            return {}
        self._take("account", PER_MINUTE, self._said())
        if path.startswith("/incremental/"):
            self._take("incremental", EXPORTS_PER_MINUTE, self._said())
        if method == "PUT" and (user := _USER.fullmatch(path)):
            said = "You have exceeded the rate limit for updating a single unique user"
            self._take(path, UPDATES_PER_RECORD, f"{said}\nuser email: id: {user[1]} external_id:")
        if method == "PUT" and _ORGANIZATION.fullmatch(path):
            errors = [{"code": "TooManyRequests", "title": "Too many requests to update"}]
            self._take("organizations", UPDATES_PER_RECORD, {"errors": errors})
        left = self._windows["account"]
        return {
            "X-Rate-Limit": str(PER_MINUTE),
            "X-Rate-Limit-Remaining": str(left.remaining),
            "ratelimit-limit": str(PER_MINUTE),
            "ratelimit-remaining": str(left.remaining),
            "ratelimit-reset": str(math.ceil(left.resets_in)),
        }

    def _take(self, window: str, most: int, said: str | dict[str, object]) -> None:
        if window not in self._windows:
            self._windows[window] = SlidingWindow(self._account.clock, most, 60)
        wait = self._windows[window].take()
        if wait:
            raise Refusal(429, said, {"Retry-After": str(math.ceil(wait))})

    def _said(self) -> str | dict[str, object]:
        if self._account.switches["rate_limit_body"] == "text":
            return "Rate limit exceeded"
        return {"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"}
