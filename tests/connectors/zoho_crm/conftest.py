"""A simulated Zoho with a few people in it, and the hub's end of the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
import requests

from connectors.contract import Page, Record, WriteRequest
from connectors.http import Patience
from connectors.population.contract import TypedIn
from connectors.ports import MemoryTokenStore, WindowBudget
from connectors.sandboxes.run import RunningSandboxes, start_sandboxes
from connectors.zoho_crm.client import Client
from connectors.zoho_crm.settings import Settings
from connectors.zoho_crm.streams import ModuleReader
from connectors.zoho_crm.writer import Writer

AT = datetime(2026, 1, 1, 2, 0, 0, tzinfo=UTC)
QUICK = Patience(attempts=3, first_pause=0.001, longest_pause=0.002)
ULID = "01ARZ3NDEKTSV4RRFFQ69G{:04d}"


def contact(number: int, *, at: datetime | None = None, **values: str) -> TypedIn:
    shown = {"family": "Lee", "given": f"Ann{number}", "email": f"ann{number}@a.example", **values}
    at = at or AT + timedelta(minutes=number)
    return TypedIn(f"c{number}", "zoho_crm", "contact", {"person": f"p{number}"}, shown, at, at)


def account(number: int, name: str) -> TypedIn:
    return TypedIn(f"a{number}", "zoho_crm", "account", {"company": f"co{number}"}, {"company": name}, AT, AT)


def lead(number: int, **values: str) -> TypedIn:
    shown = {"family": "王", "given": "伟", "company": "Acme", "mobile": f"138 1234 {number:04d}", **values}
    at = AT + timedelta(hours=number)
    return TypedIn(f"l{number}", "zoho_crm", "lead", {"person": f"q{number}", "company": "co1"}, shown, at, at)


FEW: tuple[TypedIn, ...] = (account(1, "Acme"), *(contact(n) for n in range(3)), *(lead(n) for n in range(3)))


class Zoho:
    """One running simulator, its control port, and readers and writers that talk to it."""

    def __init__(self, running: RunningSandboxes) -> None:
        self.running = running
        self.described = running.describe()["systems"]["zoho_crm"]
        self.config: dict[str, Any] = dict(self.described["config"]["config"])
        self.http = requests.Session()
        self.http.trust_env = False
        self.tokens, self.budget = MemoryTokenStore(), WindowBudget()

    def settings(self, **changed: Any) -> Settings:
        return Settings.model_validate(self.config | changed)

    def client(self, **changed: Any) -> Client:
        return Client(self.settings(**changed), tokens=self.tokens, budget=self.budget, patience=QUICK)

    def reader(self, module: str = "Contacts", **changed: Any) -> ModuleReader:
        return ModuleReader(self.client(**changed), module)

    def writer(self, **changed: Any) -> Writer:
        return Writer(self.settings(**changed), tokens=self.tokens, budget=self.budget, patience=QUICK)

    def control(self, method: str, path: str, json: Any = None, **params: str) -> Any:
        answer = self.http.request(method, self.running.control_url + path, json=json, params=params, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def edit(self, stream: str, record_id: str | None = None, **facts: Any) -> Any:
        body = {"system": "zoho_crm", "stream": stream, "id": record_id, **facts}
        return self.control("POST", "/_edit", {key: value for key, value in body.items() if value is not None})

    def faults(self, *rules: Mapping[str, Any]) -> None:
        self.control("POST", "/_faults", list(rules))

    def stored(self, stream: str, record_id: str) -> Any:
        return self.control("GET", "/_record", system="zoho_crm", stream=stream, id=record_id)["values"]

    def calls(self) -> dict[str, int]:
        """Calls since the last time that this was asked, sign-in left out."""
        calls: dict[str, int] = self.control("GET", "/_stats")["zoho_crm"]["calls"]
        self.control("POST", "/_stats/reset")
        return {call: count for call, count in calls.items() if "oauth" not in call}

    def get(self, path: str, headers: Mapping[str, str] | None = None, /, **params: str) -> requests.Response:
        """Call the API as any client would."""
        return self.http.get(
            self.config["base_url"] + path, params=params, headers={**self.signed(), **(headers or {})}, timeout=10
        )

    def signed(self) -> dict[str, str]:
        form = {key: self.config[key] for key in ("client_id", "client_secret", "refresh_token")}
        answer = self.http.post(
            f"{self.config['accounts_url']}/oauth/v2/token", data={**form, "grant_type": "refresh_token"}, timeout=10
        )
        return {"Authorization": f"Zoho-oauthtoken {answer.json()['access_token']}"}


Start = Callable[..., Zoho]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start simulators: start(population, switch=value, …)."""
    with ExitStack() as stack:

        def begin(population: Sequence[TypedIn] = FEW, limits: Literal["real", "off"] = "off", **switches: str) -> Zoho:
            running = start_sandboxes(
                ["zoho_crm"], 0, 1, limits=limits, population=population, switches={"zoho_crm": switches}
            )
            return Zoho(stack.enter_context(running))

        yield begin


@pytest.fixture
def zoho(start: Start) -> Zoho:
    return start()


def records(pages: Iterator[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def last_state(pages: Iterator[Page]) -> Mapping[str, Any]:
    states = [page.state for page in pages if page.state is not None]
    return states[-1]


def create(number: int, stream: str = "Leads", **fields: Any) -> WriteRequest:
    values = {"Last_Name": f"New{number}", "Email": f"new{number}@b.example", **fields}
    return WriteRequest(f"w{number}", stream, "create", values, binding_id=ULID.format(number))


def update(record_id: str, stream: str = "Contacts", *, expected: Mapping[str, Any], **fields: Any) -> WriteRequest:
    return WriteRequest(f"u{record_id}", stream, "update", fields, record_id=record_id, expected=expected)
