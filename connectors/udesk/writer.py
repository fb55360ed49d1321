"""Creates and updates customers, one call each; a result per record. The binding id stands in a custom text field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from connectors.contract import Lookup, Record
from connectors.one_by_one import OneByOne, texts, value_of
from connectors.udesk import records
from connectors.udesk.client import Client
from connectors.udesk.records import CUSTOMERS, MORE_EMAILS, PHONES
from connectors.udesk.streams import fetched, found_by, utc_now

if TYPE_CHECKING:
    from connectors.http import Patience
    from connectors.ports import Budget, TokenStore
    from connectors.udesk.settings import Settings


class Writer(OneByOne):
    """A `connectors.contract.Writer` for one account."""

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        budget: Budget,
        system: str = "udesk",
        patience: Patience | None = None,
    ) -> None:
        del tokens  # the token never changes by itself
        super().__init__(UdeskDesk(Client(settings, budget=budget, system=system, patience=patience)))


class UdeskDesk:
    """A `connectors.one_by_one.Desk`."""

    streams = (CUSTOMERS,)

    def __init__(self, client: Client) -> None:
        self._client, self._binding = client, f"custom_fields.{client.settings.binding_field}"

    def fetch(self, stream: str, record_id: str) -> Record:
        """Read one customer."""
        del stream
        return fetched(self._client, record_id, utc_now())

    def create(self, stream: str, fields: Mapping[str, Any], binding_id: str) -> Record | str | None:
        """Make a customer with its binding id."""
        body = records.body_of({**fields, self._binding: binding_id})
        made = self._client.send("POST", stream, body)
        customer = made.get("customer")
        record_id = made.get("customer_id") or (customer.get("id") if isinstance(customer, Mapping) else None)
        return _whole(made) or (str(record_id) if record_id else None)

    def update(self, record: Record, stream: str, fields: Mapping[str, Any]) -> Record | None:
        """Change a customer; fields that are not named stay."""
        params = {"type": "id", "content": str(record["id"])}
        return _whole(
            self._client.send("PUT", f"{stream}/update_customer", records.body_of(fields, record), params=params)
        )

    def unique(self, stream: str) -> Sequence[frozenset[str]]:
        """Return what another customer may have."""
        del stream
        return records.UNIQUE

    def same(self, name: str, held: Any, wanted: Any) -> bool:  # noqa: ANN401 (any JSON)
        """Compare two filled values."""
        return records.same(name, held, wanted)

    def binding_of(self, stream: str, record: Record) -> str:
        """Return the binding id that a customer carries."""
        del stream
        return str(value_of(record, self._binding) or "")

    def candidates(self, lookup: Lookup, by: Literal["binding_id", "mail", "phone"]) -> Iterator[Record]:
        """Yield customers by their mails and numbers: custom fields cannot be asked for."""
        asked: list[tuple[str, str]] = []
        if by in {"binding_id", "mail"}:
            mails = [*texts(lookup.fields.get("email")), *texts(lookup.fields.get(MORE_EMAILS))]
            asked += [("email", one) for one in mails if "@" in one]
        if by in {"binding_id", "phone"}:
            asked += [("cellphone", one) for one in texts(lookup.fields.get(PHONES))]
        seen: set[object] = set()
        for kind, content in asked:
            found = found_by(self._client, kind, content)
            if found is not None and found["id"] not in seen:
                seen.add(found["id"])
                yield self.fetch(CUSTOMERS, str(found["id"]))


def _whole(answer: Mapping[str, Any]) -> Record | None:
    """Return the customer in the answer to a write, where it is as whole as what a read gives."""
    customer = answer.get("customer")
    if not isinstance(customer, Mapping) or not {"id", "cellphones", "custom_fields"} <= customer.keys():
        return None
    return records.shown(customer)
