"""Run the laws: a few stories in `make test`; in `make soak` as many as make 20,000 steps (CRMHUB_SOAK_STEPS)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.system.laws.week import Week

STORY = 100
"""Steps of a long story."""
STORIES = 12
"""Stories that one process tells: what it took to make its hub and sandboxes is then paid."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_laws_hold_in_a_few_stories() -> None:
    short = settings(
        max_examples=5,
        stateful_step_count=25,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    run_state_machine_as_test(Week, settings=short)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_the_laws_hold_in_twenty_thousand_steps() -> None:
    wanted = int(os.environ.get("CRMHUB_SOAK_STEPS", "20000"))
    seed = int(os.environ.get("CRMHUB_SOAK_SEED", "1"))
    counts: Counter[str] = Counter()
    violations: list[str] = []
    while counts["steps"] < wanted and not violations:
        tellers = [_teller(seed + place) for place in range(os.cpu_count() or 1)]
        seed += len(tellers)
        for teller in tellers:
            out, _ = teller.communicate()
            told = json.loads(out.strip().splitlines()[-1])
            violations += [told["violation"]] if told["violation"] else []
            counts.update({name: count for name, count in told.items() if name != "violation"})
    sys.stdout.write(f"\n{json.dumps(counts)}\n" + "\n\n".join(violations))  # pytest would cut the stories short
    assert not violations


def _teller(seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.system.laws.tell"]
    options = ["--seed", str(seed), "--stories", str(STORIES), "--steps", str(STORY)]
    return subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
