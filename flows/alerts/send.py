"""Hand a message to a channel. Room: flows, shell. Errors name the channel's kind, never its address or secret."""

from __future__ import annotations

import json
import logging
import smtplib
import ssl
import time
from email.message import EmailMessage
from typing import Any

import requests
from ulid import ULID

from connectors.web_forms.signatures import standard_signature
from flows.alerts.robots import Outgoing, robot_post, robot_refusal
from flows.alerts.settings import Hook, Mail, Robot

log = logging.getLogger(__name__)

TIMEOUT = 10.0
"""Seconds that a channel has to take a message."""
_GOOD = range(200, 300)


class NotTaken(Exception):
    """A channel did not take a message; says which kind and why, in a few words."""

    def __init__(self, kind: str, why: str) -> None:
        self.kind, self.why = kind, why
        super().__init__(f"{kind}: {why}")


def send(channel: Mail | Robot | Hook, title: str, text: str, news: list[dict[str, Any]]) -> None:
    """Tell a channel; *news* is what a machine at its end reads.

    Raises:
        NotTaken: it was not taken.
    """
    match channel:
        case Mail():
            _mail(channel, title, text)
        case Robot():
            secret = channel.secret.get_secret_value() if channel.secret else None
            said = f"{title}\n{text}"
            answer = _post(channel.kind, robot_post(channel.kind, _url(channel), secret, said, time.time()))
            if why := robot_refusal(answer):
                raise NotTaken(channel.kind, why)
        case Hook():
            _post(channel.kind, hook_post(channel, title, text, news, time.time()))


def hook_post(channel: Hook, title: str, text: str, news: list[dict[str, Any]], now: float) -> Outgoing:
    """Return a post signed as Standard Webhooks 1.0 says."""
    message_id, stamp = f"msg_{ULID()}", str(int(now))
    content = {"type": "crmhub.alert", "timestamp": stamp, "data": {"title": title, "text": text, "alerts": news}}
    body = json.dumps(content, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": standard_signature(channel.secret.get_secret_value(), message_id, stamp, body),
    }
    return Outgoing(_url(channel), body, headers)


def _url(channel: Robot | Hook) -> str:
    return channel.url.get_secret_value()


def _post(kind: str, out: Outgoing) -> bytes:
    try:
        answer = requests.post(
            out.url, data=out.body, headers=dict(out.headers), timeout=TIMEOUT, allow_redirects=False
        )
    except requests.RequestException as error:
        raise NotTaken(kind, type(error).__name__) from None
    if answer.status_code not in _GOOD:
        raise NotTaken(kind, f"answered {answer.status_code}")
    return answer.content


def _mail(channel: Mail, title: str, text: str) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = title, channel.sender, ", ".join(channel.to)
    mail.set_content(text)
    try:
        with _server(channel) as server:
            if channel.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if channel.user and channel.password:
                server.login(channel.user, channel.password.get_secret_value())
            server.send_message(mail)
    except (smtplib.SMTPException, OSError) as error:
        raise NotTaken(channel.kind, type(error).__name__) from None


def _server(channel: Mail) -> smtplib.SMTP:
    if channel.tls == "implicit":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(channel.host, channel.port, timeout=TIMEOUT, context=context)
    return smtplib.SMTP(channel.host, channel.port, timeout=TIMEOUT)
