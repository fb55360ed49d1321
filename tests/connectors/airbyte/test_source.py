from __future__ import annotations

import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from airbyte_cdk.models import Status, SyncMode

from connectors.airbyte.source import Source
from tests.connectors.airbyte.conftest import (
    LOG,
    SHOPS,
    USERS,
    Run,
    Scripted,
    asked,
    record,
    status,
    stream_state,
)


def test_a_source_is_checked_and_its_streams_are_listed(scripted: Scripted) -> None:
    config = scripted.config(streams=[USERS, SHOPS])
    assert scripted.source().check(LOG, config).status == Status.SUCCEEDED
    users, shops = scripted.source().discover(LOG, config).streams
    assert (users.source_defined_primary_key, users.default_cursor_field) == ([["id"]], ["at"])
    assert shops.supported_sync_modes == [SyncMode.full_refresh]


def test_a_refused_configuration_is_told_in_the_sources_words_without_its_secrets(scripted: Scripted) -> None:
    said = {"status": "FAILED", "message": "the key sk-geheim-1 was\n revoked"}
    answer = scripted.source().check(LOG, scripted.config(check=said, config={"api_key": "sk-geheim-1"}))
    assert answer.status == Status.FAILED
    assert "the key *** was revoked" in str(answer.message)


def test_records_and_states_come_through_and_the_next_read_goes_on(scripted: Scripted) -> None:
    first = scripted.read(status("STARTED"), record(1), stream_state(1), record(2), stream_state(2), status("COMPLETE"))
    assert first.ids == [1, 2]
    assert first.statuses == [("users", "STARTED"), ("users", "COMPLETE")]
    scripted.read(status("COMPLETE"), state=first.states)
    fresh, resumed = scripted.noted()
    assert "state" not in fresh
    assert resumed["state"] == [stream_state(2)["state"]]
    (asked_for,) = resumed["catalog"]["streams"]
    assert (asked_for["sync_mode"], asked_for["primary_key"]) == ("incremental", [["id"]])


def test_a_stream_that_is_read_whole_begins_anew_each_time(scripted: Scripted) -> None:
    done = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "shops"}, "stream_state": {"all": "done"}}}
    script = (record(1, "shops"), {"type": "STATE", "state": done}, status("COMPLETE", "shops"))
    first = scripted.read(*script, streams=[SHOPS])
    assert first.states == {"shops": {"kind": "complete"}}
    assert scripted.read(*script, streams=[SHOPS], state=first.states).ids == [1]
    assert "state" not in scripted.noted()[1]


def test_a_global_state_survives_streams_that_kept_different_ones(scripted: Scripted) -> None:
    def whole(position: int) -> dict[str, Any]:
        said = {"shared_state": {"lsn": position}, "stream_states": []}
        return {"type": "STATE", "state": {"type": "GLOBAL", "global": said}}

    orders = {**USERS, "name": "orders"}
    first = scripted.read(record(1), whole(10), record(2, "orders"), whole(20), streams=[USERS, orders])
    assert {one["global"]["shared_state"]["lsn"] for one in first.states.values()} == {20}
    older = {"users": first.states["users"], "orders": {**first.states["orders"], "number": 1, "global": {"lsn": 10}}}
    scripted.read(streams=[USERS, orders], state=older)
    assert scripted.noted()[1]["state"] == [{"type": "GLOBAL", "global": {"lsn": 10}}]


def test_a_legacy_state_is_given_back_as_it_was(scripted: Scripted) -> None:
    first = scripted.read(record(1), {"type": "STATE", "state": {"data": {"users": {"at": 5}}}})
    scripted.read(state=first.states)
    assert scripted.noted()[1]["state"] == {"users": {"at": 5}}


