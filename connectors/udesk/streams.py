"""The one stream that a pull reads: all customers, each time, since the list knows no time of change.

The hub sees by its own hash who changed. Webhooks bring changes at once; deletions come by webhook, or are suspected by
the sweep and decided by `fetch`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connectors.contract import DELETED_AT, Page, Record
from connectors.errors import SkipRecord
from connectors.udesk.failures import GONE
from connectors.udesk.records import CUSTOMERS, MORE_EMAILS, PHONES, TAGS, gone, shown

if TYPE_CHECKING:
    from connectors.udesk.client import Client

log = logging.getLogger(__name__)

_TEXT = {"type": ["null", "string"]}
_TEXTS = {"type": ["null", "array"], "items": {"type": "string"}}
_OPEN = {"type": ["null", "array"], "items": {}}
SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": True,
    "properties": {
        "id": {"type": "integer"},
        **dict.fromkeys(("nick_name", "email", "level", "description", "platform", "open_api_token"), _TEXT),
        "updated_at": _TEXT,
        **dict.fromkeys((PHONES, MORE_EMAILS, TAGS), _TEXTS),
        **dict.fromkeys(("cellphones", "other_emails"), _OPEN),
        **{name: {"type": ["null", "integer"]} for name in ("owner_id", "owner_group_id", "organization_id")},
        "is_blocked": {"type": ["null", "boolean"]},
        "custom_fields": {"type": ["null", "object"], "additionalProperties": True},
        DELETED_AT: {"type": ["null", "string"], "format": "date-time"},
    },
    "required": ["id"],
}


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class CustomerStream:
    """All customers."""

    name = CUSTOMERS
    primary_key = "id"
    cursor_field: str | None = None

    def __init__(self, client: Client, now: Callable[[], datetime] = utc_now) -> None:
        self._client, self._now = client, now

    def schema(self) -> Mapping[str, Any]:
        """Return the static schema; custom fields are an object."""
        return SCHEMA

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield all pages."""
        del state
        for page in self._client.pages():
            yield Page([shown(one) for one in self._usable(page)])

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield these customers, one call each; one that is gone comes with the deletion mark."""
        for record_id in dict.fromkeys(ids):
            yield fetched(self._client, record_id, self._now())

    def sweep(self) -> Iterator[Sequence[str]]:
        """Yield the ids of all living customers."""
        for page in self._client.pages():
            yield [str(one["id"]) for one in self._usable(page)]

    def _usable(self, page: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for place, one in enumerate(page):
            if isinstance(one.get("id"), int) and not isinstance(one["id"], bool):
                yield one
            else:
                system = self._client.system
                log.warning("%s/%s: skipped a record without a usable id (place %d)", system, CUSTOMERS, place)


def fetched(client: Client, record_id: str, now: datetime) -> dict[str, Any]:
    """Read one customer as a pull gives it; one that is gone comes with the deletion mark."""
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if not record_id.isdigit():
        return gone(record_id, at)
    found = found_by(client, "id", record_id)
    return shown(found) if found else gone(record_id, at)


def found_by(client: Client, kind: str, content: str) -> dict[str, Any] | None:
    """Return the customer with an id, mail or number; None where there is none.

    How Udesk says that there is none is not published: by a code with a message, or by an empty `customer`. An answer
    that says neither is an error, so that no customer is taken for deleted because of a refusal.
    """
    try:
        customer = client.get(f"{CUSTOMERS}/get_customer", {"type": kind, "content": content}).get("customer")
    except SkipRecord as refused:
        if refused.code != GONE:
            raise
        return None
    return dict(customer) if isinstance(customer, Mapping) and customer.get("id") else None
