"""The one shape of an entry, whoever sent it and whichever way it came, and the record that it becomes.

Pure. The record has no time of arrival in it: the same entry must give the same record by push and by pull.

    {"id": "F1:tok1", "source": "typeform", "kind": "form", "channel": "web_form", "form_id": "F1",
     "submission_id": "tok1", "submitted_at": "2026-01-02T03:04:05Z", "revision": "2026-01-02T03:04:05Z",
     "fields": {"email": "a@example.com"}, "hidden": {"utm_source": "ad1"}, "meta": {"page_url": "…"},
     "consent": [{"ref": "news", "purpose": "newsletter", "granted": true, "text": "I agree …",
                  "text_version": "v3", "at": "2026-01-02T03:04:05Z"}]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from connectors.contract import Record
from connectors.web_forms.clean import MOST_ANSWERS, clean_ref, clean_text, clean_value
from connectors.web_forms.consent import consent_of

if TYPE_CHECKING:
    from connectors.web_forms.settings import Settings

STREAM = "entries"
KEY = "id"
CURSOR = "revision"
KIND, CHANNEL = "form", "web_form"
"""What an entry is and where it came in, unless sender or operator say otherwise."""


class Answer(NamedTuple):  # a tuple, since a first read makes millions
    """One answer. *ref* is the question's stable key, never its label: labels are edited and may repeat.

    *chosen*: this sender leaves skipped questions out, so that a false is a person's no and not an empty box.
    *version*: the version of the question's words, where the sender tells it.
    """

    ref: str
    value: Any
    label: str = ""
    chosen: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """One entry of one form. Times are the sender's own text; *revision* is newer in a newer version of the entry."""

    source: str
    form_id: str
    submission_id: str
    submitted_at: str
    revision: str
    answers: Sequence[Answer]
    hidden: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    channel: str = ""


def record_id(form_id: str, submission_id: str) -> str:
    """Return the id of an entry's record: senders number their entries form by form."""
    return f"{form_id}:{submission_id}"


def form_and_entry(entry: str) -> tuple[str, str]:
    """Split a record id; the entry part is empty where it is none of ours."""
    form_id, _, submission_id = entry.partition(":")
    return form_id, submission_id


def record(submission: Submission, settings: Settings) -> Record:
    """Return the record of stream `entries`; at most 500 answers, each cleaned, without those that are never taken."""
    skipped, asked, names = settings.skip_fields, settings.consents, settings.names
    wanted = submission.answers
    if skipped:
        wanted = [answer for answer in wanted if answer.ref not in skipped]
    if len(wanted) > MOST_ANSWERS:
        wanted = wanted[:MOST_ANSWERS]
    at = clean_text(submission.revision)
    given = [consent_of(one, asked[one.ref], at) for one in wanted if one.ref in asked] if asked else []
    kind, channel, sent = submission.kind, submission.channel, submission.submitted_at
    return {
        "id": record_id(submission.form_id, submission.submission_id),
        "source": submission.source,
        "kind": (kind and clean_text(kind)) or settings.kind or KIND,
        "channel": (channel and clean_text(channel)) or settings.channel or CHANNEL,
        "form_id": submission.form_id,
        "submission_id": submission.submission_id,
        "submitted_at": at if sent == submission.revision else clean_text(sent),
        "revision": at,
        "fields": fields_of([one._replace(ref=names.get(one.ref, one.ref)) for one in wanted] if names else wanted),
        "hidden": clean_value(dict(submission.hidden)) if submission.hidden else {},
        "meta": clean_value(dict(submission.meta)) if submission.meta else {},
        "consent": [one for one in given if one is not None],
    }


def fields_of(answers: Iterable[Answer]) -> dict[str, Any]:
    """Return the answers by their question; a question answered several times gives a list."""
    fields: dict[str, Any] = {}
    repeated: set[str] = set()
    for answer in answers:
        ref, value = clean_ref(answer[0]), answer[1]  # by place: by name takes twice as long, and there are millions
        value = clean_text(value) if isinstance(value, str) else clean_value(value)
        if ref not in fields:
            fields[ref] = value
            continue
        before = fields[ref] if ref in repeated else [fields[ref]]
        fields[ref] = [*before, *(value if isinstance(value, list) else [value])]
        repeated.add(ref)
    return fields
