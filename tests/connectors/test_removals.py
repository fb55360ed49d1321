"""Deleting and merging one record: looked at before and after, whatever the answer says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.contract import DELETED_AT, Record, Removal, WriteRequest
from connectors.errors import ConnectorError, OutcomeUnknown, SkipRecord, StopSystem, TryAgain
from connectors.removals import remove

ABLE = {"people": Removal(delete="bin", merge=True)}
FACTS: dict[str, Any] = {"system": "fake", "code": "c", "cure": "Do it."}


@dataclass
class Fake:
    """A system with a few records; *answers*: what the call raises, *does* it or not; *blind*: reads fail after it."""

    records: dict[str, dict[str, Any]] = field(default_factory=lambda: {"1": {"name": "Wang"}, "2": {"name": "Wang"}})
    raises: ConnectorError | None = None
    does: bool = True
    blind: bool = False
    calls: list[str] = field(default_factory=list)

    def fetch(self, stream: str, record_id: str) -> Record:
        assert stream == "people"
        if self.blind and self.calls:
            raise TryAgain("no answer", **FACTS)
        held = self.records.get(record_id)
        return {"id": record_id, **held} if held is not None else {"id": record_id, DELETED_AT: "2026-05-01T00:00:00Z"}

    @staticmethod
    def shows(record: Record, expected: Mapping[str, Any]) -> bool:
        return all(record.get(name) == value for name, value in expected.items())

    def remove(self, request: WriteRequest) -> None:
        self.calls.append(request.kind)
        if self.does:
            self.records.pop(str(request.record_id))
        if self.raises is not None:
            raise self.raises


def asked(kind: Any = "delete", **more: Any) -> WriteRequest:
    facts = {"record_id": "1", "expected": {"name": "Wang"}, **({"into": "2"} if kind == "merge" else {}), **more}
    return WriteRequest("w", "people", kind, {}, **facts)


@pytest.mark.parametrize("kind", ["delete", "merge"])
def test_a_record_is_confirmed_gone_only_when_it_is_seen_to_be(kind: str) -> None:
    assert remove(Fake(), ABLE, asked(kind)).outcome == "confirmed"
    assert remove(Fake(does=False), ABLE, asked(kind)).outcome == "unknown"
    assert remove(Fake(blind=True), ABLE, asked(kind)).outcome == "unknown"


def test_a_lost_answer_is_settled_by_looking() -> None:
    lost = OutcomeUnknown("no answer", **FACTS)
    assert remove(Fake(raises=lost), ABLE, asked()).outcome == "confirmed"
    assert remove(Fake(raises=lost, does=False), ABLE, asked()).outcome == "unknown"


def test_a_record_that_shows_anything_else_or_is_gone_already_is_left_alone() -> None:
    edited = Fake({"1": {"name": "Li"}})
    gone = Fake({})
    for one in (edited, gone):
        result = remove(one, ABLE, asked())
        assert (result.outcome, one.calls) == ("stale", [])
    assert remove(gone, ABLE, asked()).current == {"id": "1", DELETED_AT: "2026-05-01T00:00:00Z"}


def test_nothing_is_merged_into_a_record_that_is_gone_or_into_itself() -> None:
    alone = Fake({"1": {"name": "Wang"}})
    assert (remove(alone, ABLE, asked("merge")).code, alone.calls) == ("winner-gone", [])
    assert (remove(Fake(), ABLE, asked("merge", into="1")).code) == "no-id"


def test_a_refusal_is_named_and_trouble_that_stops_the_system_stops_it() -> None:
    refused = remove(Fake(raises=SkipRecord("open tickets", **FACTS), does=False), ABLE, asked())
    assert (refused.outcome, refused.message) == ("rejected", "open tickets")
    assert remove(Fake(raises=TryAgain("busy", **FACTS), does=False), ABLE, asked()).outcome == "try_again"
    with pytest.raises(StopSystem):
        remove(Fake(raises=StopSystem("no scope", **FACTS), does=False), ABLE, asked())


@pytest.mark.parametrize(("kind", "code"), [("delete", "no-delete"), ("merge", "no-merge")])
def test_what_a_system_cannot_do_is_refused_by_name_before_anything_is_read(kind: str, code: str) -> None:
    fake = Fake({})
    for able in ({}, {"people": Removal()}):
        result = remove(fake, able, asked(kind))
        assert (result.outcome, result.code, fake.calls) == ("rejected", code, [])
