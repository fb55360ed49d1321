from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests
from pydantic import ValidationError

from connectors.sandboxes.faults import FaultBoard, FaultRule
from tests.connectors.sandboxes.conftest import Client


def names(client: Client) -> list[str]:
    client.control("POST", "/_faults", [])
    return [one.get("full_name", "") for one in client.call("GET", "/people").json()["people"]]


def test_a_status_is_answered_in_the_vendors_form_as_often_as_the_rule_says(client: Client) -> None:
    client.control(
        "POST", "/_faults", [{"kind": "status", "status": 503, "method": "get", "path": "^/peo", "count": 2}]
    )
    answers = [client.call("GET", "/people") for _ in range(3)]
    assert [one.status_code for one in answers] == [503, 503, 200]
    assert answers[0].json() == {"tiny_error": 503}
    assert client.control("GET", "/_faults")[0]["struck"] == 2


def test_a_rule_may_bring_its_own_body_and_headers(client: Client) -> None:
    rule = {"kind": "status", "status": 429, "body": {"code": "X"}, "headers": {"Retry-After": "7"}}
    client.control("POST", "/_faults", [rule])
    answer = client.call("GET", "/people")
    assert (answer.json(), answer.headers["Retry-After"]) == ({"code": "X"}, "7")


def test_rules_hold_for_their_system_method_and_path_only(client: Client) -> None:
    rules = [
        {"kind": "status", "status": 500, "method": "DELETE"},
        {"kind": "status", "status": 500, "path": "/orders"},
        {"kind": "status", "status": 500, "count": 0},
    ]
    client.control("POST", "/_faults", rules)
    assert client.call("GET", "/people").status_code == 200


def test_html_comes_where_json_was_expected(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "html"}])
    answer = client.call("GET", "/people")
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (502, "text/html")


def test_a_cut_breaks_the_connection_in_the_middle_after_the_work_was_done(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "cut"}])
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        client.call("POST", "/people", [{"full_name": "Cut"}])
    assert names(client)[-1] == "Cut"


def test_a_hanging_call_does_nothing_and_gives_no_answer(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "hang"}])
    with pytest.raises(requests.ReadTimeout):
        client.call("POST", "/people", [{"full_name": "Hung"}], timeout=0.3)
    assert "Hung" not in names(client)


def test_a_stored_call_without_an_answer_has_done_its_work(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "stored_then_timeout"}])
    with pytest.raises(requests.ReadTimeout):
        client.call("POST", "/people", [{"full_name": "Stored"}], timeout=0.3)
    assert names(client)[-1] == "Stored"


def test_rows_of_a_batch_fail_and_the_others_are_stored(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "fail_rows", "rate": 0.5, "count": 1}])
    rows = [{"full_name": f"row {n}"} for n in range(40)]
    first = client.call("POST", "/people", rows).json()
    assert 0 < first.count(None) < 40
    assert [n for n, made in enumerate(first) if made] == [int(name[4:]) for name in names(client) if "row" in name]
    assert None not in client.call("POST", "/people", rows).json()


def test_an_expired_token_is_refused_until_signed_in_again(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "expire_token", "count": 1}])
    assert client.call("GET", "/people").status_code == 401
    client.token = client.call("POST", "/token").json()["token"]
    assert client.call("GET", "/people").status_code == 200


def test_a_call_that_stores_nothing_answers_as_if_it_had(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "not_stored", "count": 2}])
    assert client.call("POST", "/people", [{"full_name": "Ghost"}, {"full_name": "Ghost too"}]).json() != [None, None]
    assert client.call("PUT", "/people/000001", {"full_name": "Changed"}).json()["full_name"] == "Changed"
    assert client.control("GET", "/_faults")[0]["struck"] == 2
    assert names(client) == ["Ann Lee", "Bob Lee", "Cai Li"]
    assert client.control("GET", "/_record", system="tiny", stream="people", id="000001")["version"] == 1


def test_a_call_that_stores_something_else_spoils_texts_that_are_no_ascii(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "stored_otherwise", "count": 2}])
    client.call("POST", "/people", [{"full_name": "王伟", "email": "wei@a.example"}])
    client.call("PUT", "/people/000001", {"full_name": "安 Lee"})
    assert names(client) == ["? Lee", "Bob Lee", "Cai Li", "??"]


def test_a_call_that_stores_twice_makes_a_second_record_and_names_the_first(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "stored_twice", "count": 1}])
    (made,) = client.call("POST", "/people", [{"full_name": "Twin"}]).json()
    assert names(client)[-2:] == ["Twin", "Twin"]
    assert client.control("GET", "/_record", system="tiny", stream="people", id=made)["values"] == {"full_name": "Twin"}


def test_what_goes_wrong_in_storing_strikes_each_record_by_its_rate_and_nothing_that_people_do(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "not_stored", "rate": 0.5}])
    client.control("POST", "/_edit", {"system": "tiny", "stream": "people", "set": {"full_name": "By hand"}})
    client.call("POST", "/people", [{"full_name": f"row {n}"} for n in range(40)])
    assert client.control("GET", "/_faults")[0]["struck"] == 1
    kept = names(client)
    assert "By hand" in kept
    assert 5 < sum(name.startswith("row") for name in kept) < 35


def test_a_wrong_clock_tells_its_own_time_and_stamps_what_people_do_by_it(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "clock", "system": "tiny", "seconds": -7200}])
    told = parsedate_to_datetime(client.call("GET", "/people").headers["Date"])
    assert timedelta(hours=1, minutes=59) < datetime.now(UTC) - told < timedelta(hours=2, minutes=1)
    edit = {"system": "tiny", "stream": "people", "id": "000001", "set": {"full_name": "Late"}}
    assert datetime.fromisoformat(client.control("POST", "/_edit", edit)["modified_at"]) < datetime.now(
        UTC
    ) - timedelta(hours=1)


def test_a_jumping_clock_is_wrong_for_some_calls(client: Client) -> None:
    client.control("POST", "/_faults", [{"kind": "clock", "seconds": 3600, "count": 1}])
    dates = [parsedate_to_datetime(client.call("GET", "/people").headers["Date"]) for _ in range(2)]
    assert dates[0] - dates[1] > timedelta(minutes=59)


def test_only_a_clock_goes_back() -> None:
    with pytest.raises(ValidationError, match="seconds"):
        FaultRule.model_validate({"kind": "latency", "seconds": -1})


def test_latency_lets_the_call_go_on(client: Client) -> None:
    rules = [{"kind": "latency", "seconds": 0.01}, {"kind": "status", "status": 418}]
    client.control("POST", "/_faults", rules)
    assert client.call("GET", "/people").status_code == 418


def test_chance_follows_from_the_seed() -> None:
    rule = FaultRule(kind="status", rate=0.3)

    def struck(seed: int) -> list[int]:
        board = FaultBoard(seed, [rule])
        return [len(board.strikes("tiny", "GET", "/people")) for _ in range(500)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 100 < sum(struck(1)) < 200


def test_a_batch_without_a_rate_loses_at_least_one_row() -> None:
    board = FaultBoard(1, [FaultRule(kind="fail_rows")])
    assert all(board.rows("tiny", "POST", "/people", 1) for _ in range(20))
    assert board.rows("tiny", "POST", "/people", 0) == frozenset()


def test_an_unknown_key_in_a_rule_is_an_error() -> None:
    with pytest.raises(ValidationError, match="sytem"):
        FaultRule.model_validate({"kind": "hang", "sytem": "tiny"})
