"""Log lines: in the form that is asked for, with their run, and never a customer."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from console.logs import JsonLines, PrettyLines, configure, stripped
from flows.run_context import in_run


def record(name: str, message: str, *arguments: object, broken: Exception | None = None) -> logging.LogRecord:
    facts = (type(broken), broken, broken.__traceback__) if broken else None
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, arguments, facts)


def test_a_json_line_carries_its_run() -> None:
    with in_run("01RUN"):
        line = json.loads(JsonLines().format(record("flows.sync", "%s: %d read", "zoho_crm", 3)))
    assert (line["run"], line["level"], line["message"]) == ("01RUN", "warning", "zoho_crm: 3 read")
    assert json.loads(JsonLines().format(record("flows.sync", "x")))["run"] is None


def test_of_an_exception_only_kind_and_place_are_shown() -> None:
    def breaks() -> None:
        raise ValueError("欧阳晓雯 +8613911112222")

    with pytest.raises(ValueError, match="欧阳") as caught:
        breaks()
    broken = record("flows.sync", "stopped", broken=caught.value)
    for form in (JsonLines(), PrettyLines()):
        line = form.format(broken)
        assert "ValueError" in line
        assert "test_logs.py" in line
        assert "欧阳" not in line
        assert "13911112222" not in line


@pytest.mark.parametrize(
    "value", ["ouyang@huaxin.cn", "+86 139 1111 2222", "13911112222", "欧阳晓雯", "?phone=1&name=x", "010-62345678"]
)
def test_what_libraries_say_is_stripped_of_what_may_be_a_persons(value: str) -> None:
    line = PrettyLines().format(
        record("somelibrary.pool", f"retry of /crm/search{' ' if value[0] != '?' else ''}{value}")
    )
    assert value.strip("?") not in line
    assert "/crm/search" in line


def test_numbers_of_ports_and_codes_stay() -> None:
    assert stripped("answered 503 on port 8321 after 30 s") == "answered 503 on port 8321 after 30 s"


def test_form_and_level_come_from_the_environment(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        configure(debug=False, variables={"CRMHUB_LOG": "json", "CRMHUB_LOG_LEVEL": "info"})
        logging.getLogger().handlers[0].setStream(sys.stderr)  # type: ignore[attr-defined]  # pytest's own stderr
        logging.getLogger("flows.sync").info("begun")
        assert json.loads(capsys.readouterr().err.splitlines()[-1])["message"] == "begun"
    finally:
        logging.getLogger().handlers[:], level = before
        logging.getLogger().setLevel(level)
