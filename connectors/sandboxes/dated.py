"""Gives every answer the `Date` of the sandboxes' own clock, as a vendor's server gives its own."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from connectors.sandboxes.clock import VirtualClock


class Dated:
    """An app whose answers carry the time that *clock* shows."""

    def __init__(self, app: ASGIApp, clock: VirtualClock) -> None:
        self.app, self.clock = app, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, and put the date on the answer."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = format_datetime(self.clock.now(), usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", []), (b"date", now)]}
            await send(message)

        await self.app(scope, receive, dated)
