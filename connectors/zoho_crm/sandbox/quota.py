"""Zoho's limits: credits per rolling day and calls at once, by edition; in force with limits=real.

Room: connectors/zoho_crm sandbox. Numbers: Zoho's page on API limits (without the part per user).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.sandboxes.contract import SandboxOptions
from connectors.sandboxes.limits import AtOnce, SlidingWindow
from connectors.zoho_crm.sandbox.answers import Refused
from connectors.zoho_crm.sandbox.switches import Switches

EDITIONS = {
    "free": (5_000, 5),
    "standard": (50_000, 10),
    "professional": (50_000, 15),
    "enterprise": (50_000, 20),
    "ultimate": (50_000, 25),
}
DAY = 86_400.0
REMAINING = "X-API-CREDITS-REMAINING"


class Quota:
    """Takes a call's price, or refuses the call; says what is left once half is used."""

    def __init__(self, options: SandboxOptions, switches: Switches) -> None:
        self._credits, calls = EDITIONS[switches.edition]
        real = options.limits == "real"
        self._window = SlidingWindow(options.clock, self._credits, DAY) if real else None
        self._at_once = AtOnce(calls) if real else None

    @contextmanager
    def taken(self, method: str, path: str, rows: int) -> Iterator[dict[str, str]]:
        """Hold a place for the length of the call; yields the headers that the answer carries."""
        if self._window is None or self._at_once is None:
            yield {}
            return
        with self._at_once.place() as free:
            price = price_of(method, path, rows)
            if not free or self._window.take(price) > 0:
                raise Refused(429, "TOO_MANY_REQUESTS", "too many requests. please try again after some time")
            left = self._window.remaining
            yield {REMAINING: str(left)} if left * 2 <= self._credits else {}


def price_of(method: str, path: str, rows: int) -> int:
    """Return the credits of a call; what a bulk read and a merge cost, Zoho's own pages do not say."""
    if method in {"GET", "DELETE"}:
        return 1
    for mark, price in _PRICES:
        if mark in path:
            return price
    return -(-min(rows, 100) // 10)


_PRICES = (
    *(("/upload", 1), ("/write", 500), ("/bulk/", 50)),
    *(("/actions/merge", 50), ("/actions/convert", 5), ("/coql", 1)),
)
