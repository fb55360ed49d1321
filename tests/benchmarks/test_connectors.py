"""The yardsticks are right: a loop reads and writes what the hub does, and the hub makes no call too many."""

from __future__ import annotations

import argparse

import pytest

from benchmarks.bare_loops import LOOPS
from benchmarks.connectors import Bench
from benchmarks.many_contacts import contacts
from connectors.sandboxes.run import start_sandboxes

RECORDS, UPDATES = 450, 120
MOST = {"zoho_crm": 1.35, "zendesk": 1.25}
"""Of the least calls, for so few records: a page that repeats one second, a second look at the one job."""


@pytest.mark.parametrize("system", LOOPS)
def test_hub_and_loop_do_the_same_and_the_hub_makes_no_call_too_many(system: str) -> None:
    population = list(contacts(system, RECORDS))
    with start_sandboxes([system], 0, 1, population=population) as running:
        bench = Bench(system, running.describe(), argparse.Namespace(records=RECORDS, updates=UPDATES, rounds=1))
        bench.prepare()
        loop = bench.loop()
        bench.calls()
        bare = bench.pull_bare()
        pages = bench.calls()
        assert bench.pull() >= RECORDS <= bare
        most = MOST.get(system, 1.05)
        assert bench.calls() <= most * (pages + loop.overhead)
        if loop.field:
            assert bench.push_bare("by the loop") == bench.push("by the hub") == UPDATES
            pushed = bench.calls() - (loop.calls - pages)
            assert pushed <= most * loop.least_to_push(UPDATES) + 2
