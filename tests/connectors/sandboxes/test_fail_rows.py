"""`fail_rows` on every simulator that takes writes: in batches by row, else by call."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract import WriteRequest
from tests.connectors.contract_suite.rigs import CUSTOMERS, HTTP, over_http

WRITTEN = sorted(name for name, (_, _, create) in HTTP.items() if create)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_system_refuses_rows_for_good_and_names_each(name: str, tmp_path: Path) -> None:
    with over_http(name, tmp_path, CUSTOMERS) as rig:
        rig.control("/_faults", [{"system": name, "kind": "fail_rows", "rate": 1.0}])
        fields = {key: value.format(1) if isinstance(value, str) else value for key, value in rig.create.items()}
        request = WriteRequest("w1", rig.stream, "create", fields, binding_id="01ARZ3NDEKTSV4RRFFQ69G0001")
        (result,) = rig.writer().write([request])
        assert result.outcome in {"rejected", "try_again"}
        rig.calm()
        assert [one.outcome for one in rig.writer().write([request])] == ["confirmed"]
