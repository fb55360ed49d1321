from __future__ import annotations

import doctest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.failures import Action
from connectors.http import Reply
from connectors.zendesk import fields, records
from connectors.zendesk.failures import FAILURES, code_of
from connectors.zendesk.fields import differing, row_of_create, row_of_update, same
from connectors.zendesk.records import id_of, marked, with_identities

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["name", "email", "tags", "other_emails", "other_phones", "organization_id", "user_fields"])


@pytest.mark.parametrize("module", [fields, records])
def test_the_examples_in_the_docstrings_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


@given(NAMES, JSON)
def test_a_value_is_the_same_as_itself(name: str, value: Any) -> None:
    assert same(name, value, value)


@given(NAMES, JSON, JSON)
def test_any_two_values_can_be_compared(name: str, held: Any, wanted: Any) -> None:
    assert same(name, held, wanted) in {True, False}


@given(JSON)
def test_any_json_can_be_asked_for_its_id(value: Any) -> None:
    found = id_of(value)
    assert found is None or found.lstrip("-").isdigit()


def test_an_update_sends_what_it_is_asked_and_nothing_that_lives_in_identities() -> None:
    asked = {
        "name": "A",
        "email": "a@b.example",
        "other_phones": ["1"],
        "user_fields.tier": "vip",
        "organization_id": "5",
    }
    assert row_of_update(asked) == {"name": "A", "user_fields": {"tier": "vip"}, "organization_id": 5}


def test_a_create_carries_its_binding_id_in_one_case_and_keeps_zendesk_from_writing_to_the_customer() -> None:
    row = row_of_create({"name": "A", "other_emails": ["x@y.example"]}, "01jabc", is_user=True)
    assert row == {
        "name": "A",
        "external_id": "01JABC",
        "skip_verify_email": True,
        "identities": [{"type": "email", "value": "x@y.example"}],
    }
    assert row_of_create({"name": "A"}, "01jabc", is_user=False) == {"name": "A", "external_id": "01JABC"}


def test_a_field_that_is_missing_counts_as_empty() -> None:
    assert differing({"id": 1}, ["notes"], {"notes": None}) == ()
    assert differing({"id": 1, "notes": "x"}, ["notes"], {}) == ("notes",)


def test_broken_identities_do_not_break_a_user() -> None:
    odd: list[Any] = [None, 5, {"type": "email"}, {"id": "x", "type": "email", "value": "a@b.example"}]
    assert with_identities({"id": 1, "email": None}, odd)["other_emails"] == ["a@b.example"]


def test_a_suspended_user_is_alive_and_an_inactive_one_is_not() -> None:
    alive = {"id": 1, "role": "end-user", "active": True, "suspended": True, "updated_at": "2026-01-01T00:00:00Z"}
    assert marked("users", alive, include_staff=False) == alive
    gone = marked("users", alive | {"active": False}, include_staff=False)
    assert gone["_ab_cdc_deleted_at"] == "2026-01-01T00:00:00Z"


def reply(status: int, body: Any = None, content: bytes = b"x") -> Reply:
    return Reply(status, {}, body, body is not None, content)


@pytest.mark.parametrize(
    ("answer", "code", "action"),
    [
        (reply(200, {"users": []}), "", None),
        (reply(204, content=b""), "", None),
        (reply(200), "not-json", Action.RETRY),
        (reply(400, {"error": "TooManyValues", "max_count": 100}), "TooManyValues", Action.SKIP),
        (
            reply(400, {"error": {"title": "Invalid attribute", "message": "a@b.example"}}),
            "Invalid attribute",
            Action.SKIP,
        ),
        (reply(401, {"error": "Couldn't authenticate you"}), "", Action.REFRESH),
        (reply(403, {"error": {"title": "Forbidden", "message": "x"}}), "forbidden", Action.STOP),
        (reply(404, {"error": "RecordNotFound", "description": "Not found"}), "RecordNotFound", Action.SKIP),
        (reply(409, {"error": "DatabaseConflict"}), "DatabaseConflict", Action.RETRY),
        (
            reply(
                422, {"error": "RecordInvalid", "details": {"email": [{"description": "x", "error": "DuplicateValue"}]}}
            ),
            "DuplicateValue",
            Action.SKIP,
        ),
        (
            reply(
                422,
                {
                    "error": "RecordInvalid",
                    "details": {"external_id": [{"description": "External has already been taken"}]},
                },
            ),
            "DuplicateValue",
            Action.SKIP,
        ),
        (reply(429), "not-json", Action.RETRY),
        (reply(429, {"errors": [{"code": "TooManyRequests", "title": "x"}]}), "TooManyRequests", Action.RETRY),
        (reply(503), "not-json", Action.RETRY),
        (reply(500, [1]), "", Action.RETRY),
    ],
)
def test_each_form_of_answer_has_its_action(answer: Reply, code: str, action: Action | None) -> None:
    judged = FAILURES.judge(answer)
    assert (code_of(answer), judged.action if judged else None) == (code, action)


@given(st.sampled_from([400, 401, 403, 404, 409, 422, 429, 500]), JSON)
def test_any_error_body_can_be_read(status: int, body: Any) -> None:
    assert FAILURES.judge(reply(status, body)) is not None
