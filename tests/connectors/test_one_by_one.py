"""What is concluded from the answers of a system that takes one record a call, with a desk of our own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import DELETED_AT, Lookup, Record, WriteRequest, WriteResult
from connectors.errors import OutcomeUnknown, SkipRecord, StopSystem, TryAgain
from connectors.one_by_one import TAKEN, OneByOne

FACTS: dict[str, Any] = {"system": "fake", "cure": "Look."}
STREAM = "people"


@dataclass
class FakeDesk:
    """Records in memory; *taken* are values that it refuses, *lost* and *torn* say what becomes of the answers."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    lost: bool = False
    torn: Exception | None = None
    streams: Sequence[str] = (STREAM,)
    writes: list[dict[str, Any]] = field(default_factory=list)

    def fetch(self, stream: str, record_id: str) -> Record:
        del stream
        if self.torn is not None and self.writes:
            raise self.torn
        return dict(self.records.get(record_id, {"id": record_id, DELETED_AT: "now"}))

    def create(self, stream: str, fields: Mapping[str, Any], binding_id: str) -> str | None:
        del stream
        self._refuse(fields)
        record_id = str(len(self.records) + 1)
        self.records[record_id] = {"id": record_id, **fields, "binding": binding_id}
        if self.lost:
            raise OutcomeUnknown("no answer", code="no-answer", **FACTS)
        return record_id

    def update(self, record: Record, stream: str, fields: Mapping[str, Any]) -> None:
        del stream
        self._refuse(fields)
        self.records[str(record["id"])].update(fields)
        if self.lost:
            raise OutcomeUnknown("no answer", code="no-answer", **FACTS)

    def unique(self, stream: str) -> Sequence[frozenset[str]]:
        del stream
        return (frozenset({"mail"}), frozenset({"phone"}))

    def same(self, name: str, held: Any, wanted: Any) -> bool:
        del name
        return bool(held == wanted)

    def binding_of(self, stream: str, record: Record) -> str:
        del stream
        return str(record.get("binding", ""))

    def candidates(self, lookup: Lookup, by: Any) -> Iterator[Record]:
        if self.torn is not None and self.writes:
            raise self.torn
        key = {"mail": "mail", "phone": "phone"}.get(by)
        for one in self.records.values():
            if key is None or (lookup.fields.get(key) and one.get(key) == lookup.fields[key]):
                yield dict(one)

    def _refuse(self, fields: Mapping[str, Any]) -> None:
        self.writes.append(dict(fields))
        if self.taken & {str(value) for value in fields.values()}:
            raise SkipRecord("taken", code=TAKEN, **FACTS)


def write(desk: FakeDesk, request: WriteRequest) -> WriteResult:
    (result,) = OneByOne(desk).write([request])
    return result


def update(fields: dict[str, Any], expected: dict[str, Any]) -> WriteRequest:
    return WriteRequest("w", STREAM, "update", fields, "1", expected)


def person(**values: Any) -> dict[str, dict[str, Any]]:
    return {"1": {"id": "1", **values}}


@pytest.mark.parametrize("held", [None, {}, {"tier": None}, {"tier": "", "other": "x"}])
def test_an_empty_object_is_what_the_hub_saw_whatever_the_way_it_is_empty(held: Any) -> None:
    desk = FakeDesk(person(cf=held))
    result = write(desk, update({"cf": {"tier": "vip"}}, {"cf": {"tier": None}}))
    assert (result.outcome, len(desk.writes)) == ("confirmed", 1)
    assert write(desk, update({"cf": {"tier": "vip"}}, {"cf": {"tier": None}})).outcome == "confirmed"
    assert len(desk.writes) == 1


VALUES = st.sampled_from([None, "", "a", "b", "held"])


@given(mail=VALUES, phone=VALUES, name=VALUES, taken=st.frozensets(st.sampled_from(["a", "b"])))
def test_what_is_not_refused_is_written_and_what_is_refused_is_named(
    mail: str | None, phone: str | None, name: str | None, taken: frozenset[str]
) -> None:
    desk = FakeDesk(person(mail="held", phone="held", name="held"), taken)
    wanted = {"mail": mail, "phone": phone, **({"name": name} if name not in taken else {})}
    result = write(desk, update(wanted, dict.fromkeys(wanted, "held")))
    refused = {one for one in ("mail", "phone") if wanted[one] in taken}
    assert set(result.refused) == refused
    assert result.outcome == ("rejected" if refused else "confirmed")
    after = desk.records["1"]
    assert all(after[one] == ("held" if one in refused else wanted[one]) or not wanted[one] for one in wanted)


