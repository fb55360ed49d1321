"""Google Forms: a Pub/Sub message says that a form has something new; the answers are read from the API.

{"message": {"attributes": {"eventType": "RESPONSES", "formId": "F1", "watchId": "w"}, "messageId": "1",
 "publishTime": "2026-01-02T03:04:05Z"}, "subscription": "…"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.contract import Post
from connectors.web_forms.json_body import Unreadable, objects, read_json
from connectors.web_forms.pulls.contract import news_id
from connectors.web_forms.senders import keyed
from connectors.web_forms.senders.contract import JSON, Reading, Sender
from connectors.web_forms.settings import Settings
from connectors.web_forms.submission import Answer, Submission, record_id


def read(post: Post, settings: Settings) -> Reading:
    """Read one message; one about the form's questions, or about a form that is not configured, asks for nothing."""
    parsed = read_json(post.body)
    message = parsed.get("message") if isinstance(parsed, Mapping) else None
    about = message.get("attributes") if isinstance(message, Mapping) else None
    if not isinstance(message, Mapping) or not isinstance(about, Mapping):
        raise Unreadable("no_entry")
    form_id, message_id = about.get("formId"), message.get("messageId") or message.get("message_id")
    if not isinstance(form_id, str) or not form_id or not message_id:
        raise Unreadable("no_id")
    wanted = about.get("eventType") == "RESPONSES" and (not settings.forms or form_id in settings.forms)
    at = str(message.get("publishTime") or message.get("publish_time") or post.received_at.isoformat())
    news = (record_id(form_id, news_id(at)),) if wanted else ()
    return Reading(f"google_forms:{message_id}", changed=news)


def submission(response: Mapping[str, Any], form_id: str) -> Submission | None:
    """Return the entry in a response of the API; None where it has no id. An edit keeps the id and renews the time."""
    own_id, created = response.get("responseId"), response.get("createTime")
    if not isinstance(own_id, str) or not own_id:
        return None
    submitted = created if isinstance(created, str) else ""
    revision = response.get("lastSubmittedTime")
    mail = response.get("respondentEmail")
    return Submission(
        source="google_forms",
        form_id=form_id,
        submission_id=own_id,
        submitted_at=submitted,
        revision=revision if isinstance(revision, str) and revision else submitted,
        answers=[
            *([Answer("respondent_email", mail, chosen=True)] if isinstance(mail, str) and mail else []),
            *_answers(response.get("answers")),
        ],
    )


def titles(form: Mapping[str, Any]) -> dict[str, str]:
    """Return the questions' titles by question id; each row of a grid is a question."""
    found: dict[str, str] = {}
    for item in objects(form.get("items")):
        title = str(item.get("title") or "")
        single, group = (_object(item.get(key)) for key in ("questionItem", "questionGroupItem"))
        for question in [_object(single.get("question")), *objects(group.get("questions"))]:
            row = str(_object(question.get("rowQuestion")).get("title") or "")
            if isinstance(question.get("questionId"), str):
                found[question["questionId"]] = f"{title}: {row}" if row else title
    return found


def _answers(listed: Any) -> Iterator[Answer]:  # noqa: ANN401 (whatever stands there)
    for key, answer in _object(listed).items():
        texts = objects(_object(_object(answer).get("textAnswers")).get("answers"))
        files = objects(_object(_object(answer).get("fileUploadAnswers")).get("answers"))
        values = [one["value"] for one in texts if "value" in one]
        values += [{"file": one.get("fileId"), "type": one.get("mimeType")} for one in files]
        if values:
            yield Answer(str(key), values[0] if len(values) == 1 else values, chosen=True)


def _object(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 (whatever stands there)
    return value if isinstance(value, Mapping) else {}


SENDER = Sender("google_forms", JSON, keyed.verify, read)
