"""A subscription that was lost shows only as silence, and pulls give it away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flows.silence import silent_systems
from golden_record.store.runs import Run

POSTED = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


def pull(minutes: float, changed: int, *, kind: str = "scheduled", system: str = "zoho") -> Run:
    at = POSTED + timedelta(minutes=minutes)
    summary = {"systems": {system: {"streams": {"Contacts": {"read": 9, "changed": changed, "invalid": 0}}}}}
    return Run(f"R{minutes}", kind, "ok", at, at, summary)


def test_two_pulls_that_find_what_no_post_named_mean_silence() -> None:
    assert silent_systems({"zoho": POSTED}, [pull(15, 2), pull(30, 1)]) == {"zoho": POSTED}


def test_one_pull_may_have_been_quicker_than_a_post() -> None:
    assert silent_systems({"zoho": POSTED}, [pull(15, 1), pull(30, 0)]) == {}


def test_pulls_just_after_a_post_and_webhook_runs_say_nothing() -> None:
    assert silent_systems({"zoho": POSTED}, [pull(0.5, 1), pull(0.9, 1), pull(9, 1, kind="webhook"), pull(20, 1)]) == {}


def test_a_system_that_never_posted_is_not_missed() -> None:
    assert silent_systems({}, [pull(15, 2), pull(30, 1)]) == {}
    assert silent_systems({"zoho": POSTED}, [pull(15, 2, system="files"), pull(30, 1, system="files")]) == {}
