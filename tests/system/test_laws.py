"""Run the laws: a few stories in `make test`, as many as wanted in `make soak` (CRMHUB_SOAK_EXAMPLES)."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.system.laws import Laws

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_laws_hold_in_a_few_stories() -> None:
    short = settings(
        max_examples=4,
        stateful_step_count=12,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=SLOW,
        phases=[Phase.generate],
    )
    run_state_machine_as_test(Laws, settings=short)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_the_laws_hold_in_many_stories() -> None:
    long = settings(
        max_examples=int(os.environ.get("CRMHUB_SOAK_EXAMPLES", "200")),
        stateful_step_count=int(os.environ.get("CRMHUB_SOAK_STEPS", "25")),
        deadline=None,
        print_blob=True,
        suppress_health_check=SLOW,
        phases=[Phase.reuse, Phase.generate],
    )
    run_state_machine_as_test(Laws, settings=long)
