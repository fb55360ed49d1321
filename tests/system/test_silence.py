"""What the hub prints, logs and notes of a run holds ids and counts: no customer's value and no secret."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.population.make import make_population
from console.main import run
from tests.system.world import world

SYSTEMS = ("zoho_crm", "fxiaoke", "zendesk", "web_forms")
CUSTOMERS, SEED = 25, 3
PERSONAL = ("full_name", "email", "email_2", "mobile", "phone", "phone_2", "street", "wechat", "message", "birthday")
SHORTEST = 6
"""Characters (bytes of UTF-8) below which a text may stand in a log by chance."""
FAULTS: list[dict[str, Any]] = [
    {"kind": "html", "rate": 0.05},
    {"kind": "cut", "rate": 0.05},
    {"kind": "fail_rows", "rate": 0.2},
    {"kind": "expire_token", "rate": 0.02},
    {"kind": "status", "status": 500, "rate": 0.05},
]


def personal() -> set[str]:
    """Return the values that people typed in about persons."""
    found: set[str] = set()
    for record in make_population(CUSTOMERS, SEED, SYSTEMS):
        found |= {str(record.values.get(name) or "").strip() for name in PERSONAL}
        found.add(f"{record.values.get('family', '')}{record.values.get('given', '')}")
    return {text for text in found if len(text.encode()) >= SHORTEST and any(map(str.isalnum, text))}


def secrets(config: Any) -> Iterator[str]:
    """Return the texts of a system's configuration that let somebody in."""
    for name, value in config.items():
        if isinstance(value, dict):
            yield from secrets(value)
        elif (
            any(word in name for word in ("secret", "token", "code", "password", "key")) and len(str(value)) > SHORTEST
        ):
            yield str(value)


@pytest.mark.slow
@pytest.mark.parametrize("debug", [True, False])
def test_a_run_in_trouble_tells_of_no_customer_and_no_secret(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], *, debug: bool
) -> None:
    with world(tmp_path, None, systems=SYSTEMS, customers=CUSTOMERS, seed=SEED, faults=FAULTS) as here:
        here.change_yaml(
            "hub.yaml", lambda hub: [one["config"].update(read_timeout=2.0) for one in hub["systems"].values()]
        )
        capfd.readouterr()
        options = ["--project", str(tmp_path), "--json", *(["--debug"] if debug else [])]
        for _ in range(2):
            run(["sync", *options])
        said = "".join(capfd.readouterr())
        hidden = personal() | {
            text for one in here.running.describe()["systems"].values() for text in secrets(one["config"]["config"])
        }
    with sqlite3.connect(tmp_path / "crmhub.db") as store:
        for table in ("runs", "leases", "cursors"):
            said += json.dumps(store.execute(f"SELECT * FROM {table}").fetchall(), ensure_ascii=False)  # noqa: S608 (names above)
        said += json.dumps(store.execute("SELECT code, message, cure FROM outbox").fetchall(), ensure_ascii=False)
    assert "run_id" in said
    assert len(hidden) > 100
    assert sorted(text for text in hidden if text in said) == []
