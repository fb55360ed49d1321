r"""What Feishu's, DingTalk's and WeCom's group robots take, and how they say yes. Room: flows; pure.

Feishu (open.feishu.cn, 自定义机器人使用指南): `sign` is the HMAC-SHA256 of nothing under the key "timestamp\nsecret",
in base64; the timestamp in seconds; at most 20 kB. DingTalk (open.dingtalk.com, 自定义机器人安全设置): the HMAC-SHA256
of "timestamp\nsecret" under the secret, in base64, in the query; the timestamp in milliseconds; at most 20 kB. WeCom
(developer.work.weixin.qq.com/document/path/91770): no signature, at most 2048 bytes of text. All three answer 200 with
a code in the body, 0 for yes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

MOST_BYTES = {"feishu": 15_000, "dingtalk": 15_000, "wecom": 2000}
"""Bytes of text that are sent, below what each takes."""


@dataclass(frozen=True)
class Outgoing:
    """A post on its way."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def robot_post(kind: str, url: str, secret: str | None, text: str, now: float) -> Outgoing:
    """Return the post that makes a robot say *text*; *now* in seconds since 1970."""
    said = cut(text, MOST_BYTES[kind])
    body: dict[str, Any]
    if kind == "feishu":
        body = {"msg_type": "text", "content": {"text": said}}
        if secret:
            body |= {"timestamp": str(int(now)), "sign": feishu_sign(secret, int(now))}
    else:
        body = {"msgtype": "text", "text": {"content": said}}
    if kind == "dingtalk" and secret:
        stamp = int(now * 1000)
        query = urlencode({"timestamp": stamp, "sign": dingtalk_sign(secret, stamp)})
        url += ("&" if "?" in url else "?") + query
    return Outgoing(url, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"})


def feishu_sign(secret: str, seconds: int) -> str:
    """Return Feishu's signature: the text is the key, and what is signed is empty."""
    return _base64(hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest())


def dingtalk_sign(secret: str, milliseconds: int) -> str:
    """Return DingTalk's signature."""
    return _base64(hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest())


def robot_refusal(answer: bytes) -> str:
    """Return why a robot did not take a message; empty where it did."""
    try:
        said = json.loads(answer)
        codes = [said[name] for name in ("errcode", "code", "StatusCode") if name in said]
    except (ValueError, TypeError):
        return "it answered no JSON"
    if not codes:
        return "its answer has no code"
    return "" if all(code == 0 for code in codes) else f"code {codes[0]}"


def cut(text: str, most: int) -> str:
    """Return *text*, shortened to *most* bytes of UTF-8 at the end of a line where that is needed."""
    if len(text.encode()) <= most:
        return text
    short = text.encode()[: most - 4].decode(errors="ignore")
    return (short.rpartition("\n")[0] or short) + "\n…"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
