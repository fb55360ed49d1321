"""The posts that robots take, checked against what their makers' own examples come to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from flows.alerts.robots import MOST_BYTES, cut, dingtalk_sign, feishu_sign, robot_post, robot_refusal

SECRET = "this is secret"
NOW = 1_600_000_000.25


def test_feishu_signs_nothing_under_time_and_secret() -> None:
    out = robot_post("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/x", SECRET, "你好", NOW)
    said = json.loads(out.body)
    key = b"1600000000\nthis is secret"
    assert said == {
        "timestamp": "1600000000",
        "sign": base64.b64encode(hmac.new(key, digestmod=hashlib.sha256).digest()).decode(),
        "msg_type": "text",
        "content": {"text": "你好"},
    }
    assert feishu_sign(SECRET, 1_600_000_000) == said["sign"]


def test_dingtalk_signs_in_the_query_and_keeps_the_token() -> None:
    out = robot_post("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=t", SECRET, "你好", NOW)
    query = parse_qs(urlsplit(out.url).query)
    assert (query["access_token"], query["timestamp"]) == (["t"], ["1600000000250"])
    right = hmac.new(SECRET.encode(), b"1600000000250\nthis is secret", hashlib.sha256).digest()
    assert query["sign"] == [base64.b64encode(right).decode()] == [dingtalk_sign(SECRET, 1_600_000_000_250)]
    assert json.loads(out.body) == {"msgtype": "text", "text": {"content": "你好"}}


def test_wecom_signs_nothing() -> None:
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"
    out = robot_post("wecom", url, None, "你好", NOW)
    assert (out.url, json.loads(out.body)) == (url, {"msgtype": "text", "text": {"content": "你好"}})


@pytest.mark.parametrize("kind", sorted(MOST_BYTES))
def test_a_long_text_is_cut_at_a_line_to_what_the_robot_takes(kind: str) -> None:
    text = "\n".join(f"{number} 号数据流没有完整读取" for number in range(2000))
    said = cut(text, MOST_BYTES[kind])
    assert len(said.encode()) <= MOST_BYTES[kind]
    lines = said.split("\n")
    assert lines[-1] == "…"
    assert lines[:-1] == text.split("\n")[: len(lines) - 1]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b'{"errcode":0,"errmsg":"ok"}', ""),
        (b'{"code":0,"msg":"success","StatusCode":0}', ""),
        (b'{"StatusCode":0,"StatusMessage":"success"}', ""),
        (b'{"code":19021,"msg":"sign match fail"}', "code 19021"),
        (b'{"errcode":310000,"errmsg":"sign not match"}', "code 310000"),
        (b'{"errcode":93000}', "code 93000"),
        (b"<html>", "no JSON"),
        (b"[]", "no code"),
        (b"{}", "no code"),
    ],
)
def test_a_robot_says_yes_with_a_code_of_zero(answer: bytes, why: str) -> None:
    assert robot_refusal(answer) == why or (why and why in robot_refusal(answer))
