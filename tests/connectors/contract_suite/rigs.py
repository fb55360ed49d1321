"""Each connector on a test bench: its system, hands to edit there, faults, and what it does not have."""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from pydantic import ValidationError

from benchmarks.many_contacts import contacts
from connectors import registry
from connectors.contract import StreamReader, Writer
from connectors.population.contract import TypedIn
from connectors.ports import MemoryTokenStore
from connectors.sandboxes.run import RunningSandboxes, start_sandboxes
from connectors.source import HubSource
from tests.connectors.airbyte.conftest import STANDIN, USERS, record, stream_state
from tests.connectors.bazaar import sandbox as bazaar_sandbox
from tests.connectors.bazaar import settings as bazaar_settings
from tests.connectors.bazaar import source as bazaar_source
from tests.connectors.bazaar import writer as bazaar_writer
from tests.connectors.zoho_crm.conftest import AT

CUSTOMERS = 12
MANY = 1500
"""Records of a system by which memory is measured."""

Edit = Callable[[str | None, str], str]
"""Let a person write a text into a record's field (None: into a new record); returns its id."""


@dataclass
class Rig:
    """A connector, and its system as a test sees it. *edited* is the field that `edit` changes."""

    name: str
    stream: str
    edited: str
    config: dict[str, Any]
    make_source: Callable[[MemoryTokenStore], HubSource]
    edit: Edit
    make_writer: Callable[[MemoryTokenStore], Writer] | None = None
    create: Mapping[str, Any] = field(default_factory=dict)
    running: RunningSandboxes | None = None
    tokens: MemoryTokenStore = field(default_factory=MemoryTokenStore)
    waited: list[float] = field(default_factory=list)
    """Seconds that its client would have waited, call by call; in the tests nobody waits."""

    def source(self) -> HubSource:
        return self.make_source(self.tokens)

    def reader(self) -> StreamReader:
        source = self.source()
        return next(one for one in source.readers(source.settings(self.config)) if one.name == self.stream)

    def writer(self) -> Writer:
        assert self.make_writer is not None
        return self.make_writer(self.tokens)

    @property
    def secrets(self) -> set[str]:
        """The values in its configuration that nobody may see."""
        names = ("secret", "token", "key", "code", "password")
        found = {name: one for name, one in self.config.items() if any(part in name for part in names)}
        return {one for one in found.values() if isinstance(one, str) and len(one) > 5}

    def fault(self, kind: str, **rule: Any) -> None:
        self.control("/_faults", [{"system": self.name, "kind": kind, "count": 1, **rule}])

    def calm(self) -> None:
        if self.running is not None:
            self.control("/_faults", [])

    def control(self, path: str, body: Any) -> Any:
        assert self.running is not None
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(self.running.control_url + path, json=body, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None


# ---------------------------------------------------------------------------------------------- over HTTP

HTTP: dict[str, tuple[str, str, dict[str, Any]]] = {
    "zoho_crm": ("Contacts", "Last_Name", {"Last_Name": "Neu", "Email": "neu{}@b.example"}),
    "fxiaoke": ("ContactObj", "name", {"name": "新人", "email": "neu{}@b.example"}),
    "zendesk": ("users", "name", {"name": "Neu", "email": "neu{}@b.example", "role": "end-user"}),
    "freshdesk": ("contacts", "name", {"name": "Neu", "email": "neu{}@b.example"}),
    "zoho_desk": ("contacts", "lastName", {"lastName": "Neu", "email": "neu{}@b.example"}),
    "udesk": ("customers", "nick_name", {"nick_name": "新人", "email": "neu{}@b.example"}),
    "web_forms": ("entries", "name", {}),
    "bazaar": ("people", "name", {"name": "Neu", "email": "neu{}@b.example"}),
}
"""Connector -> stream, the field that people edit, and a record to create."""


@contextmanager
def over_http(name: str, _folder: Path, size: int) -> Iterator[Rig]:
    """Bring a connector together with its simulator."""
    stream, field_name, create = HTTP[name]
    builders = {"bazaar": bazaar_sandbox.build} if name == "bazaar" else None
    people: list[TypedIn] | None = None
    if name == "bazaar":
        people = [person(number) for number in range(size)]
    elif size != CUSTOMERS:
        people = list(contacts(name, size))
    with start_sandboxes([name], CUSTOMERS, 3, population=people, builders=builders) as running:
        config = dict(running.describe()["systems"][name]["config"]["config"])
        connector = None if name == "bazaar" else registry.connector(name)
        model: Any = connector.settings if connector else bazaar_settings.Settings
        page = 5 if size == CUSTOMERS else 100
        quick = {"read_timeout": 1.0, "page_size": page, "lookback": 0, "job_seconds": 5.0}
        config |= {
            key: value for key, value in quick.items() if key in model.model_fields and _fits(model, config, key, value)
        }
        source = connector.source if connector else bazaar_source.Source
        writes: Any = connector.writer if connector else bazaar_writer.Writer

        def edit(record_id: str | None, text: str) -> str:
            body: dict[str, Any] = {"system": name, "stream": stream, "set": {field_name: text}}
            if record_id is not None:
                body["id"] = record_id
            return str(rig.control("/_edit", body)["id"])

        def writer(tokens: MemoryTokenStore) -> Writer:
            made: Writer = writes(model.model_validate(config), tokens=tokens, budget=Free(), system=name)
            return made

        rig = Rig(
            name,
            stream,
            field_name,
            config,
            lambda tokens: source(tokens, Free()),
            edit,
            writer if writes is not None else None,
            create,
            running,
        )
        yield rig


def person(number: int) -> TypedIn:
    values = {"full_name": f"Ann {number}", "email": f"ann{number}@a.example"}
    return TypedIn(f"b{number}", "bazaar", "contact", {"person": f"c{number}"}, values, AT, AT)


def _fits(model: Any, config: Mapping[str, Any], key: str, value: Any) -> bool:
    try:
        model.model_validate({**config, key: value})
    except ValidationError:
        return False
    return True


class Free:
    """A budget that never waits: what a system asks to wait is not what is tested here."""

    def spend(self, bucket: str, cost: int = 1) -> None:
        """Take nothing."""

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        """Learn nothing."""


# ---------------------------------------------------------------------------------- files, databases, programs


@contextmanager
def on_files(name: str, folder: Path, size: int) -> Iterator[Rig]:
    """A shop that delivers one list, and writes it anew at each edit."""
    rows = {str(number): f"Ann {number} 🐘" for number in range(size)}

    def edit(record_id: str | None, text: str) -> str:
        rows[record_id or str(len(rows))] = text
        write()
        return record_id or str(len(rows) - 1)

    def write() -> None:
        with (folder / "list.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("id", "name"), *rows.items()])

    write()
    config = {"streams": {"customers": {"path": "*.csv", "key": "id"}}, "project": str(folder)}
    yield Rig(name, "customers", "name", config, registry.connector(name).source, edit)


@contextmanager
def on_a_database(name: str, folder: Path, size: int) -> Iterator[Rig]:
    """A shop's SQLite database, to read and to write."""
    file = folder / "shop.db"
    stamp = "strftime('%Y-%m-%d %H:%M:%f', 'now')"

    def run(statement: str, *values: Any) -> Any:
        with closing(sqlite3.connect(file)) as connection, connection:
            return connection.execute(statement, values).lastrowid

    def edit(record_id: str | None, text: str) -> str:
        if record_id is None:
            return str(run(f"INSERT INTO people (name, at) VALUES (?, {stamp})", text))  # noqa: S608 (a test's own)
        run(f"UPDATE people SET name = ?, at = {stamp} WHERE id = ?", text, record_id)  # noqa: S608 (a test's own)
        return record_id

    run("CREATE TABLE people (id INTEGER PRIMARY KEY, ref TEXT UNIQUE, name TEXT NOT NULL, email TEXT UNIQUE, at TEXT)")
    with closing(sqlite3.connect(file)) as connection, connection:
        named = [(f"Ann {number} 🐘",) for number in range(size)]
        connection.executemany(f"INSERT INTO people (name, at) VALUES (?, {stamp})", named)  # noqa: S608 (a test's own)
    table = {"table": "people", "key": "id", "modified": "at", "write": {"binding": "ref", "mail": ["email"]}}
    secret = {"url": f"sqlite:///{file}", "password": "geheim-und-lang"}
    config = {**secret, "streams": {"people": table}, "page_size": 5 if size == CUSTOMERS else 100, "lookback": 0}
    connector = registry.connector(name)

    def writer(tokens: MemoryTokenStore) -> Writer:
        assert connector.writer is not None
        settings = connector.settings.model_validate(config)
        return connector.writer(settings, tokens=tokens, budget=Free(), system=name)

    create = {"name": "Neu", "email": "neu{}@b.example"}
    yield Rig(name, "people", "name", config, connector.source, edit, writer, create)


@contextmanager
def on_a_program(name: str, folder: Path, size: int) -> Iterator[Rig]:
    """A source that somebody else wrote; each edit changes what it will say."""
    rows = {number: f"Ann {number} 🐘" for number in range(1, size + 1)}

    def edit(record_id: str | None, text: str) -> str:
        key = int(record_id) if record_id is not None else len(rows) + 1
        rows[key] = text
        write()
        return str(key)

    def write() -> None:
        said = [message for number, one in rows.items() for message in (record(number, name=one), stream_state(number))]
        (folder / "script").write_text(json.dumps(said))

    write()
    (folder / "catalog").write_text(json.dumps([USERS]))
    (folder / "check").write_text(json.dumps([{"status": "SUCCEEDED"}]))
    config = {
        "command": [sys.executable, str(STANDIN)],
        "config": {"play": str(folder), "api_key": "sk-geheim-1"},
        "project": str(folder),
    }
    yield Rig(name, "users", "name", config, registry.connector(name).source, edit)


RIGS: dict[str, Callable[[str, Path, int], Any]] = {
    **dict.fromkeys(HTTP, over_http),
    "files": on_files,
    "sql": on_a_database,
    "airbyte": on_a_program,
}
"""Connector -> how it is brought onto the bench."""
