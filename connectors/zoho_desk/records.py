"""What the hub makes of Zoho Desk's records: the deletion mark, how values are compared, what goes into a write.

Pure. A record keeps Zoho Desk's own fields; the portal's own ones are `cf.<cf_key>`. Ids are texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract import DELETED_AT
from connectors.one_by_one import folded_mail, nested

CONTACTS, ACCOUNTS, TICKETS = "contacts", "accounts", "tickets"
MAILS = frozenset({"email", "secondaryEmail"})
LENGTHS = {
    "lastName": 200,
    "firstName": 100,
    "email": 255,
    "secondaryEmail": 255,
    "phone": 100,
    "mobile": 100,
    "description": 65_535,
}
"""Characters that a field of a contact holds."""


def marked(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with its id as text, and with the deletion mark where it is in the bin."""
    kept = {**record, "id": str(record["id"])}
    if record.get("isDeleted") is True or record.get("isTrashed") is True:
        kept[DELETED_AT] = str(record.get("modifiedTime") or "1970-01-01T00:00:00.000Z")
    return kept


def same(name: str, held: Any, wanted: Any) -> bool:  # noqa: ANN401 (any JSON)
    """Say whether two filled values of a field are one; Zoho Desk writes flags of own fields as texts.

    >>> same("email", "A@b.c", "a@b.c"), same("cf.cf_ok", "true", True), same("lastName", "a", "A")
    (True, True, False)
    """
    if isinstance(held, bool) or isinstance(wanted, bool):
        return str(held).lower() == str(wanted).lower()
    if isinstance(wanted, list | tuple):
        return isinstance(held, list | tuple) and [str(one) for one in held] == [str(one) for one in wanted]
    return folded_mail(held) == folded_mail(wanted) if name in MAILS else str(held) == str(wanted)


def row_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as Zoho Desk wants them: an emptied value as null, a text no longer than its field."""
    return nested({name: _fitting(name, value) for name, value in fields.items()})


def _fitting(name: str, value: Any) -> Any:  # noqa: ANN401 (any JSON)
    if value == "":
        return None
    return value[: LENGTHS[name]] if isinstance(value, str) and name in LENGTHS else value
