"""The simulated account: its forms, its responses in a book, how they look and what is posted of them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from connectors.sandboxes.book import RecordBook, Stored
from connectors.sandboxes.contract import Change, PostOut, SandboxOptions
from connectors.sandboxes.switches import ANY_NUMBER, Known, settled
from connectors.web_forms.sandbox.forms import (
    QUESTIONS,
    SHORT_FORM,
    answers_listed,
    answers_typed,
    forms_of,
    iso,
    metadata,
    started,
)
from connectors.web_forms.sandbox.submission_order import SubmissionOrder
from connectors.web_forms.signatures import typeform_signature

STREAM = "entries"
SWITCHES: Known = {
    "edits": ("resubmitted", "silent"),
    "counts": ("remaining", "all"),
    "gone": ("position", "refused"),
    "lag": ("0", ANY_NUMBER),
}
LAG_FOR_REAL = "120"
"""Seconds; the documentation speaks of minutes."""
CALLS_PER_SECOND = 2


@dataclass
class Account:
    """One account, as *options* want it; `sandbox` documents the switches."""

    options: SandboxOptions
    book: RecordBook = field(init=False)
    order: SubmissionOrder = field(init=False)

    def __post_init__(self) -> None:
        lag = {"lag": LAG_FOR_REAL} if self.options.limits == "real" else {}
        self.switches = settled(SWITCHES, {**lag, **self.options.switches})
        chance = random.Random(self.options.seed)  # noqa: S311 (a simulator that can be made again)
        self.token = f"tfp_{chance.randbytes(20).hex()}"
        self.secret = f"tf-{chance.randbytes(20).hex()}"
        self._ids = random.Random(f"{self.options.seed}:responses")  # noqa: S311 (likewise)
        self.forms = {form.form_id: form for form in forms_of(self.options.seed)}
        self.contact, self.trial = self.forms
        self.book = RecordBook(self.options.clock, lambda _stream: self._new_id(self.contact))
        self.order = SubmissionOrder(self.book, STREAM, self.submitted)

    def fill(self) -> None:
        """Store what visitors left, in the order in which they did."""
        for typed in sorted(self.options.population, key=lambda one: (one.created_at, one.key)):
            answers = answers_typed(typed.values)
            chosen = int(hashlib.sha256(typed.key.encode()).hexdigest()[:8], 16) % 3
            form_id = self.trial if chosen == 0 and SHORT_FORM.issuperset(answers) else self.contact
            self.book.create(
                STREAM,
                answers,
                by="people",
                at=typed.created_at,
                record_id=self._new_id(form_id),
                customers=typed.customers,
            )

    def config(self) -> dict[str, Any]:
        """Return the system's block of hub.yaml."""
        return {
            "connector": "web_forms",
            "department": "marketing",
            "config": {
                "product": "typeform",
                "base_url": self.options.base_url,
                "token": self.token,
                "forms": list(self.forms),
                "secrets": [self.secret],
                "calls_per_second": CALLS_PER_SECOND if self.options.limits == "real" else 0,
                "consents": {"consent": {"purpose": "newsletter", "text": QUESTIONS["consent"][2], "version": "v1"}},
            },
            "streams": [STREAM],
        }

    def save_as_person(self, stream: str, record_id: str | None, values: Mapping[str, Any], at: datetime) -> Stored:
        """Store what a visitor left or changed: answers named `email` or `fields.email`, or in a `fields` object."""
        answers = _by_reference(values)
        form_id = str(answers.pop("form_id", self.contact))
        if record_id is not None:
            return self.book.update(stream, record_id, answers, by="people", at=at)
        return self.book.create(stream, answers, by="people", at=at, record_id=self._new_id(form_id))

    def submitted(self, held: Stored) -> datetime:
        """Return when a response counts as submitted."""
        again = held.version > 1 and held.deleted_at is None and self.switches["edits"] == "resubmitted"
        return held.modified_at if again else held.created_at

    def post_event(self, url: str, change: Change) -> PostOut | None:
        """Make the post of a new response (or one submitted again); deletions are never told."""
        held = self.book.get(change.stream, change.record_id)
        told = change.kind == "create" or (change.kind == "update" and self.switches["edits"] == "resubmitted")
        if held is None or not told:
            return None
        form_id, _, token = change.record_id.partition(":")
        event_id = hashlib.sha256(f"{change.record_id}:{held.version}".encode()).hexdigest()[:26].upper()
        definition = self.forms[form_id].definition() if form_id in self.forms else {"fields": []}
        response = {"form_id": form_id, "token": token, **self._about(held), "definition": definition}
        body = orjson.dumps({"event_id": event_id, "event_type": "form_response", "form_response": response})
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Typeform Webhooks",
            "Typeform-Signature": typeform_signature(self.secret, body),
        }
        return PostOut(url, headers, body)

    def item(self, held: Stored) -> dict[str, Any]:
        """Return a response as the API lists it."""
        token = held.record_id.partition(":")[2]
        return {
            "landing_id": token,
            "token": token,
            "response_id": token,
            "response_type": "completed",
            "metadata": metadata(token),
            **self._about(held),
        }

    def _about(self, held: Stored) -> dict[str, Any]:
        form_id, _, token = held.record_id.partition(":")
        submitted = self.submitted(held)
        return {
            "landed_at": iso(started(submitted, token)),
            "submitted_at": iso(submitted),
            "hidden": {},
            "calculated": {"score": 0},
            "answers": answers_listed(form_id, held.values),
        }

    def _new_id(self, form_id: str) -> str:
        return f"{form_id}:{self._ids.randbytes(16).hex()}"


def _by_reference(values: Mapping[str, Any]) -> dict[str, Any]:
    inner = values.get("fields")
    outer = {name.removeprefix("fields."): value for name, value in values.items() if name != "fields"}
    return {**outer, **(inner if isinstance(inner, Mapping) else {})}
