"""How an answer's JSON is read, quickly and as exactly as Python reads it; and who learns that no answer came."""

from __future__ import annotations

import json

import pytest
import requests
import responses

from connectors.errors import OutcomeUnknown, TryAgain
from connectors.failures import FailureTable
from connectors.http import Call, HttpClient, Patience
from connectors.ports import Unanswered, WindowBudget

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


class Watching(WindowBudget):
    """A budget that watches, and lets no call go without an answer for more than *seconds*."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.heard: list[str] = []

    def patience(self) -> Unanswered:
        return Unanswered(self.seconds)

    def answered(self) -> None:
        self.heard.append("answered")

    def unanswered(self) -> None:
        self.heard.append("unanswered")


def made(budget: Watching) -> HttpClient:
    table = FailureTable((), lambda _: "")
    return HttpClient("s", failures=table, budget=budget, patience=Patience(4, 0.0, 0.0), sleep=lambda _: None)


@pytest.mark.parametrize(("seconds", "tries"), [(0.0, 1), (3600.0, 4)])
@responses.activate
def test_a_call_is_tried_for_as_long_as_its_watch_lets_it_go_unanswered(seconds: float, tries: int) -> None:
    responses.get(URL, body=requests.ReadTimeout())
    budget = Watching(seconds)
    with pytest.raises(TryAgain):
        made(budget).call(Call("GET", URL))
    assert len(responses.calls) == tries
    assert budget.heard == ["unanswered"], "told once, when the call is over"


@responses.activate
def test_an_answer_is_an_answer_whatever_it_says_and_is_tried_as_often_as_ever() -> None:
    responses.get(URL, status=503)
    budget = Watching(0.0)
    with pytest.raises(TryAgain):
        made(budget).call(Call("GET", URL))
    assert budget.heard == ["answered"] * 4


@responses.activate
def test_a_write_without_an_answer_is_told_as_well() -> None:
    responses.post(URL, body=requests.ReadTimeout())
    budget = Watching(3600.0)
    with pytest.raises(OutcomeUnknown):
        made(budget).call(Call("POST", URL))
    assert budget.heard == ["unanswered"]
