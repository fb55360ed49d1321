"""Creates and updates contacts and companies, one call each; a result per record.

A contact carries its binding id in `unique_external_id`, which Freshdesk keeps unique: a repeated create makes no
second one. A company carries it in a custom field; its name is unique, so a repeated create is refused likewise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from connectors.contract import Lookup, Record, Removal, WriteRequest
from connectors.freshdesk import records
from connectors.freshdesk.client import Client
from connectors.freshdesk.records import COMPANIES, CONTACTS
from connectors.freshdesk.streams import fetched, utc_now
from connectors.one_by_one import OneByOne, nested, texts, value_of
from connectors.removals import DELETE

if TYPE_CHECKING:
    from connectors.freshdesk.settings import Settings
    from connectors.http import Patience
    from connectors.ports import Budget, TokenStore

NUMBERS = ("mobile", "phone")


class Writer(OneByOne):
    """A `connectors.contract.Writer` for one account."""

    removals: ClassVar[Mapping[str, Removal]] = {CONTACTS: Removal(delete="bin", merge=True)}

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        budget: Budget,
        system: str = "freshdesk",
        patience: Patience | None = None,
    ) -> None:
        del tokens  # the key never changes
        self._client = Client(settings, budget=budget, system=system, patience=patience)
        super().__init__(FreshdeskDesk(self._client))

    def remove(self, request: WriteRequest) -> None:
        """Delete a contact softly, or merge it into another, which keeps its own values."""
        record_id, stream = str(request.record_id), request.stream
        if request.kind == DELETE:
            self._client.send("DELETE", f"{stream}/{record_id}", stream=stream, record_id=record_id)
            return
        body = {"primary_contact_id": int(str(request.into)), "secondary_contact_ids": [int(record_id)]}
        self._client.send("POST", f"{stream}/merge", body, stream=stream, record_id=record_id)


class FreshdeskDesk:
    """A `connectors.one_by_one.Desk`."""

    streams = (COMPANIES, CONTACTS)

    def __init__(self, client: Client) -> None:
        self._client = client
        self._company_binding = f"custom_fields.{client.settings.company_binding_field}"

    def fetch(self, stream: str, record_id: str) -> Record:
        """Read one record."""
        return fetched(self._client, stream, record_id, utc_now())

    def create(self, stream: str, fields: Mapping[str, Any], binding_id: str) -> Record | str | None:
        """Make a record with its binding id."""
        bound = "unique_external_id" if stream == CONTACTS else self._company_binding
        row = nested(records.row_of({**fields, bound: binding_id}))
        made = self._client.send("POST", stream, row, stream=stream)
        return self._whole(stream, made) or (str(made["id"]) if made.get("id") else None)

    def update(self, record: Record, stream: str, fields: Mapping[str, Any]) -> Record | None:
        """Change a record; custom fields that are not named stay."""
        record_id, row = str(record["id"]), nested(records.row_of(fields))
        return self._whole(
            stream, self._client.send("PUT", f"{stream}/{record_id}", row, stream=stream, record_id=record_id)
        )

    def unique(self, stream: str) -> Sequence[frozenset[str]]:
        """Return what another record may have."""
        return records.UNIQUE[stream]

    def same(self, name: str, held: Any, wanted: Any) -> bool:  # noqa: ANN401 (any JSON)
        """Compare two filled values."""
        return records.same(name, held, wanted)

    def binding_of(self, stream: str, record: Record) -> str:
        """Return the binding id that a record carries."""
        name = "unique_external_id" if stream == CONTACTS else self._company_binding
        return str(value_of(record, name) or "")

    def candidates(self, lookup: Lookup, by: Literal["binding_id", "mail", "phone"]) -> Iterator[Record]:
        """Yield records by the filters of the list, which see what was written a moment ago (the search lags)."""
        if lookup.stream == COMPANIES:
            if by == "binding_id":
                yield from self._companies(lookup.fields.get("name"))
            return
        asked: list[tuple[str, str]] = []
        if by in {"binding_id", "mail"}:
            mails = [*texts(lookup.fields.get("email")), *texts(lookup.fields.get("other_emails"))]
            asked += [("email", one) for one in mails if "@" in one]
        if by in {"binding_id", "phone"}:
            asked += [(name, one) for name in NUMBERS for one in texts(lookup.fields.get(name))]
        seen: set[object] = set()
        for name, value in asked:
            for one in self._client.rows(CONTACTS, {name: value}, stream=CONTACTS):
                if one.get("id") and one["id"] not in seen:
                    seen.add(one["id"])
                    yield self.fetch(CONTACTS, str(one["id"]))

    def _whole(self, stream: str, answer: Mapping[str, Any]) -> Record | None:
        """Return the record in the answer to a write: Freshdesk shows it as its own read does."""
        if not {"updated_at", "custom_fields"} <= answer.keys():
            return None
        return next((records.marked(one) for one in records.usable(self._client.system, stream, [answer])), None)

    def _companies(self, name: object) -> Iterator[Record]:
        if not isinstance(name, str) or not name.strip():
            return
        for one in self._client.rows(f"{COMPANIES}/autocomplete", {"name": name}, stream=COMPANIES):
            if one.get("id") and str(one.get("name")).casefold() == name.strip().casefold():
                yield self.fetch(COMPANIES, str(one["id"]))
