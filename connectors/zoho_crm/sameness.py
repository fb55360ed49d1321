"""When two values of a Zoho field are the same, and how a value is sent.

Room: connectors/zoho_crm; pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.zoho_crm.times import instant

_NOTHING: tuple[Any, ...] = ("", "-None-", [])
"""What Zoho shows or takes for an empty value beside null: empty text, the empty picklist entry, no choices."""


def same(left: Any, right: Any) -> bool:  # noqa: ANN401 (any field's value)
    """Say whether two values of one field mean the same.

    Lookups are the same by id (their names come along or not), times as instants (the offset follows the API
    user's zone and the season), and the spellings of "empty" among each other.

    >>> same({"id": "7", "name": "Acme"}, {"id": "7"})
    True
    >>> same("2026-03-01T09:15:00+05:30", "2026-03-01T03:45:00Z")
    True
    >>> same("-None-", None), same(1, True), same(2, 2.0)
    (True, False, True)
    """
    if type(left) is type(right) and left == right:
        return True  # nearly always, and in a tenth of the time
    left, right = _plain(left), _plain(right)
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    return bool(left == right)


def holds(record: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Say whether *record* shows all of *values*; a field that it does not carry counts as empty."""
    return all(same(record.get(name), value) for name, value in values.items())


def sent(value: Any) -> Any:  # noqa: ANN401 (any field's value)
    """Return *value* as Zoho takes it: a lookup by its id alone.

    >>> sent({"name": "Acme", "id": "7"})
    {'id': '7'}
    """
    return {"id": value["id"]} if isinstance(value, Mapping) and "id" in value else value


def _plain(value: Any) -> Any:  # noqa: ANN401 (any field's value)
    if isinstance(value, Mapping):
        return str(value["id"]) if value.get("id") is not None else dict(value)
    if value is None or value in _NOTHING:
        return None
    return instant(value) or value
