from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from connectors.contract import Page, Record
from connectors.population.contract import TypedIn
from connectors.sandboxes.run import RunningSandboxes, start_sandboxes
from connectors.web_forms.entries import PulledEntries
from connectors.web_forms.settings import Settings
from connectors.web_forms.source import Source

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def people(count: int) -> list[TypedIn]:
    return [
        TypedIn(
            key=f"k{n}",
            system="web_forms",
            kind="entry",
            customers={"person": f"c{n}"},
            values={
                "family": "王",
                "given": f"伟{n}",
                "email": f"w{n}@example.com",
                "mobile": f"139{n:08d}",
                "consent": n % 2 == 0,
                **({"message": "请联系我", "tags": ["A", "B"], "country": "中国"} if n % 4 == 0 else {}),
            },
            created_at=NOON + timedelta(seconds=n // 3),
            modified_at=NOON + timedelta(days=1),
        )
        for n in range(count)
    ]


class Marketing:
    """A running simulator, the source over it, and the control port."""

    def __init__(self, running: RunningSandboxes, **settings: Any) -> None:
        self.running = running
        self.base_url = running.describe()["systems"]["web_forms"]["base_url"]
        self.config: dict[str, Any] = {**running.describe()["systems"]["web_forms"]["config"]["config"], **settings}
        self.settings = Settings.model_validate(self.config)
        self.http = requests.Session()
        self.http.trust_env = False

    @property
    def reader(self) -> PulledEntries:
        (reader,) = Source().readers(self.settings)
        assert isinstance(reader, PulledEntries)
        return reader

    def pages(self, state: Mapping[str, Any] | None = None) -> list[Page]:
        return list(self.reader.read(state))

    def fetch(self, *ids: str) -> list[Record]:
        return list(self.reader.fetch(ids))

    def control(self, method: str, path: str, json: Any = None, **params: str) -> Any:
        answer = self.http.request(method, self.running.control_url + path, json=json, params=params, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def edit(self, record_id: str | None = None, **edit: Any) -> str:
        body = {"system": "web_forms", "stream": "entries", **edit} | ({"id": record_id} if record_id else {})
        return str(self.control("POST", "/_edit", body)["id"])

    def api(self, path: str, **params: str | int) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.config['token']}"}
        return self.http.get(self.base_url + path, params=params, headers=headers, timeout=10)

    def calls(self) -> int:
        return sum(self.control("GET", "/_stats")["web_forms"]["calls"].values())


def records(pages: Sequence[Page]) -> dict[str, Record]:
    return {record["id"]: record for page in pages for record in page.records}


def state_of(pages: Sequence[Page]) -> Mapping[str, Any]:
    found = pages[-1].state
    assert found is not None
    return found


@pytest.fixture
def start() -> Iterator[Callable[..., Marketing]]:
    with ExitStack() as stack:

        def starting(
            count: int = 60, switches: Mapping[str, str] | None = None, limits: Any = "off", **settings: Any
        ) -> Marketing:
            running = start_sandboxes(
                ["web_forms"], 0, 7, population=people(count), switches={"web_forms": switches or {}}, limits=limits
            )
            return Marketing(stack.enter_context(running), **settings)

        yield starting
