from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from connectors.population.contract import TypedIn
from connectors.sandboxes.run import RunningSandboxes, start_sandboxes
from tests.connectors.sandboxes.tiny import build

AT = datetime(2026, 1, 1, tzinfo=UTC)


def typed(key: str, customer: str, **values: str) -> TypedIn:
    return TypedIn(key, "tiny", "contact", {"person": customer}, values, AT, AT)


POPULATION = (
    typed("1", "ann", full_name="Ann Lee", email="ann@a.example", mobile="13800001111"),
    typed("2", "bob", full_name="Bob Lee", email="bob@a.example", mobile="13800002222"),
    typed("3", "cai", full_name="Cai Li", mobile="13800002222"),
)


class Client:
    """Talks to the tiny system and to the control port, each answer at most a few seconds away."""

    def __init__(self, running: RunningSandboxes) -> None:
        self.running = running
        self.base = running.describe()["systems"]["tiny"]["base_url"]
        self.http = requests.Session()
        self.http.trust_env = False
        self.token = "t0"

    def call(self, method: str, path: str, json: Any = None, timeout: float = 5.0) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.http.request(method, self.base + path, json=json, headers=headers, timeout=timeout)

    def control(self, method: str, path: str, json: Any = None, **params: str) -> Any:
        answer = self.http.request(method, self.running.control_url + path, json=json, params=params, timeout=5)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture
def client() -> Iterator[Client]:
    with start_sandboxes(["tiny"], 0, 1, population=POPULATION, builders={"tiny": build}) as running:
        yield Client(running)
