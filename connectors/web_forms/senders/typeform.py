"""Typeform: signed posts of one typed response each; the same response comes from its API without the definition.

{"event_id": "01H…", "event_type": "form_response", "form_response": {"form_id": "F1", "token": "tok1",
 "submitted_at": "2026-01-02T03:04:05Z", "hidden": {}, "definition": {"fields": [{"id", "ref", "title"}]},
 "answers": [{"type": "email", "email": "a@example.com", "field": {"id": "q1", "type": "email", "ref": "mail"}}]}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract import Post
from connectors.web_forms.json_body import Unreadable, read_json
from connectors.web_forms.senders.contract import JSON, Reading, Sender
from connectors.web_forms.senders.keyed import secrets
from connectors.web_forms.settings import Settings
from connectors.web_forms.signatures import verify_typeform
from connectors.web_forms.submission import Answer, Submission


def verify(post: Post, settings: Settings) -> None:
    """Check the signature; without a timestamp in it, replays are caught by the event's id."""
    verify_typeform(secrets(settings), post.headers, post.body)


def read(post: Post, settings: Settings) -> Reading:
    """Read one post; events that are no finished response hold nothing for us."""
    del settings
    parsed = read_json(post.body)
    response = parsed.get("form_response") if isinstance(parsed, Mapping) else None
    if not isinstance(response, Mapping):
        raise Unreadable("no_entry")
    form_id = response.get("form_id")
    entry = submission(response, form_id, titles(response.get("definition"))) if isinstance(form_id, str) else None
    if entry is None:
        raise Unreadable("no_id")
    event_id = parsed.get("event_id")
    key = event_id if isinstance(event_id, str) and event_id else f"{entry.submission_id}:{entry.revision}"
    finished = parsed.get("event_type") == "form_response"
    return Reading(f"typeform:{key}", (entry,) if finished else ())


def submission(response: Mapping[str, Any], form_id: str, labels: Mapping[str, str]) -> Submission | None:
    """Return the entry in a response, as posted or as the API lists it; None where it has no token.

    Only what both ways carry is taken: the API alone knows browser and network of the visitor.
    """
    token = _text(response.get("token")) or _text(response.get("response_id"))
    if not token or not form_id:
        return None
    hidden, landed = response.get("hidden"), _text(response.get("landed_at"))
    at = _text(response.get("submitted_at")) or landed
    return Submission(
        source="typeform",
        form_id=form_id,
        submission_id=token,
        submitted_at=at,
        revision=at,
        answers=_answers(response.get("answers"), labels),
        hidden=hidden if isinstance(hidden, dict) else {},
        meta={"landed_at": landed} if landed else {},
    )


def titles(definition: Any) -> dict[str, str]:  # noqa: ANN401 (whatever stands there)
    """Return the questions' titles by their key, from a form's definition."""
    listed = definition.get("fields") if isinstance(definition, Mapping) else None
    found: dict[str, str] = {}
    for field in listed if isinstance(listed, list) else []:
        if isinstance(field, Mapping):
            found[_key(field)] = str(field.get("title") or "")
            inner = field.get("properties")  # groups and the contact-info block hold their questions inside
            found |= titles(inner) if isinstance(inner, Mapping) else {}
    return found


def _answers(listed: Any, labels: Mapping[str, str]) -> list[Answer]:  # noqa: ANN401 (whatever stands there)
    found: list[Answer] = []
    for answer in listed if isinstance(listed, list) else ():
        try:  # a first read makes millions: what is as documented is not asked for its types first
            ref, value = answer["field"]["ref"], answer[answer["type"]]
        except (KeyError, TypeError):
            ref, value = _unusual(answer)
        if not ref or ref.__class__ is not str:
            ref, value = _unusual(answer)
        if value.__class__ is dict:
            value = _chosen(answer["type"], value)
        if ref:
            found.append(Answer(ref, value, labels.get(ref, "") if labels else "", True))  # noqa: FBT003 (chosen)
    return found


def _unusual(answer: Any) -> tuple[str, Any]:  # noqa: ANN401 (whatever stands there)
    """Return the key and the value of an answer that lacks something; no key where it answers nothing."""
    field = answer.get("field") if isinstance(answer, dict) else None
    kind = answer.get("type") if isinstance(answer, dict) else None
    key = _key(field) if isinstance(field, dict) else ""
    return key, answer.get(kind) if key and isinstance(kind, str) else None


def _key(field: Mapping[str, Any]) -> str:
    """Return the owner's own reference of a question; Typeform makes one where the owner gave none."""
    ref = field.get("ref")
    if isinstance(ref, str) and ref:
        return ref
    own = field.get("id")
    return own if isinstance(own, str) else ""


def _chosen(kind: Any, value: Mapping[str, Any]) -> Any:  # noqa: ANN401 (an answer of any kind)
    """Return what was answered where that is an object: the label of a choice, the labels of several."""
    if kind == "choice":
        return value.get("label") or value.get("other")
    if kind == "choices":
        labels = value.get("labels")
        return [*(labels if isinstance(labels, list) else []), *([value["other"]] if value.get("other") else [])]
    return dict(value)


def _text(value: Any) -> str:  # noqa: ANN401 (whatever stands there)
    return value if isinstance(value, str) else ""


SENDER = Sender("typeform", JSON, verify, read)
