from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.errors import StopSystem
from connectors.fxiaoke.client import limits
from connectors.fxiaoke.settings import Settings
from connectors.fxiaoke.sign_in import FreshTrace
from connectors.fxiaoke.streams import FxiaokeReader
from connectors.http import Call
from connectors.ports import FileTokenStore
from tests.connectors.fxiaoke.conftest import Start, World, create, everything, typed


@pytest.mark.parametrize("style", ["legacy", "header"])
def test_one_token_serves_many_calls_and_outlives_the_process(start: Start, style: str, tmp_path: Path) -> None:
    world = start([typed("1")], param_style=style)
    for _ in range(2):
        world.tokens = FileTokenStore(tmp_path / "tokens.json")  # type: ignore[assignment]
        everything(world.reader())
    calls = world.calls()
    assert calls["V2"] + calls["token"] == 1
    assert (tmp_path / "tokens.json").stat().st_mode & 0o777 == 0o600


def test_many_threads_ask_for_one_token(start: Start) -> None:
    world = start([typed("1")])
    client = world.client()
    threads = [threading.Thread(target=client.page, args=("ContactObj", [])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    calls = world.calls()
    assert (calls["V2"], calls["query"]) == (1, 8)


def test_a_token_is_renewed_before_the_gateway_lets_it_die(start: Start) -> None:
    world = start([typed("1")], switches={"SIM_EXPIRES_IN": "remaining"})
    now = 1_800_000_000.0
    client = world.client()
    client.sign_in._now = lambda: now
    client.page("ContactObj", [])
    now += 6_500
    client.page("ContactObj", [])
    assert world.calls()["V2"] == 1
    now += 200
    client.page("ContactObj", [])
    assert world.calls()["V2"] == 1


def test_a_token_that_another_process_renewed_is_taken_over(start: Start) -> None:
    world = start([typed("1")])
    mine, other = world.client(), world.client()
    mine.page("ContactObj", [])
    world.running.sandboxes["fxiaoke"].expire_tokens()
    signed = mine.sign_in.sign(_call(world))
    other.page("ContactObj", [])
    world.calls()
    mine.sign_in.refresh(signed)
    assert world.calls()["V2"] == 0
    assert mine.page("ContactObj", [])[0]


@pytest.mark.parametrize("style", ["legacy", "header"])
@pytest.mark.parametrize("wrong", ["app_id", "app_secret", "permanent_code"])
def test_wrong_credentials_stop_the_system_and_name_the_cure_not_the_secret(
    start: Start, style: str, wrong: str
) -> None:
    world = start([typed("1")])
    config = {**world.block["config"]["config"], "param_style": style, wrong: "wr0ng"}
    world.settings = Settings.model_validate(config)
    with pytest.raises(StopSystem) as stopped:
        everything(world.reader())
    assert "permanent_code" in stopped.value.cure
    assert "wr0ng" not in str(stopped.value)
    assert world.calls().total() == 1


def test_a_token_that_never_works_is_renewed_once_and_then_stops(start: Start) -> None:
    world = start([typed("1")])
    refused = {"errorCode": 20016, "errorMessage": "the cropId,cropAccessToken or authorization is error"}
    world.faults({"path": "query$", "kind": "status", "status": 200, "body": refused})
    with pytest.raises(StopSystem, match="20016"):
        everything(world.reader())
    assert world.calls()["query"] == 2


def test_the_acting_employee_is_found_by_mobile_once(start: Start) -> None:
    world = start([typed("1")])
    config = {**world.block["config"]["config"], "open_user_id": "", "mobile": "13900000000"}
    world.settings = Settings.model_validate(config)
    for _ in range(2):
        everything(FxiaokeReader(world.client(), "ContactObj"))
    assert world.calls()["getByMobile"] == 1
    result = next(world.writer().write([create(1)]))
    assert (result.read_back or {})["owner"] == [world.block["config"]["config"]["open_user_id"]]


def test_a_mobile_that_nobody_has_stops_the_system(start: Start) -> None:
    world = start()
    config = {**world.block["config"]["config"], "open_user_id": "", "mobile": "13999999999"}
    world.settings = Settings.model_validate(config)
    with pytest.raises(StopSystem, match="no employee") as stopped:
        everything(world.reader())
    assert "13999999999" not in str(stopped.value)


def test_the_eleventh_token_call_of_a_minute_is_refused_where_limits_are_real(start: Start) -> None:
    world = start(limits="real")
    path = world.block["base_url"] + "/cgi/corpAccessToken/get/V2"
    config = world.block["config"]["config"]
    body = {
        "appId": config["app_id"],
        "appSecret": config["app_secret"],
        "permanentCode": config["permanent_code"],
    }
    codes = [world.http.post(path, json=body, timeout=5).json()["errorCode"] for _ in range(11)]
    assert codes == [0] * 10 + [30004]


def test_asking_again_gives_the_same_token_until_6600_seconds_and_then_both_work(start: Start) -> None:
    world = start()
    desk_path = world.block["base_url"] + "/cgi/corpAccessToken/get/V2"
    config = world.block["config"]["config"]
    body = {
        "appId": config["app_id"],
        "appSecret": config["app_secret"],
        "permanentCode": config["permanent_code"],
    }

    def token() -> str:
        return str(world.http.post(desk_path, json=body, timeout=5).json()["corpAccessToken"])

    def works(text: str) -> bool:
        asked = {"corpAccessToken": text, "corpId": corp, "currentOpenUserId": config["open_user_id"], "data": {}}
        url = world.block["base_url"] + "/cgi/crm/v2/object/list"
        return bool(world.http.post(url, json=asked, timeout=5).json()["errorCode"] == 0)

    corp = world.http.post(desk_path, json=body, timeout=5).json()["corpId"]
    first = token()
    world.control("/_clock", {"advance": 6000})
    assert token() == first
    world.control("/_clock", {"advance": 700})
    second = token()
    assert second != first
    assert works(first)
    assert works(second)
    world.control("/_clock", {"advance": 600})
    assert not works(first)
    assert works(second)


def test_each_attempt_has_a_trace_of_its_own() -> None:
    trace = FreshTrace()
    assert dict(trace) != dict(trace)
    assert list(trace) == ["thirdTraceId"]


def test_settings_need_somebody_who_acts() -> None:
    base = {"app_id": "a", "app_secret": "b", "permanent_code": "c"}
    with pytest.raises(ValidationError, match="open_user_id"):
        Settings.model_validate(base)
    with pytest.raises(ValidationError, match="base64"):
        Settings.model_validate({**base, "open_user_id": "FSUID_A", "event_secret": "short"})
    with pytest.raises(ValidationError, match="pattern"):
        Settings.model_validate({**base, "open_user_id": "FSUID_A", "objects": ["Bad Name"]})
    kept = Settings.model_validate({**base, "open_user_id": "FSUID_A"})
    assert "app_secret=SecretStr" in repr(kept)
    assert str(kept.base_url) == "https://open.fxiaoke.com/"


def test_limits_are_declared_for_each_path(world: World) -> None:
    real = world.settings.model_copy(update={"calls_per_20s": 100})  # the sandbox without limits asks for none
    declared = {limit.bucket: (limit.calls, limit.seconds) for limit in limits(real)}
    world.client().page("ContactObj", [])
    assert set(world.budget.spent) <= set(declared)
    assert declared["/cgi/crm/v2/data/query"] == (100, 20.0)
    assert declared["/cgi/corpAccessToken/get/V2"] == (10, 60.0)


def _call(world: World) -> Call:
    return Call("POST", world.settings.root + "/cgi/crm/v2/object/list", json={"data": {}})
