from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.failures import Action
from connectors.fxiaoke.failures import FAILURES, TOKEN_FAILURES, code_of, seconds_to_renewal
from connectors.http import Reply


def reply(body: Any, status: int = 200) -> Reply:
    return Reply(status, {}, body, is_json=True)


@pytest.mark.parametrize(
    ("code", "action", "maybe_done"),
    [
        (20016, Action.REFRESH, False),
        (20005, Action.REFRESH, False),
        (30004, Action.RETRY, False),
        (14001, Action.RETRY, False),
        (-1, Action.RETRY, False),
        (-2, Action.RETRY, True),
        (50009, Action.RETRY, True),
        (30002, Action.PAUSE, False),
        (30003, Action.STOP, False),
        (20006, Action.STOP, False),
        (20021, Action.STOP, False),
        (10006, Action.SKIP, False),
        (201112011, Action.SKIP, False),
        (987654321, Action.SKIP, False),
    ],
)
def test_each_code_has_its_action_however_it_is_typed(code: int, action: Action, maybe_done: bool) -> None:
    for told in (code, str(code)):
        failure = FAILURES.judge(reply({"errorCode": told, "errorMessage": "x"}))
        assert failure is not None
        assert (failure.action, failure.maybe_done) == (action, maybe_done)


def test_zero_is_a_success_and_nothing_else_is() -> None:
    assert FAILURES.judge(reply({"errorCode": 0})) is None
    assert FAILURES.judge(reply({"errorCode": "0"})) is None
    bodies: list[Any] = [{}, {"errorCode": None}, {"errorCode": False}, [], "text", None, 0]
    for body in bodies:
        failure = FAILURES.judge(reply(body))
        assert failure is not None
        assert failure.action is Action.RETRY


@pytest.mark.parametrize(
    ("status", "action"),
    [(204, Action.RETRY), (304, Action.RETRY), (302, Action.RETRY), (502, Action.RETRY), (404, Action.STOP)],
)
def test_an_answer_that_is_no_envelope_never_passes_for_a_success(status: int, action: Action) -> None:
    failure = FAILURES.judge(Reply(status, {}, None, is_json=False))
    assert failure is not None
    assert failure.action is action


def test_on_the_token_path_10006_means_wrong_credentials() -> None:
    failure = TOKEN_FAILURES.judge(reply({"errorCode": 10006}))
    assert failure is not None
    assert failure.action is Action.STOP


def test_a_failure_names_the_trace_and_never_the_message() -> None:
    body = {"errorCode": 201112011, "errorMessage": "数据[李雷 13900000001]的字段", "traceId": "E-O.demo.1000-6f1c"}
    failure = FAILURES.judge(reply(body))
    assert failure is not None
    assert "E-O.demo.1000-6f1c" in failure.what
    assert "李雷" not in failure.what + failure.cure
    odd = FAILURES.judge(reply({"errorCode": 1, "traceId": "李雷\n" * 99}))
    assert odd is not None
    assert "李雷" not in odd.what


def test_the_quota_renews_at_midnight_in_china() -> None:
    assert seconds_to_renewal(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)) == 60.0
    assert seconds_to_renewal(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == 86_400.0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["errorCode", "traceId", "data"]), inner),
    max_leaves=5,
)


@given(json_values)
def test_any_body_can_be_judged(body: Any) -> None:
    assert isinstance(code_of(reply(body)), str)
    FAILURES.judge(reply(body))