def test_a_failed_stream_is_named_and_the_others_end_well(scripted: Scripted) -> None:
    error = {
        "message": "token sk-geheim-1 expired",
        "internal_message": "王伟 13812345678",
        "stack_trace": "…",
        "failure_type": "config_error",
        "stream_descriptor": {"name": "shops"},
    }
    trace = {"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1, "error": error}}
    run = scripted.read(
        *(record(1), stream_state(1), status("COMPLETE"), trace, status("INCOMPLETE", "shops")),
        streams=[USERS, SHOPS],
        config={"exit": 1, "api_key": "sk-geheim-1"},
    )
    assert run.ids == [1]
    assert run.statuses == [("users", "COMPLETE"), ("shops", "INCOMPLETE")]
    (said,) = run.errors
    assert (said["what"], said["code"]) == ("the source reports: token *** expired", "config_error")
    assert "138" not in str(run.messages)


def test_the_summary_behind_streams_whose_errors_were_told_is_left_out(scripted: Scripted) -> None:
    summary = "During the sync, the following streams did not sync successfully: users: AirbyteTracedException('王伟')"
    of_all = {"type": "ERROR", "error": {"message": summary, "failure_type": "config_error"}}
    of_one = {"type": "ERROR", "error": {"message": "no", "stream_descriptor": {"name": "users"}}}

    def errors(*said: dict[str, Any]) -> list[str]:
        return [one["what"] for one in scripted.read(*({"type": "TRACE", "trace": each} for each in said)).errors]

    assert errors(of_one, of_all) == ["the source reports: no"]
    assert errors(of_all) == [
        "the source reports: During the sync, the following streams did not sync successfully: users"
    ]


def test_a_source_that_dies_without_a_word_is_named_and_keeps_its_states(scripted: Scripted) -> None:
    run = scripted.read(record(1), stream_state(1), record(2), config={"exit": 3})
    assert run.states["users"]["state"] == {"at": 1}
    assert [error["code"] for error in run.errors] == ["exit"]
    assert run.statuses[-1] == ("users", "INCOMPLETE")


def test_a_source_that_falls_silent_is_ended(scripted: Scripted) -> None:
    run = scripted.read(record(1), stream_state(1), 600, stall_seconds=1)
    assert [error["code"] for error in run.errors] == ["stalled"]
    assert run.ids == [1]
    (noted,) = scripted.noted()
    assert gone(noted["pid"])


def test_a_read_that_is_left_ends_the_program_and_its_files(scripted: Scripted) -> None:
    messages = scripted.source().read(LOG, scripted.config(record(1), 600), asked(["users"]))
    next(messages)
    (noted,) = scripted.noted()
    messages.close()  # type: ignore[attr-defined]  # a generator
    assert gone(noted["pid"])


def test_noise_is_no_message_and_damage_is_counted(scripted: Scripted) -> None:
    run = scripted.read("WARNING: noise 13812345678", '{"type": "RECORD", "rec', record(1), '{"a": 1}', stream_state(1))
    assert run.ids == [1]
    assert [(one["code"], one["count"]) for one in run.skipped] == [("damaged", 2)]
    assert "138" not in str(run.messages)


def test_log_lines_are_folded_into_ours_without_secrets(scripted: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    lines = [{"type": "LOG", "log": {"level": level, "message": f"{level} sk-geheim-1"}} for level in ("INFO", "ERROR")]
    scripted.read(*lines, config={"api_key": "sk-geheim-1"})
    said = [(one.levelname, one.message) for one in caplog.records if one.name == "connectors.airbyte.run"]
    assert said == [("DEBUG", "INFO ***"), ("WARNING", "ERROR ***")]


def test_a_program_sees_its_own_environment_and_files_that_nobody_else_reads(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMHUB_KEY", "geheim")
    scripted.read(state={"users": {"kind": "stream", "state": {}}}, environment={"MINE": "1"})
    (noted,) = scripted.noted()
    assert set(noted["modes"].values()) == {"0o600"}
    assert noted["environment"]["MINE"] == "1"
    assert "CRMHUB_KEY" not in noted["environment"]


def test_a_configuration_that_the_source_changes_is_kept_until_the_operator_changes_it(scripted: Scripted) -> None:
    def control(token: str) -> dict[str, Any]:
        changed = {"config": {"play": str(scripted.folder), "token": token}}
        return {"type": "CONTROL", "control": {"type": "CONNECTOR_CONFIG", "connectorConfig": changed}}

    config = scripted.config(control("rotated"), config={"token": "first"})
    for _ in range(2):
        list(scripted.source().read(LOG, config, asked(["users"])))
    assert [one["config"]["token"] for one in scripted.noted()] == ["first", "rotated"]
    other = scripted.config(config={"token": "second"})
    list(scripted.source().read(LOG, other, asked(["users"])))
    assert scripted.noted()[2]["config"]["token"] == "second"


def test_a_stream_that_is_not_offered_is_named_and_the_others_are_read(scripted: Scripted) -> None:
    run = scripted.read(record(1), ask=["users", "unicorns"])
    assert run.ids == [1]
    assert [error["code"] for error in run.errors] == ["no_stream"]
    assert "It offers: users" in run.errors[0]["cure"]


def test_a_program_that_is_not_there_stops_the_system(scripted: Scripted) -> None:
    config = {"command": ["./no/such/source"], "project": str(scripted.folder)}
    run = Run(list(scripted.source().read(LOG, config, asked(["users"]))))
    assert [error["code"] for error in run.errors] == ["no_program"]


def test_a_key_of_several_fields_is_one_key(scripted: Scripted) -> None:
    stream = {**USERS, "source_defined_primary_key": [["shop"], ["id"]]}
    run = scripted.read(record(1, shop="A"), streams=[stream])
    assert [one.record.data["_key"] for one in run.messages if one.record] == ["A|1"]


def test_single_records_are_found_and_none_is_declared_gone(scripted: Scripted) -> None:
    config = scripted.config(*(record(number) for number in range(1, 2000)), 600)
    (reader,) = scripted.source().readers(scripted.source().settings(config))
    assert [one["id"] for one in reader.fetch(["3", "1500"])] == [3, 1500]
    config = scripted.config(record(1))
    (reader,) = scripted.source().readers(scripted.source().settings(config))
    assert list(reader.fetch(["99"])) == []


@pytest.mark.parametrize("wrong", [{}, {"command": ["a"], "manifest": "m.yaml"}, {"command": []}])
def test_a_source_is_a_program_or_a_manifest(wrong: dict[str, Any]) -> None:
    answer = Source().check(LOG, wrong)
    assert answer.status == Status.FAILED


def test_a_configuration_is_in_no_repr(scripted: Scripted) -> None:
    settings = scripted.source().settings(scripted.config(config={"token": "geheim"}))
    assert "geheim" not in repr(settings)


MANIFEST = """\
version: 6.0.0
type: DeclarativeSource
check: {type: CheckStream, stream_names: [people]}
streams:
- type: DeclarativeStream
  name: people
  primary_key: [id]
  schema_loader: {type: InlineSchemaLoader, schema: {type: object, properties: {id: {type: integer}}}}
  retriever:
    type: SimpleRetriever
    requester:
      type: HttpRequester
      url_base: "{{ config['url'] }}"
      path: /people
      http_method: GET
    record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: [people]}}
"""


class _People(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"people": [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Ben"}]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


def test_a_declarative_manifest_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(MANIFEST)
    server = HTTPServer(("127.0.0.1", 0), _People)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    config = {"manifest": "people.yaml", "config": {"url": address}, "project": str(tmp_path)}
    run = Run(list(Source().read(LOG, config, asked(["people"]))))
    server.shutdown()
    server.server_close()
    assert (run.ids, run.errors) == ([1, 2], [])
    assert run.statuses[-1] == ("people", "COMPLETE")


def gone(pid: int) -> bool:
    """Wait until a process has ended."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
