"""Creates and updates contacts and accounts, one call each; a result per record.

Zoho Desk has no external id and keeps nothing unique: a created record carries its binding id in a field of the
portal's own. Since the search may lag, the newest records of the list are looked through as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from connectors.contract import Lookup, Record
from connectors.one_by_one import OneByOne, folded_mail, texts, value_of
from connectors.zoho_desk import records
from connectors.zoho_desk.client import Client
from connectors.zoho_desk.records import ACCOUNTS, CONTACTS
from connectors.zoho_desk.streams import fetched, utc_now

if TYPE_CHECKING:
    from connectors.http import Patience
    from connectors.ports import Budget, TokenStore
    from connectors.zoho_desk.settings import Settings

NEWEST = 50
"""Records of the list that are looked through for one that the search does not know yet."""
NAMES = {CONTACTS: "lastName", ACCOUNTS: "accountName"}


class Writer(OneByOne):
    """A `connectors.contract.Writer` for one portal."""

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        budget: Budget,
        system: str = "zoho_desk",
        patience: Patience | None = None,
    ) -> None:
        super().__init__(ZohoDesk(Client(settings, tokens=tokens, budget=budget, system=system, patience=patience)))


class ZohoDesk:
    """A `connectors.one_by_one.Desk`."""

    streams = (ACCOUNTS, CONTACTS)

    def __init__(self, client: Client) -> None:
        self._client, self._field = client, client.settings.binding_field

    def fetch(self, stream: str, record_id: str) -> Record:
        """Read one record."""
        return fetched(self._client, stream, record_id, utc_now())

    def create(self, stream: str, fields: Mapping[str, Any], binding_id: str) -> Record | str | None:
        """Make a record with its binding id."""
        row = records.row_of({**fields, f"cf.{self._field}": binding_id})
        made = self._client.send("POST", stream, row, stream=stream)
        return _whole(made) or (str(made["id"]) if made.get("id") else None)

    def update(self, record: Record, stream: str, fields: Mapping[str, Any]) -> Record | None:
        """Change a record; fields that are not named stay."""
        record_id = str(record["id"])
        path, row = f"{stream}/{record_id}", records.row_of(fields)
        return _whole(self._client.send("PATCH", path, row, stream=stream, record_id=record_id))

    def unique(self, stream: str) -> Sequence[frozenset[str]]:
        """Return what a portal may keep unique by a rule of its own."""
        return (records.MAILS,) if stream == CONTACTS else (frozenset({"accountName"}),)

    def same(self, name: str, held: Any, wanted: Any) -> bool:  # noqa: ANN401 (any JSON)
        """Compare two filled values."""
        return records.same(name, held, wanted)

    def binding_of(self, stream: str, record: Record) -> str:
        """Return the binding id that a record carries."""
        del stream
        return str(value_of(record, f"cf.{self._field}") or "")

    def candidates(self, lookup: Lookup, by: Literal["binding_id", "mail", "phone"]) -> Iterator[Record]:
        """Yield records by the search, and for a binding id by the newest ones of the list too."""
        if by == "binding_id" and lookup.binding_id:
            yield from self._searched(lookup.stream, {"customField1": f"{self._field}:{lookup.binding_id}"})
            yield from self._newest(lookup)
        elif lookup.stream == CONTACTS and by == "mail":
            for mail in _mails(lookup.fields):
                found = self._searched(CONTACTS, {"email": mail})
                yield from (one for one in found if folded_mail(mail) in map(folded_mail, _mails(one)))
        elif lookup.stream == CONTACTS and by == "phone":
            for name in ("mobile", "phone"):
                for number in texts(lookup.fields.get(name)):
                    found = self._searched(CONTACTS, {name: number})
                    yield from (one for one in found if one.get(name) == number)

    def _searched(self, stream: str, asked: Mapping[str, str]) -> Iterator[Record]:
        rows, _ = self._client.rows(f"{stream}/search", {"from": 0, "limit": 10, **asked}, stream=stream)
        for one in rows:
            if one.get("id"):
                yield self.fetch(stream, str(one["id"]))

    def _newest(self, lookup: Lookup) -> Iterator[Record]:
        """Yield the newest records that show the name or a mail of the one looked up."""
        stream, name = lookup.stream, NAMES[lookup.stream]
        params = {"from": 1, "limit": NEWEST, "sortBy": "-createdTime"}
        rows, _ = self._client.rows(stream, params, stream=stream)
        mails = {folded_mail(one) for one in _mails(lookup.fields)}
        for one in rows:
            alike = one.get(name) == lookup.fields.get(name) or mails & {folded_mail(x) for x in _mails(one)}
            if alike and one.get("id"):
                yield self.fetch(stream, str(one["id"]))


def _whole(answer: Mapping[str, Any]) -> Record | None:
    """Return the record in the answer to a write, where it is as whole as what a read gives."""
    return records.marked(answer) if answer.get("id") and {"modifiedTime", "cf"} <= answer.keys() else None


def _mails(fields: Mapping[str, Any]) -> list[str]:
    return [one for name in sorted(records.MAILS) for one in texts(fields.get(name)) if "@" in one]
