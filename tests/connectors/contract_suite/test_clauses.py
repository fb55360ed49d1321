"""The clauses, each for every connector to which it applies (clauses.py); docs/connectors.md shows the table."""

from __future__ import annotations

import gc
import logging
import os
import tracemalloc
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage, Status, Type

from connectors import http
from connectors.cells import key_text
from connectors.contract import Lookup, WriteRequest
from connectors.errors import ConnectorError
from connectors.fxiaoke.client import Client as FxiaokeClient
from connectors.http import HttpClient, Patience
from connectors.source import HubSource
from connectors.web_forms.client import Client as WebFormsClient
from docs import write_connectors
from tests.connectors.airbyte.conftest import asked, given
from tests.connectors.contract_suite.clauses import CLAUSES, EXCEPT
from tests.connectors.contract_suite.kept import changed, code_of, kept
from tests.connectors.contract_suite.rigs import CUSTOMERS, MANY, RIGS, Rig

ONLY_CHANGED = "CRMHUB_CONTRACT_CHANGED"
"""Set by `make contract`: only connectors whose code has changed since the kept run."""
LOG = logging.getLogger("test")
SIZES = {"reads_nothing": 0, "keeps_its_memory": MANY}
"""Clause -> how many records its system holds, where that is what it is about."""
SMALL = 100
"""Bytes, of some two thousand that a record takes."""
ULID = "01ARZ3NDEKTSV4RRFFQ69G{:04d}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each clause on every connector that it applies to."""
    clause = metafunc.function.__name__.removeprefix("test_")
    if "rig" in metafunc.fixturenames:
        wanted = changed(RIGS) if os.environ.get(ONLY_CHANGED) else RIGS
        mine = [name for name in wanted if (name, clause) not in EXCEPT]
        metafunc.parametrize("rig", mine, indirect=True)


@pytest.fixture
def rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rig]:
    quick = Patience(attempts=4, first_pause=0.001, longest_pause=0.002)
    monkeypatch.setattr(http, "PATIENCE", quick)
    waited: list[float] = []
    for waits in (HttpClient, FxiaokeClient, WebFormsClient):  # the others hand defaults of their own on
        monkeypatch.setitem(waits.__init__.__kwdefaults__ or {}, "sleep", waited.append)
    size = SIZES.get(request.function.__name__.removeprefix("test_"), CUSTOMERS)
    with RIGS[request.param](request.param, tmp_path_factory.mktemp(request.param), size) as made:
        made.waited = waited
        yield made


class Pull:
    """The messages of one read."""

    def __init__(self, messages: Sequence[AirbyteMessage]) -> None:
        self.messages = list(messages)

    def records(self, rig: Rig) -> dict[str, Mapping[str, Any]]:
        key = rig.reader().primary_key
        found = (one.record.data for one in self.messages if one.record is not None)
        return {str(key_text(data[key])): data for data in found}

    @property
    def state(self) -> dict[str, dict[str, Any]]:
        found = {}
        for one in self.messages:
            if one.type == Type.STATE and one.state and one.state.stream and one.state.stream.stream_state:
                found[one.state.stream.stream_descriptor.name] = dict(vars(one.state.stream.stream_state))
        return found

    @property
    def complete(self) -> bool:
        said = [one.trace.stream_status.status.value for one in self.messages if one.trace and one.trace.stream_status]
        return said[-1:] == ["COMPLETE"]


def messages(rig: Rig, state: Mapping[str, Mapping[str, Any]] | None = None) -> Iterator[AirbyteMessage]:
    return iter(rig.source().read(LOG, rig.config, asked([rig.stream]), given(state or {})))


def pull(rig: Rig, state: Mapping[str, Mapping[str, Any]] | None = None) -> Pull:
    return Pull(list(messages(rig, state)))


def shows(data: Mapping[str, Any], text: str) -> bool:
    return text in str(data)


# -------------------------------------------------------------------------------------------------- reading


def test_describes_itself(rig: Rig) -> None:
    schema: Any = rig.source().spec(LOG).connectionSpecification
    assert schema["type"] == "object"
    assert rig.source().check(LOG, rig.config).status == Status.SUCCEEDED
    wrong = rig.source().check(LOG, {**rig.config, "colour": 1})
    assert wrong.status == Status.FAILED
    assert "colour" in str(wrong.message)
    streams = {one.name: one for one in rig.source().discover(LOG, rig.config).streams}
    assert streams[rig.stream].source_defined_primary_key == [[rig.reader().primary_key]]
    assert streams[rig.stream].json_schema.get("properties")


def test_reads_everything(rig: Rig) -> None:
    made = rig.edit(None, "Letzte 🐘")
    read = pull(rig)
    assert read.complete
    assert made in read.records(rig)
    if rig.running is not None:
        book = rig.running.sandboxes[rig.name].book
        assert {one.record_id for one in book.all(rig.stream)} <= set(read.records(rig))


