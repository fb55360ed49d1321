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


def contact(number: int, refers_to: str | None = None, **values: Any) -> TypedIn:
    typed = {"family": f"Ann {number}", "email": f"ann{number}@a.example", **values}
    at = AT + timedelta(seconds=number)
    return TypedIn(f"u{number}", "zoho_desk", "user", {"person": f"c{number}"}, typed, at, at, refers_to)


def company(number: int, **values: Any) -> TypedIn:
    typed = {"company": f"Acme {number}", **values}
    return TypedIn(f"o{number}", "zoho_desk", "organization", {"company": f"k{number}"}, typed, AT, AT)


@pytest.fixture
def open_desk() -> Iterator[Open]:
    running: list[RunningSandboxes] = []

    def start(population: Sequence[TypedIn] = (), limits: Literal["real", "off"] = "off", **switches: str) -> Desk:
        chosen = {"zoho_desk": switches}
        running.append(start_sandboxes(["zoho_desk"], 0, 1, limits=limits, switches=chosen, population=population))
        return Desk("zoho_desk", running[-1])

    yield start
    for one in running:
        one.stop()
