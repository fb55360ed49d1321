"""How an answer's JSON is read: quickly, and as exactly as Python reads it."""

from __future__ import annotations

import json

import pytest
import responses

from connectors.failures import FailureTable
from connectors.http import Call, HttpClient
from connectors.ports import WindowBudget

URL = "http://127.0.0.1:9/x"


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 123456789012345678901234567890, "n": -18446744073709551616}',
        '{"id": 9007199254740993, "f": 1.10, "e": 1e22}',
        '{"name": "half a pair: \\ud83d"}',
        '{"phone": "00000000000000000000", "id": 1}',
        '{"a": 1, "a": 2}',
        "[NaN, 1e999]",
        '"text"',
    ],
)
@responses.activate
def test_an_answer_is_read_as_python_reads_it(text: str) -> None:
    responses.get(URL, body=text)
    client = HttpClient("s", failures=FailureTable((), lambda _: ""), budget=WindowBudget())
    reply = client.call(Call("GET", URL))
    assert reply.is_json
    assert repr(reply.body) == repr(json.loads(text))


@pytest.mark.parametrize("text", ["", "<html>", "{", "[" * 5000])
@responses.activate
def test_what_is_no_json_is_said_to_be_none(text: str) -> None:
    responses.get(URL, body=text)
    client = HttpClient("s", failures=FailureTable((), lambda _: ""), budget=WindowBudget())
    reply = client.call(Call("GET", URL))
    assert (reply.is_json, reply.body) == (False, None)
