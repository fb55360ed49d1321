from __future__ import annotations

from typing import Any

import pytest

from connectors.web_forms.consent import consent_of, said
from connectors.web_forms.settings import ConsentAnswer
from connectors.web_forms.submission import Answer, Submission, record
from tests.connectors.web_forms.posts import settings

NEWS = ConsentAnswer(purpose="newsletter", text=None, version=None)


@pytest.mark.parametrize("value", [True, "on", "1", "yes", "ja", "oui", "是", "同意", " TRUE ", 1, ["on"]])
def test_an_explicit_yes_is_granted(value: Any) -> None:
    assert said(value) is True


@pytest.mark.parametrize("value", ["no", "否", "不同意", "NEIN"])
def test_an_explicit_no_is_denied(value: Any) -> None:
    assert said(value) is False


@pytest.mark.parametrize("value", ["", None, "maybe", [], ["on", "on"], {}, 2, 1.0])
def test_anything_else_says_nothing(value: Any) -> None:
    assert said(value) is None
    assert said(value, chosen=True) is None


@pytest.mark.parametrize("value", [False, "false", "0", "off", 0])
def test_an_unticked_box_is_a_no_only_where_the_sender_tells_it_from_an_empty_one(value: Any) -> None:
    assert said(value) is None
    assert said(value, chosen=True) is False


def test_only_a_question_that_the_operator_named_is_a_consent() -> None:
    response = Submission("s", "F", "1", "t", "t", [Answer("news", value=True), Answer("privacy", value=True)])
    made = record(response, settings("html", consents={"news": {"purpose": "newsletter"}}))
    assert [one["ref"] for one in made["consent"]] == ["news"]


def test_a_consent_keeps_the_words_their_version_and_the_time() -> None:
    found = consent_of(Answer("news", value=True, label="I agree"), NEWS, "2026-01-02T03:04:05Z")
    assert found is not None
    assert (found["purpose"], found["granted"], found["text"]) == ("newsletter", True, "I agree")
    assert found["at"] == "2026-01-02T03:04:05Z"
    assert found["text_version"].startswith("sha256:")
    other = consent_of(Answer("news", value=True, label="I agree to more"), NEWS, "t")
    assert other is not None
    assert other["text_version"] != found["text_version"]


def test_the_operators_words_and_version_win() -> None:
    asked = ConsentAnswer(purpose="p", text="Ours", version="v3")
    found = consent_of(Answer("news", "yes", "Theirs"), asked, "t")
    assert found is not None
    assert (found["text"], found["text_version"]) == ("Ours", "v3")
