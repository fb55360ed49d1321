"""A simulated tenant over real HTTP, and short ways to ask it and to edit it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from connectors.contract import Record, WriteRequest, WriteResult
from connectors.fxiaoke.client import Client
from connectors.fxiaoke.settings import Settings
from connectors.fxiaoke.streams import FxiaokeReader
from connectors.fxiaoke.writer import Writer
from connectors.http import Patience
from connectors.population.contract import TypedIn
from connectors.ports import MemoryTokenStore
from connectors.sandboxes.run import RunningSandboxes, start_sandboxes

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
QUICK = Patience(attempts=3, first_pause=0.0, longest_pause=0.0)


def typed(key: str, kind: Any = "contact", *, minutes: int = 0, flags: Sequence[str] = (), **values: Any) -> TypedIn:
    at = NEW_YEAR + timedelta(minutes=minutes)
    values.setdefault("full_name", f"示例{key}")
    refers_to = values.pop("refers_to", None)
    customers = {"company" if kind == "account" else "person": f"c-{key}"}
    return TypedIn(key, "fxiaoke", kind, customers, values, at, at, refers_to, frozenset(flags))


class Unlimited:
    """A budget without an end; *told* keeps what the system said. (The real one would sleep.)"""

    def __init__(self) -> None:
        self.told: list[tuple[str, float | None]] = []
        self.spent: Counter[str] = Counter()

    def spend(self, bucket: str, cost: int = 1) -> None:
        self.spent[bucket] += cost

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        del remaining
        self.told.append((bucket, wait_seconds))


class World:
    """One running tenant. *asleep* holds the seconds that clients would have slept."""

    def __init__(self, running: RunningSandboxes, **settings: Any) -> None:
        self.running, self.asleep = running, list[float]()
        self.block = running.describe()["systems"]["fxiaoke"]
        self.settings = Settings.model_validate({**self.block["config"]["config"], "read_timeout": 2.0, **settings})
        self.tokens, self.budget = MemoryTokenStore(), Unlimited()
        self.book = running.sandboxes["fxiaoke"].book
        self.http = requests.Session()
        self.http.trust_env = False

    def client(self, **settings: Any) -> Client:
        chosen = self.settings.model_copy(update=settings)
        return Client(chosen, tokens=self.tokens, budget=self.budget, patience=QUICK, sleep=self.asleep.append)

    def reader(self, stream: str = "ContactObj", *, now: Callable[[], float] | None = None) -> FxiaokeReader:
        return FxiaokeReader(self.client(), stream, **({"now": now} if now else {}))

    def writer(self, **settings: Any) -> Writer:
        chosen = self.settings.model_copy(update=settings)
        return Writer(chosen, tokens=self.tokens, budget=self.budget, patience=QUICK, sleep=self.asleep.append)

    def control(self, path: str, json: Any) -> Any:
        answer = self.http.post(self.running.control_url + path, json=json, timeout=5)
        answer.raise_for_status()
        return answer.json()

    def edit(self, stream: str, record_id: str | None = None, **change: Any) -> str:
        asked = {"system": "fxiaoke", "stream": stream, **change} | ({"id": record_id} if record_id else {})
        answer = self.control("/_edit", asked)
        return str(answer["id"])

    def faults(self, *rules: Mapping[str, Any]) -> None:
        self.control("/_faults", [{"system": "fxiaoke", **rule} for rule in rules])

    def switch(self, **switches: str) -> None:
        answer = self.http.post(self.block["base_url"] + "/__sim/config", json=switches, timeout=5)
        answer.raise_for_status()

    def calls(self) -> Counter[str]:
        """Return the calls since the last time, by the end of their path."""
        stats = self.http.get(self.running.control_url + "/_stats", timeout=5).json()["fxiaoke"]["calls"]
        self.control("/_stats/reset", {})
        return Counter({path.rsplit("/", 1)[-1]: count for path, count in stats.items()})

    def ids(self, stream: str = "ContactObj") -> list[str]:
        return [one.record_id for one in self.book.all(stream)]


def everything(reader: FxiaokeReader, state: Any = None) -> tuple[list[Record], Any]:
    """Read to the end; return the records and the last state."""
    records: list[Record] = []
    for page in reader.read(state):
        records += page.records
        state = page.state or state
    return records, state


def update(record_id: str, expected: Mapping[str, Any], number: int = 1, **fields: Any) -> WriteRequest:
    return WriteRequest(f"w{number}", "ContactObj", "update", fields, record_id, expected)


def create(number: int = 1, stream: str = "ContactObj", **fields: Any) -> WriteRequest:
    fields.setdefault("name", f"新客户{number}")
    return WriteRequest(f"w{number}", stream, "create", fields, binding_id=f"01J0000000000000000000{number:04d}")


def by_id(results: Iterator[WriteResult]) -> dict[str, WriteResult]:
    listed = list(results)
    found = {result.write_id: result for result in listed}
    assert len(found) == len(listed), "a request had two results"
    return found


Start = Callable[..., World]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as open_worlds:

        def begin(
            population: Sequence[TypedIn] = (),
            *,
            limits: Any = "off",
            switches: Mapping[str, str] | None = None,
            **settings: Any,
        ) -> World:
            running = start_sandboxes(
                ["fxiaoke"], 0, 7, limits=limits, population=population, switches={"fxiaoke": switches or {}}
            )
            return World(open_worlds.enter_context(running), **settings)

        yield begin


@pytest.fixture
def world(start: Start) -> World:
    """Three contacts of one account."""
    return start(
        [
            typed("a", "account", company="示例科技有限公司", phone="021-5550100"),
            typed("1", refers_to="a", mobile="13900000001", email="one@a.example"),
            typed("2", refers_to="a", mobile="+86 13900000002", minutes=1),
            typed("3", phone="010-5550103", minutes=2),
        ]
    )
