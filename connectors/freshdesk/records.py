"""What the hub makes of Freshdesk's records: ids, the deletion mark, how values are compared.

Pure. A record keeps Freshdesk's own fields; custom ones are `custom_fields.<name>`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connectors.contract import DELETED_AT
from connectors.one_by_one import folded_mail

log = logging.getLogger(__name__)

CONTACTS, COMPANIES, TICKETS, RATINGS = "contacts", "companies", "tickets", "satisfaction_ratings"
UNIQUE = {
    CONTACTS: (
        frozenset({"email", "other_emails"}),
        frozenset({"twitter_id", "unique_external_id"}),
        frozenset({"mobile", "phone"}),
    ),
    COMPANIES: (frozenset({"name"}), frozenset({"domains"})),
}
"""What Freshdesk may refuse because another record has it; of numbers it is not certain."""
_UNORDERED = frozenset({"tags", "domains", "other_companies"})


def usable(system: str, stream: str, records: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the records that have an id; name the others and go on."""
    for place, record in enumerate(records):
        if isinstance(record.get("id"), int) and not isinstance(record["id"], bool):
            yield dict(record)
        else:
            log.warning("%s/%s: skipped a record without a usable id (place %d of its page)", system, stream, place)


def marked(record: Mapping[str, Any], *, deleted: bool = False) -> dict[str, Any]:
    """Return a record with the deletion mark where it is deleted: said by itself or by the list that it stands in."""
    if not (deleted or record.get("deleted") is True or record.get("state") == "deleted"):
        return dict(record)
    return {**record, DELETED_AT: str(record.get("updated_at") or "1970-01-01T00:00:00Z")}


def gone(record_id: str, at: str) -> dict[str, Any]:
    """Return what stands for a record that is no longer there."""
    return {"id": int(record_id) if record_id.isdigit() else record_id, DELETED_AT: at}


def same(name: str, held: Any, wanted: Any) -> bool:  # noqa: ANN401 (any JSON)
    """Say whether two filled values of a field are one: ids as text or number, lists of tags without an order.

    >>> same("company_id", 42, "42"), same("tags", ["a", "b"], ["b", "a"]), same("email", "A@b.c", "a@b.c")
    (True, True, True)
    """
    if isinstance(wanted, list | tuple):
        if not isinstance(held, list | tuple):
            return False
        if name == "other_emails":
            return {folded_mail(one) for one in held} == {folded_mail(one) for one in wanted}
        shown, asked = ([str(one) for one in values] for values in (held, wanted))
        return set(shown) == set(asked) if name in _UNORDERED else shown == asked
    if isinstance(held, bool) or isinstance(wanted, bool):
        return held is wanted
    return folded_mail(held) == folded_mail(wanted) if name == "email" else str(held) == str(wanted)


def row_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as Freshdesk wants them: ids as numbers, an emptied list as one, another emptied value as null."""
    return {name: _wanted(name, value) for name, value in fields.items()}


def _wanted(name: str, value: Any) -> Any:  # noqa: ANN401 (any JSON)
    if name in {"other_emails", *_UNORDERED}:
        return value or []
    if value == "":
        return None
    is_id = name.endswith("_id") and name not in {"unique_external_id", "twitter_id"}
    return int(value) if is_id and isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value) else value
