"""Systems whose clocks are hours off, or jump: no edit is missed for it, and all comes to rest."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.system.test_kill_matrix import WRITES, Bench, bench
from tests.system.world import written

HOURS = 3 * 3600
QUICK = ("freshdesk",)
SIGNS_WITH_THE_TIME = "udesk"
"""Its signature holds for minutes: where its clock is hours off it refuses all, and only that can be named."""
each_system = pytest.mark.parametrize(
    "system", [pytest.param(one, marks=() if one in QUICK else pytest.mark.soak) for one in sorted(WRITES)]
)


def clock(on: Bench, seconds: float) -> None:
    """Let the system's clock be so much off; 0: right again."""
    rules = [{"system": on.system, "kind": "clock", "seconds": seconds}] if seconds else []
    on.here.control("/_faults", rules)


def is_heard_or_named(on: Bench, title: str) -> None:
    """The same while the clock is wrong."""
    if on.system != SIGNS_WITH_THE_TIME:
        is_heard(on, title)
        return
    on.retitle(0, on.system, title)
    (error,) = on.here.sync()["errors"]
    assert (error["system"], error["code"]) == (on.system, "sign")
    assert "clock" in error["cure"]


def is_heard(on: Bench, title: str) -> None:
    """Let a person in the system write a title: the partner gets it."""
    on.retitle(0, on.system, title)
    on.here.settle()
    assert (on.title(on.system, 0), on.title(on.partner, 0)) == (title, title)


@each_system
def test_a_clock_that_is_ahead_and_set_right_again_hides_no_edit(tmp_path: Path, system: str) -> None:
    with bench(tmp_path, system) as on:
        clock(on, HOURS)
        is_heard_or_named(on, "经理一")
        clock(on, 0)
        is_heard(on, "经理二")
        assert written(on.here.sync(full=True)) == 0


@each_system
def test_a_clock_that_is_behind_and_set_right_again_hides_no_edit(tmp_path: Path, system: str) -> None:
    with bench(tmp_path, system) as on:
        is_heard(on, "经理一")
        clock(on, -HOURS)
        is_heard_or_named(on, "经理二")
        clock(on, 0)
        is_heard(on, "经理三")
        assert written(on.here.sync(full=True)) == 0


@each_system
def test_a_clock_that_jumps_at_every_other_call_stops_nothing(tmp_path: Path, system: str) -> None:
    with bench(tmp_path, system) as on:
        for seconds in (HOURS, -HOURS):
            rule = {"system": system, "kind": "clock", "seconds": seconds, "rate": 0.5}
            on.here.control("/_faults", [rule])
            on.retitle(0, on.partner, f"经理{seconds}")
            on.here.settle()
            assert system == SIGNS_WITH_THE_TIME or on.title(system, 0) == f"经理{seconds}"
        clock(on, 0)
        on.here.late += timedelta(minutes=20)  # what was refused meanwhile is due again
        on.here.settle()
        assert written(on.here.sync(full=True)) == 0
        assert on.title(system, 0) == on.title(on.partner, 0) == f"经理{-HOURS}"
