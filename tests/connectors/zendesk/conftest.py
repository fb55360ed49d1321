from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
import requests

from connectors.contract import Page, StreamReader, WriteRequest, WriteResult
from connectors.http import Patience
from connectors.population.contract import TypedIn
from connectors.ports import MemoryTokenStore, WindowBudget
from connectors.sandboxes.run import RunningSandboxes, start_sandboxes
from connectors.zendesk.settings import Settings
from connectors.zendesk.source import Source
from connectors.zendesk.writer import Writer

AT = datetime(2026, 1, 1, tzinfo=UTC)
IMPATIENT = Patience(attempts=3, first_pause=0.0, longest_pause=0.0)


def user(number: int, *, refers_to: str | None = None, flags: frozenset[str] = frozenset(), **values: str) -> TypedIn:
    typed = {"full_name": f"Ann {number}", "email": f"ann{number}@a.example", **values}
    at = AT + timedelta(seconds=number // 4)
    return TypedIn(f"u{number}", "zendesk", "user", {"person": f"c{number}"}, typed, at, at, refers_to, flags)


def company(number: int, **values: str) -> TypedIn:
    typed = {"company": f"Acme {number}", **values}
    return TypedIn(f"o{number}", "zendesk", "organization", {"company": f"k{number}"}, typed, AT, AT)


@dataclass
class Desk:
    """A simulated account and a hub's way to it."""

    running: RunningSandboxes
    tokens: MemoryTokenStore = field(default_factory=MemoryTokenStore)

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.running.describe()["systems"]["zendesk"]["config"]["config"]
        return {**config, "read_timeout": 1.0, "job_seconds": 5.0}

    def settings(self, **changes: Any) -> Settings:
        return Settings.model_validate(self.config | changes)

    def reader(self, stream: str, **changes: Any) -> StreamReader:
        source = Source(self.tokens, WindowBudget())
        return next(one for one in source.readers(self.settings(**changes)) if one.name == stream)

    def pull(self, stream: str, state: Any = None, **changes: Any) -> tuple[list[dict[str, Any]], Any]:
        pages: list[Page] = list(self.reader(stream, **changes).read(state))
        records = [dict(record) for page in pages for record in page.records]
        states = [page.state for page in pages if page.state is not None]
        return records, states[-1] if states else state

    def writer(self, **changes: Any) -> Writer:
        return Writer(self.settings(**changes), tokens=self.tokens, budget=WindowBudget(), patience=IMPATIENT)

    def write(self, *requests_: WriteRequest, **changes: Any) -> dict[str, WriteResult]:
        results = list(self.writer(**changes).write(requests_))
        assert sorted(one.write_id for one in results) == sorted(one.write_id for one in requests_)
        return {one.write_id: one for one in results}

    def control(self, method: str, path: str, json: Any = None, **params: str) -> Any:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, self.running.control_url + path, json=json, params=params, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def edit(self, stream: str, record_id: object = None, **edit: Any) -> str:
        body = {"system": "zendesk", "stream": stream, **edit} | ({"id": str(record_id)} if record_id else {})
        return str(self.control("POST", "/_edit", body)["id"])

    def faults(self, *rules: dict[str, Any]) -> None:
        self.control("POST", "/_faults", [{"system": "zendesk", **rule} for rule in rules])

    def calls(self) -> dict[str, int]:
        """Return the calls since the last look, and start counting again."""
        calls: dict[str, int] = self.control("GET", "/_stats")["zendesk"]["calls"]
        self.control("POST", "/_stats/reset")
        return calls

    def stored(self, stream: str, record_id: object) -> dict[str, Any]:
        shown: dict[str, Any] = self.control("GET", "/_record", system="zendesk", stream=stream, id=str(record_id))
        return shown

    def seen(self) -> dict[str, Any]:
        """Return what the simulator noticed about its callers."""
        with requests.Session() as session:
            session.trust_env = False
            seen: dict[str, Any] = session.get(f"{self.config['base_url']}/__sim/config", timeout=10).json()
        return seen

    def id_of(self, name: str) -> str:
        book = self.running.sandboxes["zendesk"].book
        return next(
            one.record_id for stream in book.streams() for one in book.all(stream) if one.values.get("name") == name
        )

    def customers(self) -> int:
        """Count the live end-users."""
        users = self.running.sandboxes["zendesk"].book.all("users")
        return sum(one.deleted_at is None and one.values.get("role") == "end-user" for one in users)


Open = Callable[..., Desk]


@pytest.fixture
def open_desk() -> Iterator[Open]:
    running: list[RunningSandboxes] = []

    def start(population: Sequence[TypedIn] = (), limits: Literal["real", "off"] = "off", **switches: str) -> Desk:
        running.append(
            start_sandboxes(["zendesk"], 0, 1, limits=limits, switches={"zendesk": switches}, population=population)
        )
        return Desk(running[-1])

    yield start
    for one in running:
        one.stop()
