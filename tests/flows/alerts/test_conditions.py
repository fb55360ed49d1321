"""From how the hub stands to what people are told about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.alerts.conditions import conditions
from flows.alerts.settings import When
from flows.alerts.texts import TEXTS, line_of
from flows.contracts import Noticed
from flows.freshness import Freshness
from flows.quota import Quota
from flows.standing import Standing
from golden_record.store.counts import Counts
from golden_record.store.runs import Run
from mapping.drift import Drift

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def counts(**others: Any) -> Counts:
    nothing: dict[str, Any] = {"events": {}, "oldest_event": None, "writes": {}, "runs": {}, "last_runs": {}}
    nothing |= {"fresh": {}, "profiles": 0, "open_reviews": 0, "oldest_review": None}
    return Counts(**{**nothing, **others})


def standing(**others: Any) -> Standing:
    nothing: dict[str, Any] = {"counts": counts(), "streams": (), "quotas": (), "recent": (), "drift": ()}
    return Standing(NOW, **{**nothing, "silent": {}, "paused": {}, "not_answering": {}, **others})


def run(number: int, read: int = 100, errors: list[dict[str, Any]] | None = None, **others: Any) -> Run:
    system = {"streams": {"Contacts": {"read": read, "changed": 0, "invalid": 0}}, "writes": {"create": 0}}
    summary = {"systems": {"zoho": system}, "errors": errors or []}
    at = NOW - timedelta(minutes=number)
    facts = {"kind": "scheduled", "status": "ok", "summary": summary} | others
    return Run(f"R{number}", facts["kind"], facts["status"], at, at, facts["summary"])


def error(record: str | None, code: str = "unauthorized") -> dict[str, Any]:
    return {"system": "zoho", "stream": None, "id": record, "code": code, "message": "text", "cure": ""}


def names(found: Standing, **when: Any) -> list[str]:
    return [one.name for one in conditions(found, When(**when))]


def test_a_hub_at_rest_is_told_to_nobody() -> None:
    assert names(standing(recent=(run(1), run(2)))) == []


def test_a_system_fails_as_long_as_its_newest_run_could_not_work_on_it() -> None:
    broken, mended = run(1, errors=[error(None)]), run(2)
    assert names(standing(recent=(broken, mended))) == ["failure:zoho"]
    assert names(standing(recent=(mended, broken))) == []
    assert names(standing(recent=(broken,)), failure=False) == []


def test_a_run_that_died_is_a_failure_of_the_hub() -> None:
    died = run(1, status="failed", summary={})
    assert names(standing(recent=(died, run(2)))) == ["failure:hub"]
    assert names(standing(recent=(run(0), died))) == []


def test_records_that_failed_count_by_their_share() -> None:
    few, many = run(1, errors=[error("1")] * 4), run(1, errors=[error("1")] * 5)
    assert names(standing(recent=(few,))) == []
    assert names(standing(recent=(many,))) == ["partial:zoho"]
    assert names(standing(recent=(few,)), partial="4%") == ["partial:zoho"]


def test_staleness_by_the_schedule_or_by_a_time_of_ones_own() -> None:
    old = Freshness("zoho", "Contacts", NOW - timedelta(hours=3), stale=True)
    by_hand = Freshness("files", "customers", NOW - timedelta(hours=3), stale=None)
    never = Freshness("shop", "users", None, stale=False)
    found = standing(streams=(old, by_hand, never))
    assert names(found) == ["stale:zoho/Contacts"]
    assert names(found, stale="2h") == ["stale:zoho/Contacts", "stale:files/customers"]
    assert names(found, stale="4h") == []


def test_events_that_wait_count_by_number_and_by_age() -> None:
    many = standing(counts=counts(events={("zoho", "waiting"): 1000}, oldest_event=NOW))
    late = standing(counts=counts(events={("zoho", "waiting"): 1}, oldest_event=NOW - timedelta(minutes=16)))
    assert names(many) == names(late) == ["events:inbox"]
    assert names(late, event_age="20m") == []


def test_a_flood_or_a_drought_of_rows_is_unusual() -> None:
    usual = [run(number, read=30) for number in range(2, 12)]
    assert names(standing(recent=(run(1, read=900), *usual))) == ["rows:zoho/Contacts"]
    assert names(standing(recent=(run(1, read=0), *usual))) == ["rows:zoho/Contacts"]
    assert names(standing(recent=(run(1, read=300), *usual))) == []
    assert names(standing(recent=(run(1, read=900), *usual[:3]))) == [], "too few to compare with"
    quiet = [run(number, read=0) for number in range(2, 12)]
    assert names(standing(recent=(run(1, read=0), *quiet))) == []


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_every_kind_has_words_in_every_language(language: str) -> None:
    found = standing(
        streams=(Freshness("zoho", "Contacts", NOW - timedelta(hours=9), stale=True),),
        counts=counts(
            events={("zoho", "waiting"): 2000, ("zoho", "failed"): 1},
            oldest_event=NOW - timedelta(hours=1),
            writes={("fxiaoke", "planned"): 6000, ("fxiaoke", "rejected"): 2},
            open_reviews=3,
            oldest_review=NOW - timedelta(days=8),
        ),
        quotas=(Quota("zoho", "api", 50_000, 86_400, 1), Quota("zoho", "token", 10, 600, 0)),
        drift=(Noticed("zoho", "Contacts", Drift("Mobile", "disappeared", "is gone", ("phones",)), "freeze"),),
        recent=(run(1, read=900, errors=[error(None)] + [error("1")] * 90), *(run(n, read=30) for n in range(2, 9))),
        silent={"zoho": NOW},
        paused={"zoho": NOW},
    )
    every = conditions(found, When())
    assert {one.kind for one in every} | {"test"} == set(TEXTS[language])
    assert not any("{" in line_of(one, language) for one in every)
    assert TEXTS["en"].keys() == TEXTS["zh"].keys()
