"""What follows from a deletion, by a customer's records alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from golden_record.bodies import Body
from golden_record.departed import departures, is_archived
from golden_record.landing import orphaned
from golden_record.store.normalised_records import NormalisedRow

THEN = datetime(2026, 5, 1, tzinfo=UTC)


def row(system: str, name: str, *, stream: str = "Contacts") -> NormalisedRow:
    ref = f"{system}{name}".encode().ljust(17, b"\0")
    return NormalisedRow(ref, system, stream, name, 0, "person", Body(), "live", profile_id="P")


def test_the_word_is_that_of_the_moment_of_the_deletion() -> None:
    gone = orphaned(row("zoho", "1"), "deleted", THEN, "archive")
    assert (gone.state, gone.on_delete, gone.orphaned_at) == ("orphan", "archive", THEN)
    again = orphaned(gone, "deleted", THEN + timedelta(days=9), "hold")
    assert (again.on_delete, again.orphaned_at) == ("archive", THEN)
    assert orphaned(row("zoho", "2"), "deleted", THEN, "unlink").on_delete is None


def test_a_record_that_turns_out_to_be_merged_away_was_not_deleted() -> None:
    gone = orphaned(row("zoho", "1"), "deleted", THEN, "archive")
    assert orphaned(gone, "merged", THEN).on_delete is None
    assert orphaned(row("zoho", "1"), "merged", THEN, "archive").on_delete is None


def test_one_of_two_duplicates_goes_without_a_word() -> None:
    gone = orphaned(row("zoho", "1"), "deleted", THEN, "archive")
    assert departures([gone, row("zoho", "2")]) == []
    assert departures([gone, row("zoho", "2", stream="Leads")]) == []
    [found] = departures([gone, row("fxiaoke", "2")])
    assert (found.system, found.stream, found.word, found.since) == ("zoho", "Contacts", "archive", THEN)


def test_of_several_deletions_in_a_stream_the_newest_word_counts_in_any_order() -> None:
    first = orphaned(row("zoho", "1"), "deleted", THEN, "archive")
    last = orphaned(row("zoho", "2"), "deleted", THEN + timedelta(days=1), "hold")
    for members in ([first, last], [last, first]):
        [found] = departures(members)
        assert (found.word, len(found.gone)) == ("hold", 2)
        assert not is_archived(members)


def test_each_system_has_a_word_of_its_own() -> None:
    held = orphaned(row("zoho", "1"), "deleted", THEN, "hold")
    over = orphaned(row("fxiaoke", "1"), "deleted", THEN, "archive")
    assert is_archived([held, over])
    assert not is_archived([held, replace(over, on_delete=None)])
