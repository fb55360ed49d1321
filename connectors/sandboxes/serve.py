"""Serve ASGI apps on sockets that are bound already, all on one event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from connectors.sandboxes.misbehave import TRANSPORT

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

HOST = "127.0.0.1"
PATIENCE = 30.0
"""Seconds that starting and stopping may take."""


def bind(port: int = 0) -> socket.socket:
    """Return a socket bound to *port* of the loopback interface (0: any free one)."""
    # asyncio switches Nagle off only where the protocol is named; with it on, every answer waits 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((HOST, port))
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the base URL of what will be served there."""
    return f"http://{HOST}:{listening.getsockname()[1]}"


class _Protocol(H11Protocol):
    """Hands the connection's transport to the app, so that a fault can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        app = self.config.loaded_app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), TRANSPORT: transport}
            await app(scope, receive, send)

        self.app = with_transport


class LoopThread:
    """Runs servers and background work until stopped."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self._servers: list[tuple[uvicorn.Server, socket.socket]] = []
        self._work: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="sandboxes", daemon=True)

    def add(self, app: ASGIApp, listening: socket.socket) -> None:
        """Serve *app* once started."""
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
            backlog=256,
        )
        self._servers.append((uvicorn.Server(config), listening))

    def also(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run *work* beside the servers once started; cancelled at the end."""
        self._work.append(work)

    def start(self) -> None:
        """Return when every server answers.

        Raises:
            RuntimeError: the servers did not come up.
        """
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            raise RuntimeError("the sandboxes did not start in time")

    def stop(self) -> None:
        """End all servers; whoever is kept waiting by a fault is let go."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end)
            self._thread.join(PATIENCE)

    def _end(self) -> None:
        self.stopping.set()
        for server, _ in self._servers:
            server.should_exit = True

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        work = [asyncio.create_task(one()) for one in self._work]
        serving = [asyncio.create_task(server.serve(sockets=[at])) for server, at in self._servers]
        await self._all_started(serving)
        self._ready.set()
        await asyncio.gather(*serving, return_exceptions=True)
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)

    async def _all_started(self, serving: Sequence[asyncio.Task[None]]) -> None:
        def waiting() -> bool:
            return not all(server.started for server, _ in self._servers) and not any(one.done() for one in serving)

        while waiting():  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.005)
