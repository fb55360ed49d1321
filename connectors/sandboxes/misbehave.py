"""The layer between the wire and a simulator that carries faults out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from connectors.sandboxes.answers import Json
from connectors.sandboxes.clock import put_off
from connectors.sandboxes.faults import FaultBoard, FaultRule, begin_call, rows_to_fail

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from connectors.sandboxes.contract import Sandbox

TRANSPORT = "crmhub.transport"
"""Name of the ASGI extension that carries the connection's asyncio transport."""
SILENCE = 600.0
"""Seconds after which a call that is never answered is closed: longer than any client waits."""
WITHOUT_BODY = frozenset({204, 205, 304})
PROXY_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr>gateway</body></html>"


class Misbehaving:
    """Serves *sandbox*, with the faults of *board*; *stopping* frees those who are kept waiting."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox, board: FaultBoard, stopping: asyncio.Event) -> None:
        self.app, self.sandbox, self.board, self.stopping = app, sandbox, board, stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call, or spoil it."""
        if scope["type"] != "http" or not self.board.rules or scope["path"].startswith("/__sim/"):
            await self.app(scope, receive, send)
            return
        call = (self.sandbox.name, scope["method"], scope["path"])
        begin_call(self.board, *call)
        for rule in self.board.strikes(*call):
            if await self._carry_out(rule, scope, receive, send):
                return
        _, method, path = call
        refusal = self.sandbox.row_refusal(method, path) if self.sandbox.writes(method, path) else None
        if refusal is not None and rows_to_fail(1):
            status, body = refusal
            await Json(body, status)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _carry_out(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> bool:
        """Do what *rule* says; True where that was all for this call."""
        match rule.kind:
            case "latency":
                await asyncio.sleep(rule.seconds)
                return False
            case "expire_token":
                self.sandbox.expire_tokens()
                return False
            case "clock":
                put_off(rule.seconds)
                return False
            case "status":
                await self._refusal(rule)(scope, receive, send)
            case "html":
                status = rule.status or 502
                await HTMLResponse(PROXY_PAGE.format(f"{status} Error"), status, rule.headers)(scope, receive, send)
            case "hang":
                await self._say_nothing(scope, receive)
            case "stored_then_timeout":
                await self.app(scope, receive, _Kept().take)
                await self._say_nothing(scope, receive)
            case "cut":
                kept = _Kept()
                await self.app(scope, receive, kept.take)
                await _half(kept, scope, send)
        return True

    def _refusal(self, rule: FaultRule) -> Response:
        status = rule.status or 500
        if status in WITHOUT_BODY:
            return Response(status_code=status, headers=rule.headers)
        body: Any = self.sandbox.error_body(status) if rule.body is None else rule.body
        return Json(body, status, rule.headers)

    async def _say_nothing(self, scope: Scope, receive: Receive) -> None:
        """Wait until the client has gone, then leave without an answer."""
        gone = asyncio.create_task(_disconnected(receive))
        stop = asyncio.create_task(self.stopping.wait())
        _, pending = await asyncio.wait({gone, stop}, timeout=SILENCE, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await _break(scope)


@dataclass
class _Kept:
    """An answer that is held back."""

    start: Message | None = None
    body: bytearray = field(default_factory=bytearray)

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")


async def _half(kept: _Kept, scope: Scope, send: Send) -> None:
    """Send the head, which promises the whole length, and half of the body; then break off."""
    if kept.start is not None:
        await send(kept.start)
        await send({"type": "http.response.body", "body": bytes(kept.body[: len(kept.body) // 2]), "more_body": True})
    await _break(scope)


async def _break(scope: Scope) -> None:
    """Break the TCP connection (the client sees a reset or an early end)."""
    transport: asyncio.Transport = scope["extensions"][TRANSPORT]
    transport.abort()
    await asyncio.sleep(0)  # lets the server learn of it before this call returns


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
