"""Forms as clients send them to the simulators' token endpoints."""

from __future__ import annotations

import requests

from connectors.sandboxes.form_body import form_fields


def test_a_multipart_form_gives_its_fields_without_files() -> None:
    parts = {"grant_type": (None, "refresh_token"), "name": (None, "王\r\nWei"), "file": ("a.txt", b"x")}
    sent = requests.Request("POST", "http://a.example", files=parts).prepare()
    body = sent.body if isinstance(sent.body, bytes) else b""
    assert form_fields(sent.headers["Content-Type"], body) == {"grant_type": "refresh_token", "name": "王\r\nWei"}


def test_an_urlencoded_form_gives_its_fields_whatever_type_it_is_sent_as() -> None:
    assert form_fields("", b"a=1&b=%E7%8E%8B+x") == {"a": "1", "b": "王 x"}


def test_a_body_that_is_no_form_gives_nothing() -> None:
    assert form_fields("multipart/form-data; boundary=b", b"nonsense") == {}
