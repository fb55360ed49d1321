"""A small world for whole-hub tests: real sandboxes over HTTP, a real project, and hands to edit with."""

from __future__ import annotations

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from connectors.population.contract import TypedIn
from connectors.sandboxes.run import RunningSandboxes, start_sandboxes
from flows.hub import Hub, open_hub
from flows.new_project import write_project
from flows.sync import Wanted, sync
from tests.databases import fresh_database

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def typed(
    system: str,
    kind: Any,
    customer: str,
    values: Mapping[str, Any],
    *,
    at: datetime = LONG_AGO,
    key: str | None = None,
    refers_to: str | None = None,
) -> TypedIn:
    """One record as people of a department left it."""
    entity = "company" if kind in {"account", "organization"} else "person"
    name = key or f"{system}-{kind}-{customer}"
    return TypedIn(name, system, kind, {entity: customer}, dict(values), at, at, refers_to)


@dataclass
class World:
    """Sandboxes, a project on them, and what people and the hub do there."""

    running: RunningSandboxes
    folder: Path
    store: str
    minute: int = field(default=0)
    late: timedelta = field(default=timedelta())
    """How much later than it is the hub takes it to be."""

    def sync(self, **wanted: Any) -> dict[str, Any]:
        """Run one sync with a fresh hub, as every `crmhub sync` does."""
        with self.hub() as hub:
            return sync(hub, Wanted(**wanted)).to_json()

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """Open the hub."""
        with open_hub(self.folder, {}) as hub:
            late = self.late
            hub.now = lambda: datetime.now(UTC) + late  # type: ignore[method-assign]  # the test has its own clock
            yield hub

    def settle(self, most: int = 4) -> list[dict[str, Any]]:
        """Sync until a sync writes nothing; more than *most* syncs is a failure to converge."""
        done = []
        for _ in range(most):
            done.append(self.sync())
            if written(done[-1]) == 0:
                return done
        raise AssertionError(f"still writing after {most} syncs: {[written(one) for one in done]}")

    def edit(self, system: str, stream: str, record_id: str | None = None, **values: Any) -> str:
        """Let a person edit a record (None: make one); a value of None clears. Each edit is a minute after the last."""
        self.minute += 1
        at = datetime.now(UTC) + timedelta(seconds=self.minute)
        body = {
            "system": system,
            "stream": stream,
            "set": {name: value for name, value in values.items() if value is not None},
            "clear": [name for name, value in values.items() if value is None],
            "at": at.isoformat(),
        }
        if record_id is not None:
            body["id"] = record_id
        return str(self.control("/_edit", body).get("id", record_id))

    def delete(self, system: str, stream: str, record_id: str) -> None:
        """Let a person delete a record."""
        self.control("/_edit", {"system": system, "stream": stream, "id": record_id, "delete": True})

    def records(self, system: str, stream: str) -> dict[str, dict[str, Any]]:
        """Return the living records of a stream: id -> values."""
        book = self.running.sandboxes[system].book
        return {one.record_id: dict(one.values) for one in book.all(stream) if one.deleted_at is None}

    def only(self, system: str, stream: str) -> str:
        """Return the id of the only living record of a stream."""
        ids = list(self.records(system, stream))
        assert len(ids) == 1, f"{system}/{stream} has {len(ids)} records"
        return ids[0]

    def value(self, system: str, stream: str, record_id: str, name: str) -> Any:
        """Return one field of one record as its people see it."""
        return self.records(system, stream)[record_id].get(name)

    def writes(self) -> dict[str, int]:
        """Return how many records each system had written by the hub since the counters were reset."""
        return {name: one["records_written"] for name, one in self.control("/_stats").items()}

    def control(self, path: str, body: Any = None) -> Any:
        """Call the control port."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.running.control_url + path, data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as reply:
            content = reply.read()
            return json.loads(content) if content else None

    def record(self, system: str, stream: str, record_id: str) -> Any:
        """Return a record with its history, as the control port tells it."""
        query = urllib.parse.urlencode({"system": system, "stream": stream, "id": record_id})
        return self.control(f"/_record?{query}")

    def change_yaml(self, name: str, change: Any) -> None:
        """Edit a YAML file of the project as ops would."""
        file = self.folder / "config" / name
        yaml = YAML()
        document = yaml.load(file)
        change(document)
        with file.open("w", encoding="utf-8") as out:
            yaml.dump(document, out)


def written(result: Mapping[str, Any]) -> int:
    """Return how many records a sync wrote."""
    return sum(system["writes"]["create"] + system["writes"]["update"] for system in result["systems"].values())


@contextmanager
def world(
    folder: Path,
    people: Sequence[TypedIn] | None,
    *,
    systems: Sequence[str] = ("zoho_crm", "fxiaoke"),
    departments: Mapping[str, str] | None = None,
    push: Mapping[str, Any] | None = None,
    store: str | None = None,
    customers: int = 0,
    seed: int = 1,
    **options: Any,
) -> Iterator[World]:
    """Start a world: sandboxes with *people* (None: the population), and a project that pushes everywhere."""
    running_ = start_sandboxes(systems, customers, seed, population=people, **options)
    with running_ as running, usual_store(store) as url:
        blocks = {}
        for name, one in running.describe()["systems"].items():
            block = dict(one["config"])
            if name != "web_forms":
                block["push"] = {"mode": "create", **(push or {})}
            if departments and name in departments:
                block["department"] = departments[name]
            blocks[name] = block
        write_project(folder, systems=blocks, store=url)
        yield World(running, folder, url)


@contextmanager
def usual_store(chosen: str | None) -> Iterator[str]:
    """Yield the store that a test chose, else a new database on the server CRMHUB_TEST_STORE, else a SQLite file."""
    server = os.environ.get("CRMHUB_TEST_STORE")
    if chosen is not None or not server:
        yield chosen or "sqlite:///crmhub.db"
        return
    with fresh_database(server) as url:
        yield url