def test_reads_nothing(rig: Rig) -> None:
    first = pull(rig)
    assert first.complete
    known = set(first.records(rig))  # an account's own staff may stand among its users
    second = pull(rig, first.state)
    assert second.complete
    assert set(second.records(rig)) <= known
    made = rig.edit(None, "Erste")
    third = pull(rig, second.state)
    assert third.complete
    assert made in third.records(rig)


def test_keeps_its_memory(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first and the last third of a read, the memory in use grows by less than a record's id and a little.

    Both are taken while it reads, behind whole pages and with none under way: behind the end, whatever it kept is gone.
    It is the second read: at the first, simulators in this process number what they show.
    """
    monkeypatch.setattr(HubSource, "reads_ahead", False)
    assert sum(message.record is not None for message in messages(rig)) >= MANY
    used: dict[int, int] = {}
    count, early, late = 0, MANY // 3, MANY - 100
    tracemalloc.start()
    try:
        for message in messages(rig):
            count += message.record is not None
            if count in {early, late} and count not in used:
                gc.collect()
                used[count] = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert count >= MANY
    grown = (used[late] - used[early]) / (late - early)
    assert grown < SMALL, f"{grown:.0f} bytes a record"


def test_resumes_after_a_cut(rig: Rig) -> None:
    whole = pull(rig)
    everything = set(whole.records(rig))
    behind_states = [at + 1 for at, one in enumerate(whole.messages) if one.type == Type.STATE]
    places = {*range(0, len(whole.messages), max(1, len(whole.messages) // 4)), *behind_states[:2], *behind_states[-2:]}
    for cut in sorted(places):
        kept = Pull(whole.messages[:cut])
        resumed = pull(rig, kept.state)
        assert resumed.complete
        assert {*kept.records(rig), *resumed.records(rig)} == everything, cut


def test_meets_a_later_change(rig: Rig) -> None:
    first = pull(rig)
    known = next(iter(first.records(rig)))
    rig.edit(known, "Geändert")
    fresh = rig.edit(None, "Neu")
    second = pull(rig, first.state).records(rig)
    assert fresh in second
    assert shows(second[known], "Geändert")


def test_meets_a_change_during_the_read(rig: Rig) -> None:
    known = next(iter(pull(rig).records(rig)))
    reading = messages(rig)
    taken = [next(reading), next(reading)]
    rig.edit(known, "Zwischendurch")
    first = Pull([*taken, *reading])
    second = pull(rig, first.state)
    landed = {**first.records(rig), **second.records(rig)}
    assert shows(landed[known], "Zwischendurch")


def test_fetches_by_id(rig: Rig) -> None:
    pulled = pull(rig).records(rig)
    known = list(pulled)[:3]
    reader = rig.reader()
    found = {str(key_text(one[reader.primary_key])): one for one in reader.fetch([*known, "999999999"])}
    assert {key: found.get(key) for key in known} == {key: pulled[key] for key in known}
    assert set(found) <= {*known, "999999999"}
    assert len(found.get("999999999", {})) <= 3


# --------------------------------------------------------------------------------------------------- trouble


@pytest.mark.parametrize("headers", [{"Retry-After": "7"}, {}])
def test_bears_too_many_calls(rig: Rig, headers: dict[str, str]) -> None:
    everything = set(pull(rig).records(rig))
    rig.fault("status", status=429, headers=headers, path=".")
    rig.waited.clear()
    read = pull(rig)
    assert read.complete
    assert set(read.records(rig)) == everything
    assert max(rig.waited) >= float(headers.get("Retry-After", 0))


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "html"}, {"kind": "cut"}])
def test_bears_trouble(rig: Rig, fault: dict[str, Any]) -> None:
    everything = set(pull(rig).records(rig))
    rig.fault(**fault)
    read = pull(rig)
    assert read.complete
    assert set(read.records(rig)) == everything


@pytest.mark.parametrize("status", [204, 304])
def test_bears_empty_answers(rig: Rig, status: int) -> None:
    everything = set(pull(rig).records(rig))
    for call in range(4):
        rig.fault("status", status=status, path=".", skip=call)
        read = pull(rig)
        rig.calm()
        again = pull(rig, read.state)
        assert again.complete
        assert {*read.records(rig), *again.records(rig)} == everything, call


def test_renews_its_sign_in(rig: Rig) -> None:
    everything = set(pull(rig).records(rig))
    reading = messages(rig)
    taken = [next(reading), next(reading)]
    rig.fault("expire_token")
    read = Pull([*taken, *reading])
    assert read.complete
    again = pull(rig)
    assert again.complete
    assert set(read.records(rig)) == set(again.records(rig)) == everything


def test_tells_no_secret(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    said = [repr(pull(rig).messages)]
    if rig.running is not None:
        faults: tuple[dict[str, Any], ...] = (
            {"kind": "status", "status": 401, "count": 3},
            {"kind": "html", "count": 9},
        )
        for fault in faults:
            rig.fault(**fault)
            said.append(repr(pull(rig).messages))
            said.append(str(rig.source().check(LOG, rig.config).message))
            rig.calm()
    said.append(repr(rig.source().settings(rig.config)))
    said += [one.getMessage() for one in caplog.records]
    assert [secret for secret in rig.secrets for one in said if secret in one] == []


# --------------------------------------------------------------------------------------------------- writing


def create(rig: Rig, number: int) -> WriteRequest:
    fields = {name: value.format(number) if isinstance(value, str) else value for name, value in rig.create.items()}
    return WriteRequest(f"w{number}", rig.stream, "create", fields, binding_id=ULID.format(number))


def test_creates_once(rig: Rig) -> None:
    before = len(pull(rig).records(rig))
    request = create(rig, 1)
    if rig.running is not None:
        rig.fault("stored_then_timeout", method="POST", path=CREATING[rig.name])
    try:
        results = list(rig.writer().write([request]))
    except ConnectorError:
        results = []
    rig.calm()
    if not results or results[0].outcome != "confirmed":
        lookup = Lookup("w1", rig.stream, ULID.format(1), request.fields)
        found = {one.by for one in rig.writer().find([lookup])}
        assert found <= {"binding_id"}
        if not found:
            assert [one.outcome for one in rig.writer().write([request])] == ["confirmed"]
    assert len(pull(rig).records(rig)) == before + 1


CREATING = {
    "zoho_crm": "upsert",
    "fxiaoke": "create$",
    "zendesk": "create_many",
    "freshdesk": "contacts",
    "zoho_desk": "contacts",
    "udesk": "customers",
    "bazaar": "batch",
}
"""Where each system takes new records."""


def test_bears_bad_rows(rig: Rig) -> None:
    before = set(pull(rig).records(rig))
    requests = [create(rig, number) for number in range(1, 9)]
    if rig.running is not None:
        rig.fault("fail_rows", rate=0.5, count=50)
    else:
        requests[2] = WriteRequest("w3", rig.stream, "create", {rig.edited: None}, binding_id=ULID.format(3))
    results = {one.write_id: one.outcome for one in rig.writer().write(requests)}
    assert set(results) == {one.write_id for one in requests}
    assert "confirmed" in results.values()
    assert set(results.values()) <= {"confirmed", "rejected", "try_again"}
    rig.calm()
    made = set(pull(rig).records(rig)) - before
    assert len(made) == list(results.values()).count("confirmed")


def test_overwrites_nothing(rig: Rig) -> None:
    (made,) = rig.writer().write([create(rig, 1)])
    assert made.outcome == "confirmed"
    assert made.record_id is not None
    (record,) = rig.reader().fetch([made.record_id])
    rig.edit(made.record_id, "Von Menschen")
    change = {rig.edited: "Vom Hub"}
    expected = {rig.edited: record.get(rig.edited)}
    request = WriteRequest("u1", rig.stream, "update", change, record_id=made.record_id, expected=expected)
    (result,) = rig.writer().write([request])
    assert result.outcome == "stale"
    assert shows(pull(rig).records(rig)[made.record_id], "Von Menschen")


def test_every_clause_has_a_test_and_every_exception_a_clause() -> None:
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert set(CLAUSES) <= tests
    assert {clause for _, clause in EXCEPT} <= set(CLAUSES)
    assert {name for name, _ in EXCEPT} <= set(RIGS)


def test_the_kept_run_is_of_what_the_suite_runs_now_and_all_of_it_held() -> None:
    cells, code = kept()
    ran = {(name, clause) for clause, by_name in cells.items() for name in by_name}
    assert ran == {(name, clause) for name in RIGS for clause in CLAUSES} - EXCEPT.keys(), "run: make contract"
    assert [one for one in ran if cells[one[1]][one[0]][0] != cells[one[1]][one[0]][1]] == []
    assert set(code) == set(RIGS)


def test_the_kept_run_is_of_the_code_that_the_connectors_have_now() -> None:
    assert changed(RIGS) == [], "their code has changed since the run that docs/connectors.md shows; run: make contract"


def test_a_connectors_code_is_what_python_runs_of_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    texts = {
        "one": '"""Says this."""\ndef f(x):\n    """Promises."""\n    return x  # why\n',
        "same": '"""Says that."""\n\n\ndef f(x):\n    # because\n    return (x)\n',
        "other": "def f(x):\n    return -x\n",
    }
    digests = {}
    for name, text in texts.items():
        (tmp_path / name / "connectors/shop").mkdir(parents=True)
        (tmp_path / name / "connectors/shop/source.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr("tests.connectors.contract_suite.kept.ROOT", tmp_path / name)
        code_of.cache_clear()
        digests[name] = code_of("shop")
    code_of.cache_clear()
    assert digests["one"] == digests["same"] != digests["other"]


def test_the_page_shows_the_clauses_as_they_are() -> None:
    assert write_connectors.PAGE.read_text(encoding="utf-8") == write_connectors.page(), "run: make docs"
