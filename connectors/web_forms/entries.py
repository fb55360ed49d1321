"""The stream `entries`: read from the product's API where it has one, or filled by the inbox alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from connectors.contract import DELETED_AT, Page, Record
from connectors.errors import ConnectorError, SkipRecord, StopSystem, TryAgain
from connectors.web_forms.client import IDS_PER_CALL, Client, objects
from connectors.web_forms.progress import Progress
from connectors.web_forms.schema import entry_schema
from connectors.web_forms.senders.typeform import submission, titles
from connectors.web_forms.settings import Settings
from connectors.web_forms.submission import CURSOR, KEY, STREAM, Submission, form_and_entry, record, record_id

log = logging.getLogger(__name__)


class InboxEntries:
    """Entries that only ever arrive by post: the stream is there, and reading it makes no call."""

    name: str = STREAM
    primary_key: str = KEY
    cursor_field: str | None = CURSOR

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of any entry."""
        return entry_schema(())

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield nothing: what was posted is in the hub already."""
        del state
        yield from ()

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield nothing: nobody can be asked, so nothing is known to be gone."""
        del ids
        yield from ()


@dataclass
class PulledEntries:
    """Entries of all configured forms from the API, each form with its own cursor.

    A form that fails is named and the others are read; then the stream ends with that form's error.
    """

    client: Client
    settings: Settings
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    name: str = STREAM
    primary_key: str = KEY
    cursor_field: str | None = CURSOR
    _labels: dict[str, dict[str, str]] = field(default_factory=dict)

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of an entry, with every question that the forms ask now."""
        return entry_schema(sorted({ref for form_id in self._forms() for ref in self._titles(form_id)}))

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield finished responses form by form, newest first; see `progress` for what a state may say."""
        self._labels.clear()
        before = (state or {}).get("forms")
        forms: dict[str, Any] = dict(before) if isinstance(before, Mapping) else {}
        failed: ConnectorError | None = None
        for form_id in self._forms():
            try:
                for records, place in self._form(form_id, Progress.of(state, form_id)):
                    forms[form_id] = place.as_state()
                    yield Page(records, {"forms": dict(forms)})
            except StopSystem:
                raise
            except ConnectorError as error:
                log.warning("form %s was not read to its end: %s", form_id, error)
                failed = failed or error
        if failed is not None:
            raise failed

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield these entries by as few calls as there are forms and hundreds of ids."""
        by_form: dict[str, list[str]] = {}
        for form_id, token in map(form_and_entry, ids):
            by_form.setdefault(form_id, []).append(token)
        for form_id, tokens in by_form.items():
            if not form_id or not all(tokens):
                log.warning("%d record ids name no entry of a form; skipped", len(tokens))
                continue
            for first in range(0, len(tokens), IDS_PER_CALL):
                yield from self._named(form_id, tokens[first : first + IDS_PER_CALL])

    def _forms(self) -> Iterable[str]:
        return self.settings.forms or self.client.forms()

    def _form(self, form_id: str, place: Progress) -> Iterator[tuple[list[Record], Progress]]:
        place = place.begin(self.settings.start, self.settings.lookback)
        resumed, restarted = place.before is not None, False
        while True:
            try:
                answer = self._page(form_id, place)
            except SkipRecord:  # the response that paging stood at may have been deleted since
                if place.before is None or restarted:
                    raise
                place = Progress(until=place.until).begin(self.settings.start, self.settings.lookback)
                resumed, restarted = False, True
                continue
            found = list(self._submissions(form_id, answer))
            place = place.after((one.submitted_at for one in found), self._next(answer, place), self.now())
            yield [record(one, self.settings) for one in found], place
            if place.before is None and not resumed:
                return
            if place.before is None:  # a broken-off read is done; now what came in since it began
                resumed, place = False, place.begin(self.settings.start, self.settings.lookback)

    def _page(self, form_id: str, place: Progress) -> Mapping[str, Any]:
        page_size = self.settings.page_size
        return self.client.responses(form_id, page_size=page_size, since=place.since, before=place.before)

    def _next(self, answer: Mapping[str, Any], place: Progress) -> str | None:
        """Return the token to go on before; None at the end.

        The API's page count says 1 or 0 there. Where it counts all pages and not those that remain (which of the two is
        not certain), one empty page is read too much.
        """
        items = objects(answer.get("items"))
        tokens = [one["token"] for one in items if isinstance(one.get("token"), str)]
        pages = answer.get("page_count")
        at_end = pages <= 1 if isinstance(pages, int) else len(items) < self.settings.page_size
        if at_end or not items:
            return None
        if not tokens or tokens[-1] == place.before:
            raise TryAgain(
                "the list of responses does not move on",
                system=self.client.system,
                stream=STREAM,
                code="paging",
                cure="The hub tries again at the next run; if it stays, report it with the form's id.",
            )
        return str(tokens[-1])

    def _submissions(self, form_id: str, answer: Mapping[str, Any]) -> Iterator[Submission]:
        without_id = 0
        for item in objects(answer.get("items")):
            if item.get("response_type", "completed") != "completed":
                continue
            found = submission(item, form_id, {})
            if found is None:
                without_id += 1
                continue
            if self._untold and any(one.ref in self._untold for one in found.answers):
                found = submission(item, form_id, self._titles(form_id)) or found
            yield found
        if without_id:
            log.warning("%d responses of form %s carry no token; skipped", without_id, form_id)

    @cached_property
    def _untold(self) -> frozenset[str]:
        """The consents whose words the operator left to the form."""
        return frozenset(ref for ref, asked in self.settings.consents.items() if asked.text is None)

    def _titles(self, form_id: str) -> Mapping[str, str]:
        if form_id not in self._labels:
            self._labels[form_id] = titles(self.client.form(form_id))
        return self._labels[form_id]

    def _named(self, form_id: str, tokens: Sequence[str]) -> Iterator[Record]:
        answer = self.client.responses(form_id, included_response_ids=",".join(tokens), page_size=len(tokens))
        found = {one.submission_id: one for one in self._submissions(form_id, answer)}
        for token in dict.fromkeys(tokens):
            if token in found:
                yield record(found[token], self.settings)
            else:
                gone_at = self.now().isoformat(timespec="seconds")
                yield {KEY: record_id(form_id, token), DELETED_AT: gone_at}
