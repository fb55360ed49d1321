"""Notes what became of each clause on each connector; `make contract` keeps the notes for docs/connectors.md."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator

import pytest

from tests.connectors.contract_suite.clauses import CLAUSES, EXCEPT
from tests.connectors.contract_suite.kept import keep

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
    """Keep the notes where `make contract` asks for it: connector by connector, how many cases passed of how many."""
    del session
    if not os.environ.get(WRITE):
        return
    told = {
        clause: {rig: [outcomes.count("passed"), len(outcomes)] for rig, outcomes in by_rig.items()}
        for clause, by_rig in _CASES.items()
    }
    ran = {name for by_name in told.values() for name in by_name}
    due = {name: {clause for clause in CLAUSES if (name, clause) not in EXCEPT} for name in ran}
    keep(told, [name for name in ran if all(name in told.get(clause, {}) for clause in due[name])])
