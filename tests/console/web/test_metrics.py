"""The text form of counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.web.metrics import metrics_text
from golden_record.store.counts import Counts
from tests.console.web.served import serving
from tests.system.customers import SYSTEMS, population, values_of
from tests.system.world import world

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def counts(**others: object) -> Counts:
    nothing: dict[str, object] = {
        "events": {},
        "oldest_event": None,
        "writes": {},
        "runs": {},
        "last_runs": {},
        "fresh": {},
        "profiles": 0,
        "open_reviews": 0,
        "oldest_review": None,
    }
    return Counts(**{**nothing, **others})  # type: ignore[arg-type]


def test_a_label_cannot_break_out_of_its_quotes() -> None:
    text = metrics_text(counts(fresh={("s", 'a"b\\c\nd'): NOW}), NOW, {})
    assert 'stream="a\\"b\\\\c\\nd"' in text


def test_ages_are_seconds_and_never_negative() -> None:
    late = metrics_text(counts(oldest_event=NOW - timedelta(minutes=2)), NOW, {})
    early = metrics_text(counts(oldest_event=NOW + timedelta(minutes=2)), NOW, {})
    assert "crmhub_inbox_oldest_seconds 120\n" in late
    assert "crmhub_inbox_oldest_seconds 0\n" in early


def test_large_counts_keep_their_digits() -> None:
    assert "crmhub_profiles 123456789\n" in metrics_text(counts(profiles=123_456_789), NOW, {})


def test_every_family_says_its_type_once() -> None:
    text = metrics_text(counts(), NOW, {("zoho", 202): 3})
    kinds = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(kinds) == len(set(kinds))
    assert 'crmhub_webhook_posts_total{system="zoho",status="202"} 3\n' in text


def test_what_tells_how_the_hub_stands_holds_no_customer(tmp_path: Path) -> None:
    with world(tmp_path, population(12, 2), systems=tuple(SYSTEMS)) as here:
        here.control("/_faults", [{"system": "zendesk", "kind": "fail_rows", "count": 2}])
        here.sync()
        values = values_of(here, at_least=12)
        with serving(tmp_path, work=False) as hub:
            for path in ("/metrics", "/api/status", "/api/runs", f"/api/runs/{hub.runs('sync')[0]['run_id']}"):
                answer = hub.get(path)
                assert answer.status_code == 200
                assert [one for one in values if one in answer.text] == [], path
