"""The fields of a write: how they are compared with a record, and what of them goes into a row.

Pure. A field is named as in the record; custom fields as `user_fields.key` (or as a part of the object `user_fields`).
Mails and further phones live in identities and never go into the row of an update.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.zendesk.records import OTHER_EMAILS, OTHER_PHONES, digits, is_id

EMAIL = "email"
BY_IDENTITY = frozenset((EMAIL, OTHER_EMAILS, OTHER_PHONES))
_UNORDERED = frozenset(("tags", "domain_names"))
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def value_of(record: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 (any JSON)
    """Return a field's value in a record; None where it has none."""
    group, _, key = name.partition(".")
    held = record.get(group)
    return held.get(key) if key and isinstance(held, Mapping) else None if key else held


def differing(record: Mapping[str, Any], names: Iterable[str], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Return those of *names* whose value in *record* is not the one in *wanted* (a missing one counts as empty)."""
    return tuple(name for name in names if not same(name, value_of(record, name), wanted.get(name)))


def same(name: str, held: Any, wanted: Any) -> bool:  # noqa: ANN401 (any JSON)
    """Say whether two values of a field are one: empty ones are, ids as text or number, lists without an order.

    Of an object only the keys of *wanted* are compared.

    >>> same("organization_id", 42, "42"), same("tags", ["a", "b"], ["b", "a"]), same("notes", None, "")
    (True, True, True)
    >>> same("user_fields", {"tier": "vip", "city": "x"}, {"tier": "vip"}), same("name", "a", "A")
    (True, False)
    """
    if held in _EMPTY or wanted in _EMPTY:
        return held in _EMPTY and wanted in _EMPTY
    if isinstance(wanted, Mapping):
        return isinstance(held, Mapping) and all(same(key, held.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list | tuple):
        return isinstance(held, list | tuple) and _folded(name, held) == _folded(name, wanted)
    if isinstance(held, bool) or isinstance(wanted, bool):
        return held is wanted
    if name == EMAIL:
        return _mail(held) == _mail(wanted)
    return str(held) == str(wanted)


def texts(value: object) -> list[str]:
    """Return the texts of a list-like field; one text counts as a list of one."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    return [one for one in value if isinstance(one, str) and one.strip()] if isinstance(value, list | tuple) else []


def row_of_update(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row of an update carries: all but what lives in identities."""
    return _nested({name: value for name, value in fields.items() if name not in BY_IDENTITY})


def row_of_create(fields: Mapping[str, Any], binding_id: str, *, is_user: bool) -> dict[str, Any]:
    """Return the row of a create: its fields, its binding id, and for users no mail to the customer.

    The case of the binding id is fixed: Zendesk compares external ids without case but keeps them as sent.
    """
    plain = {name: value for name, value in fields.items() if name not in {OTHER_EMAILS, OTHER_PHONES}}
    row = _nested(plain) | {"external_id": binding_id.upper()}
    if not is_user:
        return row
    more = [{"type": "email", "value": one} for one in texts(fields.get(OTHER_EMAILS))]
    more += [{"type": "phone_number", "value": one} for one in texts(fields.get(OTHER_PHONES))]
    return row | {"skip_verify_email": True} | ({"identities": more} if more else {})


def _nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Turn `user_fields.key` into objects, and ids of digits into numbers."""
    row: dict[str, Any] = {}
    for name, value in fields.items():
        group, _, key = name.partition(".")
        if key:
            row.setdefault(group, {})[key] = value
        elif isinstance(value, Mapping):
            row.setdefault(group, {}).update(value)
        elif name.endswith("_id") and name != "external_id" and is_id(value):
            row[name] = int(value)
        else:
            row[name] = value
    return row


def _folded(name: str, values: Iterable[Any]) -> object:
    if name == OTHER_EMAILS:
        return {_mail(one) for one in values}
    if name == OTHER_PHONES:
        return {digits(one) for one in values}
    return {str(one) for one in values} if name in _UNORDERED else list(values)


def _mail(value: object) -> str:
    return str(value).strip().lower()
