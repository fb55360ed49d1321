"""From hub.yaml to schedules; and every cron line that the hub takes, Prefect takes as well."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prefect.client.schemas.schedules import CronSchedule

from flows.cron import FIELDS, cron_mistake
from flows.hub_config import HubConfig
from flows.schedules import Schedule, schedules_of


def hub(**systems: Any) -> HubConfig:
    blocks = {
        name: {"connector": "zoho_crm", "department": "sales", "streams": ["Contacts"], "pull": pull}
        for name, pull in systems.items()
    }
    return HubConfig.model_validate({"systems": blocks})


def test_systems_with_one_cron_line_and_zone_share_a_schedule() -> None:
    quarter = "*/15 * * * *"
    found = schedules_of(
        hub(
            b={"schedule": quarter},
            a={"schedule": "*/15  * * * * "},
            c={"schedule": quarter, "timezone": "UTC"},
            on_demand={},
        )
    )
    assert found == [
        Schedule("a+b", quarter, "Asia/Shanghai", ("a", "b")),
        Schedule("c", quarter, "UTC", ("c",)),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "* * * * *",
        "*/15 8-18 * * mon-fri",
        "0 3 1 jan,jul *",
        "5,35 * * * *",
        "0 0 29 2 *",
        "0 9-17/2 * * 1-5",
        "0 0 * * 7",
    ],
)
def test_usual_lines_are_taken(line: str) -> None:
    assert cron_mistake(line) is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("@daily", "5 fields"),
        ("* * * *", "5 fields"),
        ("60 * * * *", "minute"),
        ("* 24 * * *", "hour"),
        ("0 0 0 * *", "day of the month"),
        ("0 0 * 13 *", "month"),
        ("0 0 * * 8", "day of the week"),
        ("*/0 * * * *", "minute"),
        ("9-5 * * * *", "minute"),
        ("5/10 * * * *", "minute"),
        ("0 0 L * *", "day of the month"),
        ("0 0 * * mon#2", "day of the week"),
        ("0 0 30 2 *", "never"),
        ("٣ * * * *", "minute"),
        ("", "5 fields"),
    ],
)
def test_what_would_never_or_not_surely_come_round_is_named(line: str, said: str) -> None:
    assert said in (cron_mistake(line) or "")


def piece(low: int, high: int, names: tuple[str, ...]) -> st.SearchStrategy[str]:
    numbers = st.integers(low - 1, high + 1).map(str)
    one = st.one_of(numbers, st.sampled_from(names)) if names else numbers
    span = st.tuples(one, one).map("-".join)
    body = st.one_of(st.just("*"), one, span)
    step = st.integers(0, high + 1).map(lambda n: f"/{n}")
    return st.one_of(body, st.tuples(body, step).map("".join))


LINES = st.tuples(
    *(st.lists(piece(low, high, names), min_size=1, max_size=3).map(",".join) for _name, low, high, names in FIELDS)
).map(" ".join)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # the machine may be busy
@given(LINES)
def test_every_line_that_is_taken_is_one_for_prefect_too(line: str) -> None:
    if cron_mistake(line) is None:
        assert CronSchedule(cron=line).cron == line


@pytest.mark.parametrize("pull", [{"schedule": "every day"}, {"timezone": "Mars/Olympus"}])
def test_hub_yaml_with_a_wrong_schedule_is_refused(pull: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"cron line|IANA|fields|zone"):
        hub(a=pull)
