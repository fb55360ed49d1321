from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from connectors.population.contract import TypedIn
from connectors.sandboxes.run import RunningSandboxes, start_sandboxes
from tests.connectors.desk import Desk

AT = datetime(2026, 1, 1, tzinfo=UTC)
Open = Callable[..., Desk]


def customer(number: int, **values: Any) -> TypedIn:
    typed = {"full_name": f"王 {number}", "email": f"ann{number}@a.example", **values}
    at = AT + timedelta(seconds=number)
    return TypedIn(f"u{number}", "udesk", "user", {"person": f"c{number}"}, typed, at, at)


@pytest.fixture
def open_desk() -> Iterator[Open]:
    running: list[RunningSandboxes] = []

    def start(population: Sequence[TypedIn] = (), limits: Literal["real", "off"] = "off", **switches: str) -> Desk:
        chosen = {"udesk": switches}
        running.append(start_sandboxes(["udesk"], 0, 1, limits=limits, switches=chosen, population=population))
        return Desk("udesk", running[-1])

    yield start
    for one in running:
        one.stop()
