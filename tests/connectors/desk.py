"""A simulated system and a hub's way to it, for the tests of one system's folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from connectors import registry
from connectors.contract import Found, Lookup, Page, StreamReader, WriteRequest, WriteResult
from connectors.http import Patience
from connectors.ports import MemoryTokenStore, WindowBudget
from connectors.sandboxes.run import RunningSandboxes

IMPATIENT = Patience(attempts=3, first_pause=0.0, longest_pause=0.0)


def binding(number: int) -> str:
    """Return a binding id."""
    return f"01J{number:023d}"


@dataclass
class Desk:
    """One system's simulator; *changes* of its settings go with every call."""

    system: str
    running: RunningSandboxes
    tokens: MemoryTokenStore = field(default_factory=MemoryTokenStore)

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.running.describe()["systems"][self.system]["config"]["config"]
        return {**config, "read_timeout": 1.0}

    def settings(self, **changes: Any) -> Any:
        return registry.connector(self.system).settings.model_validate(self.config | changes)

    def source(self) -> Any:
        return registry.connector(self.system).source(self.tokens, WindowBudget())

    def reader(self, stream: str, **changes: Any) -> StreamReader:
        readers: Sequence[StreamReader] = self.source().readers(self.settings(**changes))
        return next(one for one in readers if one.name == stream)

    def pages(self, stream: str, state: Any = None, **changes: Any) -> list[Page]:
        return list(self.reader(stream, **changes).read(state))

    def pull(self, stream: str, state: Any = None, **changes: Any) -> tuple[list[dict[str, Any]], Any]:
        pages = self.pages(stream, state, **changes)
        states = [page.state for page in pages if page.state is not None]
        return [dict(record) for page in pages for record in page.records], states[-1] if states else state

    def fetch(self, stream: str, *ids: str) -> list[dict[str, Any]]:
        return [dict(one) for one in self.reader(stream).fetch(ids)]

    def writer(self, **changes: Any) -> Any:
        made = registry.connector(self.system).writer
        assert made is not None
        return made(self.settings(**changes), tokens=self.tokens, budget=WindowBudget(), patience=IMPATIENT)

    def write(self, *asked: WriteRequest, **changes: Any) -> dict[str, WriteResult]:
        results: list[WriteResult] = list(self.writer(**changes).write(asked))
        assert sorted(one.write_id for one in results) == sorted(one.write_id for one in asked)
        return {one.write_id: one for one in results}

    def find(self, *lookups: Lookup) -> dict[str, tuple[str, str]]:
        found: list[Found] = list(self.writer().find(lookups))
        return {one.write_id: (one.by, one.record_id) for one in found}

    def control(self, method: str, path: str, json: Any = None, **params: str) -> Any:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, self.running.control_url + path, json=json, params=params, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def edit(self, stream: str, record_id: object = None, **edit: Any) -> str:
        body = {"system": self.system, "stream": stream, **edit} | ({"id": str(record_id)} if record_id else {})
        return str(self.control("POST", "/_edit", body)["id"])

    def faults(self, *rules: dict[str, Any]) -> None:
        self.control("POST", "/_faults", [{"system": self.system, **rule} for rule in rules])

    def calls(self) -> dict[str, int]:
        """Return the calls since the last look, and start counting again."""
        calls: dict[str, int] = self.control("GET", "/_stats")[self.system]["calls"]
        self.control("POST", "/_stats/reset")
        return calls

    def stored(self, stream: str, record_id: object) -> dict[str, Any]:
        """Return the values that the simulator holds of a record."""
        shown = self.control("GET", "/_record", system=self.system, stream=stream, id=str(record_id))
        values: dict[str, Any] = shown["values"]
        return values

    def live(self, stream: str) -> int:
        """Count the records that are not deleted."""
        return sum(one.deleted_at is None for one in self.running.sandboxes[self.system].book.all(stream))

    def ids(self, stream: str) -> list[str]:
        """Return the ids of a stream's records in order of their making."""
        return [one.record_id for one in self.running.sandboxes[self.system].book.all(stream)]
