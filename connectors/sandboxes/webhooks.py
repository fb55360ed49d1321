"""Posts a system's change events to whoever asked, as vendors do: in order, again when refused, never for ever."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from connectors.sandboxes.contract import Change, PostOut, Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each further try; vendors wait for minutes, a test cannot."""
TIMEOUT = 10.0
"""Seconds that a receiver may take, as vendors give (5 to 12)."""
AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


@dataclass
class Deliveries:
    """What became of the posts to one system's receivers."""

    delivered: int = 0
    given_up: int = 0
    refused: int = 0


@dataclass
class Subscriptions:
    """Who is told of one simulator's changes, and the posts still to go."""

    sandbox: Sandbox
    pauses: Sequence[float] = PAUSES
    urls: list[str] = field(default_factory=list)
    deliveries: Deliveries = field(default_factory=Deliveries)
    _waiting: deque[PostOut] = field(default_factory=deque)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None

    def note(self, change: Change) -> None:
        """Queue a post for each receiver; a listener of the book, callable from any thread."""
        posts = [post for url in self.urls if (post := self.sandbox.post_event(url, change)) is not None]
        posts += self.sandbox.own_posts(change)
        if posts and self._loop is not None:
            self._loop.call_soon_threadsafe(self._queue, posts)

    def shown(self) -> dict[str, Any]:
        """Return the JSON of the control port."""
        done = self.deliveries
        return {
            "urls": self.urls,
            "delivered": done.delivered,
            "refused": done.refused,
            "given_up": done.given_up,
            "waiting": len(self._waiting),
        }

    async def deliver(self) -> None:
        """Post what is queued, one after another, until cancelled."""
        self._loop = asyncio.get_running_loop()
        with requests.Session() as session:
            session.trust_env = False
            while True:
                await self._news.wait()
                while self._waiting:
                    await self._post(session, self._waiting[0])
                    self._waiting.popleft()
                self._news.clear()

    def _queue(self, posts: Sequence[PostOut]) -> None:
        self._waiting.extend(posts)
        self._news.set()

    async def _post(self, session: requests.Session, post: PostOut) -> None:
        for pause in (*self.pauses, None):
            status = await asyncio.to_thread(_send, session, post)
            if status is not None and status < 400:  # noqa: PLR2004 (HTTP: taken)
                self.deliveries.delivered += 1
                return
            if status is not None and status not in AGAIN:
                self.deliveries.refused += 1
                log.warning("%s: a receiver refused an event (%d)", self.sandbox.name, status)
                return
            if pause is not None:
                await asyncio.sleep(pause)
        self.deliveries.given_up += 1
        log.warning("%s: an event could not be delivered", self.sandbox.name)


def _send(session: requests.Session, post: PostOut) -> int | None:
    """Return the status of the answer; None where none came."""
    try:
        answer = session.post(post.url, data=post.body, headers=dict(post.headers), timeout=TIMEOUT)
    except requests.RequestException:
        return None
    return answer.status_code
