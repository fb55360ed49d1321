"""Gravity Forms: the raw entry as the Webhooks add-on posts it ("all fields"), and as the REST API lists it.

{"id": "101", "form_id": "3", "date_created": "2026-01-02 03:04:05", "date_updated": "…", "status": "active",
 "1.3": "Anna", "1.6": "Muster", "2": "a@example.com", "5.1": "first choice", "5.2": ""}

Keys are field ids, with parts behind a dot; everything is text; times are UTC. A consent field has its tick in `.1`,
the words shown in `.2` and the version of the form in `.3`. Posts with chosen fields under own keys are read like any
JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.contract import Post
from connectors.web_forms.form_body import gathered, read_multipart, read_urlencoded
from connectors.web_forms.json_body import Unreadable, objects, read_json
from connectors.web_forms.senders import keyed
from connectors.web_forms.senders.contract import FORMS, JSON, Reading, Sender
from connectors.web_forms.senders.plain import digest
from connectors.web_forms.senders.plain import submission as plain
from connectors.web_forms.settings import Settings
from connectors.web_forms.submission import Answer, Submission

_FIELD = re.compile(r"[0-9]+(\.[0-9]+)*")
META = {"ip": "ip", "source_url": "page_url", "user_agent": "user_agent"}


def read(post: Post, settings: Settings) -> Reading:
    """Read one entry; a later `date_updated` makes it another event and a newer revision of the same record."""
    body = _body(post, settings)
    form_id = body.get("form_id")
    found = submission(body, str(form_id)) if form_id else None
    if found is None:
        found = plain(body, settings, post.received_at, source="gravity_forms")
        return Reading(f"gravity_forms:{digest([found.form_id, found.submission_id])}", (found,))
    return Reading(f"gravity_forms:{found.form_id}:{found.submission_id}:{digest(dict(body))}", (found,))


def submission(entry: Mapping[str, Any], form_id: str) -> Submission | None:
    """Return a raw entry; None where it is none (no id, no time of creation)."""
    own_id, created = entry.get("id"), entry.get("date_created")
    if not own_id or not isinstance(own_id, str | int) or not isinstance(created, str):
        return None
    updated = entry.get("date_updated")
    at = _stamp(created)
    return Submission(
        source="gravity_forms",
        form_id=form_id,
        submission_id=str(own_id),
        submitted_at=at,
        revision=_stamp(updated) if isinstance(updated, str) and updated else at,
        answers=list(_answers(entry)),
        meta={name: entry[key] for key, name in META.items() if entry.get(key)},
    )


def titles(form: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels of a form's fields, and of their parts."""
    found: dict[str, str] = {}
    for field in objects(form.get("fields")):
        label = str(field.get("label") or "")
        found[str(field.get("id"))] = str(field.get("checkboxLabel") or label)
        for part in objects(field.get("inputs")):
            found[str(part.get("id"))] = f"{label}: {part.get('label') or ''}".removesuffix(": ")
    return found


def _answers(entry: Mapping[str, Any]) -> Iterator[Answer]:
    for key, value in entry.items():
        if not _FIELD.fullmatch(key) or value in (None, ""):
            continue
        whole, dot, part = key.rpartition(".")
        words, version = (entry.get(f"{whole}.{other}") if dot and part == "1" else "" for other in (2, 3))
        is_consent = bool(words) and str(value) == "1"
        yield Answer(
            key,
            value,
            label=str(words) if is_consent else "",
            version=str(version or "") if is_consent else "",
        )


def _body(post: Post, settings: Settings) -> Mapping[str, Any]:
    kind = post.headers.get("content-type", "").lower()
    if kind.startswith("multipart/"):
        parsed: Any = gathered(read_multipart(post.body, kind, settings.fallback_charset))
    elif kind.startswith("application/x-www-form-urlencoded"):
        parsed = gathered(read_urlencoded(post.body, settings.fallback_charset))
    else:
        parsed = read_json(post.body, numbers="text")
    if not isinstance(parsed, Mapping) or not parsed:
        raise Unreadable("no_entry")
    return parsed


def _stamp(text: str) -> str:
    """Return a time with its zone, which is UTC; one that cannot be read as it is.

    >>> _stamp("2026-01-02 03:04:05")
    '2026-01-02T03:04:05Z'
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).isoformat().replace("+00:00", "Z")


SENDER = Sender("gravity_forms", (*JSON, *FORMS), keyed.verify, read)
