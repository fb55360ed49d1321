"""When a schedule came round last, and which streams are staler than it allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from flows.cron import came_round
from flows.freshness import freshness
from flows.hub_config import HubConfig

NOW = datetime(2026, 3, 4, 9, 7, tzinfo=UTC)  # a Wednesday, 17:07 in Shanghai


@pytest.mark.parametrize(
    ("line", "zone", "expected"),
    [
        ("*/15 * * * *", "UTC", ["2026-03-04 09:00", "2026-03-04 08:45"]),
        ("0 8-18 * * mon-fri", "Asia/Shanghai", ["2026-03-04 09:00", "2026-03-04 08:00"]),
        ("30 17 * * *", "Asia/Shanghai", ["2026-03-03 09:30", "2026-03-02 09:30"]),
        ("0 0 1 * *", "UTC", ["2026-03-01 00:00", "2026-02-01 00:00"]),
        ("0 0 29 2 *", "UTC", ["2024-02-29 00:00"]),
        ("0 12 * * 0", "UTC", ["2026-03-01 12:00", "2026-02-22 12:00"]),
        ("0 12 * * 7", "UTC", ["2026-03-01 12:00", "2026-02-22 12:00"]),
        ("0 6 1 * mon", "UTC", ["2026-03-02 06:00", "2026-03-01 06:00"]),
    ],
)
def test_a_schedule_came_round_when_crontab_says(line: str, zone: str, expected: list[str]) -> None:
    found = came_round(line, zone, NOW, 2)
    assert [f"{at:%Y-%m-%d %H:%M}" for at in found] == expected


def test_clocks_put_forward_and_back_leave_the_times_in_order() -> None:
    after = datetime(2026, 10, 26, tzinfo=UTC)
    found = came_round("30 2 * * *", "Europe/Berlin", after, 400)
    assert found == sorted(found, reverse=True)
    steps = {one - other for one, other in pairwise(found)}
    assert steps == {timedelta(hours=hours) for hours in (23, 24, 25)}


def hub(**pull: Any) -> HubConfig:
    block = {"connector": "zoho_crm", "department": "sales", "streams": ["Contacts"], "pull": pull}
    return HubConfig.model_validate({"systems": {"zoho": block}})


@pytest.mark.parametrize(
    ("minutes", "stale"), [(1, False), (20, False), (23, True), (500, True)], ids=["just", "one missed", "two", "long"]
)
def test_a_stream_is_stale_when_its_schedule_came_round_twice_since(minutes: int, stale: bool) -> None:
    read = {("zoho", "Contacts"): NOW - timedelta(minutes=minutes)}
    [found] = freshness(hub(schedule="*/15 * * * *", timezone="UTC"), read, NOW)
    assert found.stale is stale


def test_a_night_without_schedules_makes_nothing_stale() -> None:
    evening = {("zoho", "Contacts"): datetime(2026, 3, 3, 18, 1, tzinfo=UTC)}

    def at(hour: int, minute: int) -> bool | None:
        now = datetime(2026, 3, 4, hour, minute, tzinfo=UTC)
        return freshness(hub(schedule="*/30 8-18 * * *", timezone="UTC"), evening, now)[0].stale

    assert at(7, 59) is False, "18:30 alone has come round since"
    assert at(8, 0) is True


def test_what_was_never_read_or_has_no_schedule_is_not_called_stale() -> None:
    [new] = freshness(hub(schedule="* * * * *"), {}, NOW)
    [by_hand] = freshness(hub(), {("zoho", "Contacts"): NOW - timedelta(days=9)}, NOW)
    assert (new.stale, new.read_at) == (False, None)
    assert by_hand.stale is None
