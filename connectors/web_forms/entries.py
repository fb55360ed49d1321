"""The stream `entries`: read from the product's API where it has one, or filled by the inbox alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, overload

from connectors.contract import DELETED_AT, Page, Record
from connectors.errors import ConnectorError, StopSystem
from connectors.web_forms.client import Client
from connectors.web_forms.pulls.contract import FormsApi, news_since
from connectors.web_forms.pulls.registry import PULLS
from connectors.web_forms.schema import entry_schema
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


class Rewritten(Sequence[Record]):
    """Records that are made as they are asked for: by whoever works on a page, while the next one is fetched."""

    def __init__(self, found: Sequence[Submission], rewrite: Callable[[Submission], Record]) -> None:
        self._found, self._rewrite = found, rewrite

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, at: int) -> Record: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Record]: ...

    def __getitem__(self, at: int | slice) -> Record | Sequence[Record]:
        return Rewritten(self._found[at], self._rewrite) if isinstance(at, slice) else self._rewrite(self._found[at])

    def __iter__(self) -> Iterator[Record]:
        return map(self._rewrite, self._found)


@dataclass
class PulledEntries:
    """Entries of all configured forms from the API, each form with its own place.

    State: `{"forms": {form id: place}}`. A form that fails is named and the others are read; then the stream ends with
    that form's error.
    """

    client: Client
    settings: Settings
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    name: str = STREAM
    primary_key: str = KEY
    cursor_field: str | None = CURSOR
    _labels: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of an entry, with every question that the forms ask now."""
        return entry_schema(sorted({ref for form_id in self._forms() for ref in self._titles(form_id)}))

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield finished entries form by form."""
        self._labels.clear()
        before = (state or {}).get("forms")
        forms: dict[str, Any] = dict(before) if isinstance(before, Mapping) else {}
        failed: ConnectorError | None = None
        for form_id in self._forms():
            kept = forms.get(form_id)
            try:
                for found, place in self._api.read(form_id, kept if isinstance(kept, Mapping) else {}):
                    forms[form_id] = place
                    yield Page(self._records(found), {"forms": dict(forms)})
            except StopSystem:
                raise
            except ConnectorError as error:
                log.warning("form %s was not read to its end: %s", form_id, error)
                failed = failed or error
        if failed is not None:
            raise failed

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield these entries by as few calls as the API allows."""
        by_form: dict[str, list[str]] = {}
        for form_id, entry_id in map(form_and_entry, ids):
            by_form.setdefault(form_id, []).append(entry_id)
        for form_id, entries in by_form.items():
            if not form_id or not all(entries):
                log.warning("%d record ids name no entry of a form; skipped", len(entries))
                continue
            for entry_id, found in self._api.named(form_id, entries):
                if found is not None:
                    yield self._record(found)
                elif news_since(entry_id) is None:
                    yield {KEY: record_id(form_id, entry_id), DELETED_AT: self.now().isoformat(timespec="seconds")}

    @cached_property
    def _api(self) -> FormsApi:
        return PULLS[self.settings.product].api(self.client, self.settings, self.now)

    def _forms(self) -> Iterable[str]:
        return self.settings.forms or self._api.forms()

    def _records(self, found: Sequence[Submission]) -> Sequence[Record]:
        """Return the entries' records; where that takes no call, each is made when it is asked for."""
        return [self._record(one) for one in found] if self._untold else Rewritten(found, self._record)

    def _record(self, found: Submission) -> Record:
        return record(self._with_words(found), self.settings)

    def _with_words(self, found: Submission) -> Submission:
        """Return the entry with the words of those consents that the operator left to the form."""
        if not self._untold or not any(one.ref in self._untold and not one.label for one in found.answers):
            return found
        titles = self._titles(found.form_id)
        answers = [one if one.label else one._replace(label=titles.get(one.ref, "")) for one in found.answers]
        return replace(found, answers=answers)

    @cached_property
    def _untold(self) -> frozenset[str]:
        """The consents whose words the operator left to the form."""
        return frozenset(ref for ref, asked in self.settings.consents.items() if asked.text is None)

    def _titles(self, form_id: str) -> Mapping[str, str]:
        if form_id not in self._labels:
            self._labels[form_id] = self._api.titles(form_id)
        return self._labels[form_id]
