from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.zoho_crm.results import read_element, result_of

TEXT = st.sampled_from(["", "id", "errors", "SUCCESS", "DUPLICATE_DATA", "MULTIPLE_OR_MULTI_ERRORS", "api_name", "7"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def error(code: str, message: str = "m", **details: Any) -> dict[str, Any]:
    return {"code": code, "details": details, "message": message, "status": "error"}


@pytest.mark.parametrize(
    ("element", "verdict", "record_id"),
    [
        ({"code": "SUCCESS", "status": "success", "details": {"id": "7"}}, "done", "7"),
        (error("ALREADY_MODIFIED", id="7"), "changed", "7"),
        (error("INVALID_DATA", id="7"), "gone", "7"),
        (error("INVALID_DATA", api_name="Email", json_path="$.data[0].Email"), "rejected", None),
        (error("DUPLICATE_DATA", api_name="Email", id="8"), "exists", "8"),
        (error("DUPLICATE_DATA", api_name="Email", id="8", duplicate_record={"id": "9"}), "exists", "9"),
        (error("RECORD_LOCKED"), "try_again", None),
        (error("SOMETHING_NEW"), "rejected", None),
    ],
)
def test_each_element_has_its_verdict(element: dict[str, Any], verdict: str, record_id: str | None) -> None:
    read = read_element(element)
    assert (read.verdict, read.record_id) == (verdict, record_id)


def test_a_success_without_an_id_is_no_success() -> None:
    assert read_element({"code": "SUCCESS", "details": {}}).verdict == "rejected"


def test_all_collisions_of_a_row_are_kept() -> None:
    errors = [error("DUPLICATE_DATA", api_name="Email", id="8"), error("DUPLICATE_DATA", api_name="B", id="9")]
    read = read_element(error("MULTIPLE_OR_MULTI_ERRORS", errors=errors))
    assert [(one.field, one.record_id) for one in (read, *read.more)] == [("Email", "8"), ("B", "9")]


def test_a_refusal_names_the_fields_that_were_sent_and_are_its_reason() -> None:
    refusal = read_element(error("INVALID_DATA", api_name="Email", json_path="$.data[0].Email"))
    assert result_of("w", refusal, {"Email": "x", "Title": "y"}).refused == {"Email": ["x"]}
    lacking = read_element(error("MANDATORY_NOT_FOUND", api_name="Last_Name"))
    assert result_of("w", lacking, {"Email": "x"}).refused == {}
    assert result_of("w", read_element(error("RECORD_LOCKED", api_name="Email")), {"Email": "x"}).refused == {}


@given(st.dictionaries(st.sampled_from(["code", "details", "message", "status"]), JSON))
def test_whatever_zoho_says_there_is_a_result_with_a_cure(element: dict[str, Any]) -> None:
    read = read_element(element)
    if read.verdict not in {"done", "changed", "gone"}:
        result = result_of("w", read)
        assert result.outcome in {"rejected", "try_again"}
        assert result.cure
