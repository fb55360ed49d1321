"""The entries of a simulated product whose forms number their entries: a book, two forms, one count for each form.

A stored entry holds its answers by the question's reference, as in `forms`; each product shows it under its own keys.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.sandboxes.book import RecordBook, Stored
from connectors.sandboxes.contract import SandboxOptions
from connectors.sandboxes.switches import Known, settled
from connectors.web_forms.sandbox.forms import QUESTIONS, SHORT_FORM, Form, answers_typed

STREAM = "entries"


@dataclass
class Collected:
    """One account's forms and entries; record ids are `form:number`, numbers start at 1 in each form.

    *known* are the product's switches; an unknown one is an error, since a test would prove nothing.
    """

    options: SandboxOptions
    product: str
    known: Known
    form_ids: tuple[str, str]
    book: RecordBook = field(init=False)

    def __post_init__(self) -> None:
        self.switches = settled(self.known, self.options.switches)
        contact, trial = self.form_ids
        self.forms = {
            contact: Form(contact, "联系我们 Contact us", tuple(QUESTIONS)),
            trial: Form(trial, "申请试用 Request a trial", tuple(ref for ref in QUESTIONS if ref in SHORT_FORM)),
        }
        self._counts = dict.fromkeys(self.forms, 0)
        self.book = RecordBook(self.options.clock, lambda _stream: self._new_id(contact))
        for typed in sorted(self.options.population, key=lambda one: (one.created_at, one.key)):
            answers = answers_typed(typed.values)
            chosen = int(hashlib.sha256(typed.key.encode()).hexdigest()[:8], 16) % 3
            form_id = trial if chosen == 0 and SHORT_FORM.issuperset(answers) else contact
            self.book.create(
                STREAM,
                answers,
                by="people",
                at=typed.created_at,
                record_id=self._new_id(form_id),
                customers=typed.customers,
            )

    def secret(self, name: str) -> str:
        """Return an invented secret that follows from the seed."""
        return hashlib.sha256(f"{self.product}/{self.options.seed}/{name}".encode()).hexdigest()[:32]

    def entries(self, form_id: str, above: int = 0) -> list[Stored]:
        """Return a form's live entries with a number above *above*, in the order of their numbers."""
        live = [one for one in self.book.all(STREAM) if one.deleted_at is None and form_of(one) == form_id]
        return sorted((one for one in live if number_of(one) > above), key=number_of)

    def entry(self, form_id: str, number: str) -> Stored | None:
        """Return one live entry."""
        held = self.book.get(STREAM, f"{form_id}:{number}")
        return held if held is not None and held.deleted_at is None else None

    def save_as_person(self, stream: str, record_id: str | None, values: Mapping[str, Any], at: datetime) -> Stored:
        """Store what a visitor left or changed: answers named `email` or `fields.email`."""
        answers = {name.removeprefix("fields."): value for name, value in values.items()}
        form_id = str(answers.pop("form_id", self.form_ids[0]))
        if record_id is not None:
            return self.book.update(stream, record_id, answers, by="people", at=at)
        return self.book.create(stream, answers, by="people", at=at, record_id=self._new_id(form_id))

    def recall(self, _kept: Mapping[str, Any]) -> None:
        """Count on behind the entries of a saved state."""
        for one in self.book.all(STREAM):
            self._counts[form_of(one)] = max(self._counts.get(form_of(one), 0), number_of(one))

    def config(self, product_settings: Mapping[str, Any], consent: str) -> dict[str, Any]:
        """Return the system's block of hub.yaml; *consent* is the key of the consent's question."""
        asked = {"purpose": "newsletter", "text": QUESTIONS["consent"][2], "version": "v1"}
        return {
            "connector": "web_forms",
            "department": "marketing",
            "config": {
                "product": self.product,
                "forms": list(self.forms),
                "calls_per_second": None if self.options.limits == "real" else 0,
                "consents": {consent: asked},
                **product_settings,
            },
            "streams": [STREAM],
        }

    def _new_id(self, form_id: str) -> str:
        self._counts[form_id] = self._counts.get(form_id, 0) + 1
        return f"{form_id}:{self._counts[form_id]}"


def form_of(held: Stored) -> str:
    """Return the form that an entry belongs to."""
    return held.record_id.partition(":")[0]


def number_of(held: Stored) -> int:
    """Return an entry's number within its form."""
    return int(held.record_id.partition(":")[2])


def made_up_id(seed: int, name: str, letters: str, length: int) -> str:
    """Return an id of a product's kind that follows from the seed."""
    chance = random.Random(f"{seed}/{name}")  # noqa: S311 (a simulator that can be made again)
    return "".join(chance.choice(letters) for _ in range(length))
