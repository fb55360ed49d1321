"""Notes what became of each clause on each connector; `make contract` keeps the notes for docs/connectors.md."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest

KEPT = Path(__file__).parents[3] / "docs/connectors.json"
WRITE = "CRMHUB_CONTRACT_WRITE"
_CASES: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note the outcome of a case: that of the test, or of a bench that could not be set up."""
    report = yield
    params = getattr(getattr(item, "callspec", None), "params", {})
    if "rig" in params and (call.when == "call" or report.failed):
        clause = getattr(item, "originalname", item.name).removeprefix("test_")
        _CASES[clause][str(params["rig"])].append(str(report.outcome))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the notes where `make contract` asks for it: connector by connector, how many cases passed of how many."""
    del session
    if not os.environ.get(WRITE):
        return
    told = {
        clause: {rig: [outcomes.count("passed"), len(outcomes)] for rig, outcomes in sorted(by_rig.items())}
        for clause, by_rig in sorted(_CASES.items())
    }
    lines = [f" {json.dumps(clause)}: {json.dumps(by_rig)}" for clause, by_rig in told.items()]
    KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
