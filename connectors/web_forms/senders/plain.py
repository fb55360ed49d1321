"""Posts without an agreed shape: one object per entry, keys chosen by whoever made the form.

Pure. Used by the senders `json`, `html` and `standard_webhooks`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.web_forms.clean import clean_text
from connectors.web_forms.settings import Settings
from connectors.web_forms.submission import Answer, Submission

SAME_POST_SECONDS = 600
"""Two equal posts without an id of their own are one within ten minutes: a browser's reload, a sender's retry."""
UNNAMED_FORM = "form"
META = {"_remote_ip": "ip", "_url": "page_url", "_user_agent": "user_agent"}
"""Keys that WordPress plugins add on request."""


def submission(  # noqa: PLR0913 (what an event may say of itself, all named)
    body: Mapping[str, Any],
    settings: Settings,
    received_at: datetime,
    *,
    source: str,
    event_id: str = "",
    sent_at: str = "",
) -> Submission:
    """Return the entry that one posted object is.

    Its id is, in this order: the configured `id_field`, a `submission_id`, the event's id, a hash of the object
    (and, where it carries no time of its own, of the ten minutes in which it came).
    """
    answers, named = _answers(body)
    form_id = _one(body, settings.form_field, "form_id") or next(iter(settings.forms), UNNAMED_FORM)
    time = _one(body, settings.time_field, "submitted_at") or sent_at
    own_id = _one(body, settings.id_field, "submission_id") or event_id
    at = time or received_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Submission(
        source=source,
        form_id=form_id,
        submission_id=own_id or digest(body, "" if time else _window(received_at)),
        submitted_at=at,
        revision=_one(body, "", "revision") or at,
        answers=[one for one in answers if one.value not in ("", None) and one.ref not in _control(settings)],
        hidden=_object(body.get("hidden")) if named else {},
        kind=_one(body, "", "kind"),
        channel=_one(body, settings.channel_field, "channel"),
        meta=_object(body.get("meta")) if named else {META[key]: body[key] for key in META if body.get(key)},
    )


def digest(body: Any, *also: str) -> str:  # noqa: ANN401 (JSON of any shape)
    """Return a short hash of a JSON value, the same for the same content in any order of keys."""
    text = json.dumps([body, *also], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _answers(body: Mapping[str, Any]) -> tuple[list[Answer], bool]:
    """Read the answers: `fields` (an object, or a list of `{"ref" | "key" | "name", "value"}`), else every key."""
    for holder in (body, body.get("data")):
        listed = holder.get("fields") if isinstance(holder, Mapping) else None
        if isinstance(listed, Mapping) and holder is body:
            return [Answer(key, value) for key, value in listed.items()], True
        if isinstance(listed, list) and listed and all(isinstance(one, Mapping) and "value" in one for one in listed):
            return [_named(one) for one in listed if _ref(one)], True
    return [Answer(key, value) for key, value in body.items() if key not in META], False


def _named(one: Mapping[str, Any]) -> Answer:
    label = one.get("label")
    return Answer(_ref(one), one["value"], label if isinstance(label, str) else "")


def _ref(one: Mapping[str, Any]) -> str:
    return next((one[key] for key in ("ref", "key", "name") if isinstance(one.get(key), str) and one[key]), "")


def _control(settings: Settings) -> frozenset[str]:
    return frozenset({settings.form_field, settings.trap_field, settings.channel_field} - {""})


def _one(body: Mapping[str, Any], configured: str, usual: str) -> str:
    """Return one short text of the object: under the configured key, or else under the one of our own shape."""
    value = body.get(configured or usual) if configured or "fields" in body else None
    return clean_text(value)[:200] if isinstance(value, str) else ""


def _object(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 (whatever a stranger put there)
    return value if isinstance(value, Mapping) else {}


def _window(at: datetime) -> str:
    return str(int(at.timestamp()) // SAME_POST_SECONDS)


def objects(parsed: Any) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401 (JSON of any shape)
    """Return the posted objects: the one, or those of an array."""
    return [one for one in (parsed if isinstance(parsed, list) else [parsed]) if isinstance(one, Mapping) and one]
