"""A hub that serves in this process, over real HTTP, and a hand to post to it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import uvicorn

from connectors.sandboxes.serve import bind, url_of
from console.access.user import Scope
from console.web.app import make_app
from console.web.state import State
from flows.aside import Aside
from flows.hub import Hub, open_hub
from flows.hub_of_now import HubOfNow
from flows.webhook_worker import Worker
from golden_record.store import api_tokens, inbox

PATIENCE = 90.0
"""Seconds that something may take on a machine that is busy with other things."""


@dataclass
class Served:
    """Where the hub is, the hub itself, its worker, and a token of its API."""

    base_url: str
    hub: Hub
    worker: Worker
    token: str

    def post(self, path: str, body: bytes | str, **headers: str) -> requests.Response:
        """Post raw bytes."""
        sent = body.encode() if isinstance(body, str) else body
        named = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
        return requests.post(self.base_url + path, data=sent, headers=named, timeout=PATIENCE)

    def get(self, path: str, *, token: str | None = None) -> requests.Response:
        """Get with the token (or another one)."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return requests.get(self.base_url + path, headers=headers, timeout=PATIENCE)

    def ask(self, path: str, body: Any) -> requests.Response:
        """Post JSON to the API with the token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.post(self.base_url + path, json=body, headers=headers, timeout=PATIENCE)

    def events(self, state: str | None = None) -> list[inbox.Listed]:
        """Return what lies in the inbox."""
        with self.hub.store.read() as connection:
            return inbox.page(connection, state, None, 500)

    def runs(self, kind: str) -> list[dict[str, Any]]:
        """Return the runs of a kind, newest first."""
        found = self.get("/api/runs?limit=500").json()["items"]
        return [run for run in found if run["kind"] == kind]

    def settled(self) -> None:
        """Wait until no event waits that is due."""
        until(lambda: not self.events("waiting"))


@contextmanager
def serving(folder: Path, variables: Mapping[str, str] | None = None, *, work: bool = True) -> Iterator[Served]:
    """Serve the project in *folder*; without *work*, events are kept and wait."""
    with open_hub(folder, variables or {}) as hub:
        now = HubOfNow(hub, told=lambda new: setattr(state, "hub", new))
        worker = Worker(hub, look=now.look)
        aside = Aside(now.look)
        state = State(hub, worker.ring, lambda: worker.alive, lambda: "none", now.look, aside.ring)
        with hub.store.write() as connection:
            token = api_tokens.make(connection, hub.store.vault, "test", hub.now(), scopes=[*Scope])
        listening = bind(0)
        with running(uvicorn.Server(uvicorn.Config(make_app(state), log_config=None, access_log=False)), listening):
            if work:
                worker.start()
                aside.start()
            yield Served(url_of(listening), hub, worker, token)
        if work:
            aside.stop()
            worker.stop(PATIENCE)


@contextmanager
def running(server: uvicorn.Server, listening: socket.socket) -> Iterator[None]:
    """Run a server beside the test."""
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def until(true: Callable[[], Any]) -> None:
    """Wait until something holds; a wait that never ends is a failure."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "this never came to hold"
        time.sleep(0.02)


def zoho_note(record_id: str, *, token: str, server_time: int = 1, module: str = "Contacts") -> bytes:
    """Return a notification as Zoho posts it."""
    said = {
        "module": module,
        "ids": [record_id],
        "operation": "update",
        "server_time": server_time,
        "channel_id": "1",
        "token": token,
    }
    return json.dumps(said).encode()
