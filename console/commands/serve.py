"""`crmhub serve`. Room: console."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Annotated

import typer
import uvicorn

from console.options import HERE, ProjectOption, hub_of
from console.say import note
from console.web.app import make_app
from console.web.state import State
from flows.alerts.look import AlertKeeper
from flows.aside import Aside
from flows.channels import ChannelKeeper, close
from flows.hub import Hub
from flows.hub_of_now import HubOfNow
from flows.inbox import webhook_key
from flows.schedule_processes import ScheduleProcesses
from flows.schedules import schedules_of
from flows.webhook_worker import Worker

app = typer.Typer(add_completion=False, rich_markup_mode=None)

WORK_WAIT = 30.0
"""Seconds that the work at hand has to end when the process is told to stop; what is left goes on at the next start."""
ALERT_WAIT = 10.0
"""Seconds that an alert on its way has."""
_MOST_WAITING = 2048


@app.command()
def command(  # noqa: PLR0913 (the command's options)
    host: Annotated[str, typer.Option(envvar="CRMHUB_HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="CRMHUB_PORT", min=0, max=65535, help="0: any free one.")] = 8321,
    no_schedules: Annotated[bool, typer.Option("--no-schedules", help="Start no scheduled flows.")] = False,
    addresses: Annotated[
        bool, typer.Option("--addresses", help="Show each system's webhook address with its key, and end.")
    ] = False,
    close_channels: Annotated[
        bool, typer.Option("--close-channels", help="End the channels that the hub opened in the systems, and end.")
    ] = False,
    project: ProjectOption = HERE,
) -> int:
    """Take in webhooks, answer the API, start scheduled flows; one JSON line tells where when ready."""
    with hub_of(project) as hub:
        if close_channels:
            for name, count in close(list(hub.systems.values())).items():
                note(f"{name}: {count} channels closed")
            return 0
        if addresses:
            show_addresses(hub)
            return 0
        listening = _bind(host, port)
        now = HubOfNow(hub, told=lambda new: _tell(new, state, alerts))
        worker, aside = Worker(hub, look=now.look), Aside(now.look)
        scheduled = not no_schedules and bool(schedules_of(hub.project.hub))
        processes = ScheduleProcesses(project.resolve(), os.environ) if scheduled else None
        state = State(
            hub,
            worker.ring,
            lambda: worker.alive,
            lambda: processes.state if processes else "none",
            now.look,
        )
        channels = ChannelKeeper(hub)
        alerts = AlertKeeper(hub)
        worker.start()
        try:
            _serve(
                state,
                listening,
                _all(channels.start, alerts.start, aside.start, processes.start if processes else _nothing),
            )
        finally:
            channels.stop()
            aside.stop()
            alerts.stop(ALERT_WAIT)
            if processes is not None:
                processes.stop()
            if not worker.stop(WORK_WAIT):
                note("The work at hand did not end in time. Nothing is lost: the next start goes on with it.")
    return 0


def _tell(hub: Hub, state: State, alerts: AlertKeeper) -> None:
    """Let the pages and the alerts go by the hub that is in force now; the worker takes it at its next turn."""
    state.hub = alerts.hub = hub


def _all(*starts: Callable[[], None]) -> Callable[[], None]:
    def start() -> None:
        for one in starts:
            one()

    return start


def show_addresses(hub: Hub) -> None:
    """Print where each system posts to. A key is for senders that cannot sign; whoever has it can post."""
    for system in hub.systems.values():
        if system.connector.receive is not None:
            key = webhook_key(hub.store.vault, system.name)
            sys.stdout.write(f"{system.name}\t/webhooks/{system.name}?key={key}\n")


class _Server(uvicorn.Server):
    """Says where it is once it answers."""

    base_url = ""
    ready: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the one JSON line."""
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(json.dumps({"base_url": self.base_url}) + "\n")
            sys.stdout.flush()
            self.ready()


def _nothing() -> None:
    """There are no schedules to start."""


def _serve(state: State, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; call *ready* once posts are taken.

    Access logs are off: an address may hold a key.
    """
    config = uvicorn.Config(
        make_app(state),
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_MOST_WAITING,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=30,
    )
    server = _Server(config)
    server.base_url, server.ready = _url_of(listening), ready
    for one in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again once it has stopped: they end nothing more
        signal.signal(one, lambda *_: setattr(server, "should_exit", True))
    server.run(sockets=[listening])


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(_MOST_WAITING)
    except OSError as wrong:
        raise typer.BadParameter(f"cannot listen on {host} port {port}: {wrong.strerror or wrong}") from None
    return made


def _url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
