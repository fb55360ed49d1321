"""What every route works with. Room: console."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import anyio
import anyio.to_thread
from fastapi import Request

from flows.hub import Hub
from golden_record.errors import GoldenRecordError, StoreUnreachable

Result = TypeVar("Result")

STORE_WAIT = 4.0
"""Seconds that a request waits for the store; senders of webhooks give up after 2 to 30."""


@dataclass
class State:
    """The hub in force, whom to ring when there is work, whether the worker is alive, and what was answered so far.

    *look* takes in what was edited in the project and puts another hub in this one's place. *ring_aside*: whom to ring
    for work that holds up no sync.
    """

    hub: Hub
    ring: Callable[[], None]
    worker_alive: Callable[[], bool]
    schedules: Callable[[], str]
    look: Callable[[], Hub] | None = None
    ring_aside: Callable[[], None] = lambda: None
    posts: Counter[tuple[str, int]] = field(default_factory=Counter)


def take_in_edits(state: State) -> None:
    """Let what was just saved or chosen be in force from now on; where the store is away, once it is back."""
    if state.look is not None:
        with suppress(GoldenRecordError):  # the worker looks again at its next turn
            state.look()


def state_of(request: Request) -> State:
    """Return the state of the app that a request came to."""
    state: State = request.app.state.crmhub
    return state


async def in_thread(work: Callable[..., Result], *arguments: object, wait: float = STORE_WAIT) -> Result:
    """Do *work* beside the event loop.

    Raises:
        StoreUnreachable: it took longer than *wait* seconds; what was begun may still be done.
    """
    try:
        with anyio.fail_after(wait):
            return await anyio.to_thread.run_sync(partial(work, *arguments), abandon_on_cancel=True)
    except TimeoutError:
        raise StoreUnreachable(
            f"the store did not answer within {wait:.0f} seconds", "Check the database and its load; try again"
        ) from None
