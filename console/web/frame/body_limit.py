"""No post is read that is larger than any form of ours. Room: console; ASGI. Webhooks have a limit of their own."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.web.frame.errors import answer_of

LARGEST: Final = 2 * 1024 * 1024
"""Bytes; the largest mapping is a tenth of it."""
_OWN: Final = ("/webhooks/", "/update/")


class BodyLimit:
    """ASGI middleware: 413 for what is too large, by what it says of itself or by what comes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"].startswith(_OWN):
            await self.app(scope, receive, send)
            return
        said = Request(scope).headers.get("content-length", "0")
        if not said.isdigit() or int(said[:20]) > LARGEST:
            answer = answer_of(Request(scope, receive), 413)
            await answer(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LARGEST:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)