def test_a_lost_answer_to_an_update_is_read_back_and_to_a_create_looked_up() -> None:
    desk = FakeDesk(person(name="x"), lost=True)
    assert write(desk, update({"name": "y"}, {"name": "x"})).outcome == "confirmed"
    made = write(desk, WriteRequest("c", STREAM, "create", {"name": "n"}, binding_id="01J"))
    assert (made.outcome, made.record_id, len(desk.records)) == ("confirmed", "2", 2)


@pytest.mark.parametrize("torn", [TryAgain("down", code="x", **FACTS), OutcomeUnknown("gone", code="x", **FACTS)])
def test_what_was_written_but_cannot_be_read_back_is_unknown_and_never_done(torn: Exception) -> None:
    desk = FakeDesk(person(name="x"), torn=torn)
    assert write(desk, update({"name": "y"}, {"name": "x"})).outcome == "unknown"
    assert write(desk, WriteRequest("c", STREAM, "create", {"name": "n"}, binding_id="01J")).outcome == "unknown"


@pytest.mark.parametrize("torn", [TryAgain("down", code="x", **FACTS), SkipRecord("gone", code="x", **FACTS)])
def test_a_create_without_an_answer_that_cannot_be_looked_up_is_unknown(torn: Exception) -> None:
    desk = FakeDesk(lost=True, torn=torn)
    assert write(desk, WriteRequest("c", STREAM, "create", {"name": "n"}, binding_id="01J")).outcome == "unknown"


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("kind", ["update", "create"])
def test_a_stop_after_a_write_was_sent_leaves_that_one_unknown_and_the_rest_without_a_result(
    kind: str, lost: bool
) -> None:
    desk = FakeDesk(person(name="x"), torn=StopSystem("stop", code="x", **FACTS), lost=lost)
    create = WriteRequest("w", STREAM, "create", {"name": "n"}, binding_id="01J")
    first = create if kind == "create" else update({"name": "y"}, {"name": "x"})
    results = OneByOne(desk).write([first, update({"name": "z"}, {"name": "x"})])
    assert next(results).outcome == "unknown"
    with pytest.raises(StopSystem):
        next(results)
    assert len(desk.writes) == 1


def test_a_write_without_id_or_binding_id_is_a_mistake_and_is_not_sent() -> None:
    desk = FakeDesk(person())
    assert write(desk, WriteRequest("w", STREAM, "update", {"name": "y"})).code == "no-id"
    assert write(desk, WriteRequest("w", STREAM, "create", {"name": "y"})).code == "no-binding-id"
    assert desk.writes == []


class ShowingDesk(FakeDesk):
    """Shows the record in its answer, *lying* as if it had stored it; counts what is read."""

    lying = False
    reads = 0

    def fetch(self, stream: str, record_id: str) -> Record:
        self.reads += 1
        return super().fetch(stream, record_id)

    def create(self, stream: str, fields: Mapping[str, Any], binding_id: str) -> Any:
        if self.lying:
            return {"id": "404", **fields}
        return dict(self.records[str(super().create(stream, fields, binding_id))])

    def update(self, record: Record, stream: str, fields: Mapping[str, Any]) -> Any:
        if self.lying:
            return {**record, **fields}
        super().update(record, stream, fields)
        return dict(self.records[str(record["id"])])


def test_an_answer_that_lies_is_found_by_reading_the_first_record() -> None:
    desk = ShowingDesk(person(title="old"))
    desk.lying = True
    result = write(desk, update({"title": "new"}, {"title": "old"}))
    assert (result.outcome, result.code, result.refused) == ("rejected", "not-stored", {"title": ["new"]})
    made = write(desk, WriteRequest("w", STREAM, "create", {"title": "x"}, binding_id="B"))
    assert (made.outcome, made.record_id) == ("unknown", None)


def test_answers_are_believed_once_the_first_was_true() -> None:
    desk = ShowingDesk({str(n): {"id": str(n), "title": "old"} for n in range(10)})
    requests = [WriteRequest(str(n), STREAM, "update", {"title": "new"}, str(n), {"title": "old"}) for n in range(10)]
    assert {one.outcome for one in OneByOne(desk).write(requests)} == {"confirmed"}
    assert desk.reads == 10 + 1
