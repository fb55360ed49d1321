"""Look for records that are there already: by binding id, then by exact mail and phone.

Room: connectors/zoho_crm; calls through the client. By query (COQL), since Zoho's search index lags behind writes.
One query answers up to 50 lookups; the rows it gives are then told apart here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from connectors.contract import DELETED_AT, Found, Lookup
from connectors.zoho_crm.client import Client, Row
from connectors.zoho_crm.records import Records

IN_LIST = 50
"""Values in one `in (…)`; Zoho's pages name 50 and 100."""
CONDITIONS = 25
"""Conditions in one query at most."""

By = Literal["binding_id", "mail", "phone"]


def find_in(client: Client, records: Records, lookups: Sequence[Lookup]) -> Iterator[Found]:
    """Yield the records of one module that answer *lookups*; a binding id that hits makes mail and phone moot."""
    kinds: dict[str, By] = {client.settings.binding_field: "binding_id"}
    named: dict[str, By] = {"email": "mail", "phone": "phone"}
    kinds |= {field.api_name: named[field.data_type] for field in records.fields() if field.data_type in named}
    kinds = {name: kind for name, kind in list(kinds.items())[:CONDITIONS] if _is_there(records, name)}
    hits: list[tuple[Lookup, str, By]] = []
    for group in _groups(lookups, kinds):
        rows = list(_rows(client, records, group, kinds))
        for lookup in group:
            hits.extend((lookup, row["id"], by) for row, by in _answers(lookup, rows, kinds))
    full = {row["id"]: row for row in records.fetch([record_id for _, record_id, _ in hits])}
    for lookup, record_id, by in hits:
        if DELETED_AT in full[record_id]:
            continue  # gone since the query
        yield Found(lookup.write_id, record_id, by, full[record_id])


def _is_there(records: Records, name: str) -> bool:
    return any(field.api_name == name for field in records.fields())


def _groups(lookups: Sequence[Lookup], kinds: dict[str, By]) -> Iterator[list[Lookup]]:
    """Cut *lookups* so that no condition of a group's query has more than 50 values."""
    group: list[Lookup] = []
    for lookup in lookups:
        if group and any(len(values) > IN_LIST for values in _wanted([*group, lookup], kinds).values()):
            yield group
            group = []
        group.append(lookup)
    if group:
        yield group


def _wanted(lookups: Sequence[Lookup], kinds: dict[str, By]) -> dict[By, list[str]]:
    """Return the texts to look for, by kind, each once."""
    wanted: dict[By, dict[str, None]] = {"binding_id": {}, "mail": {}, "phone": {}}
    for lookup in lookups:
        wanted["binding_id"][lookup.binding_id] = None
        for name, value in lookup.fields.items():
            kind = kinds.get(name)
            if kind in {"mail", "phone"} and isinstance(value, str) and value.strip():
                wanted[kind].update(dict.fromkeys(_spellings(kind, value)))
    return {kind: list(values) for kind, values in wanted.items()}


def _spellings(kind: By, value: str) -> tuple[str, ...]:
    """Return the spellings under which an exact value may be stored: a phone as sent and as bare digits."""
    value = value.strip()
    return tuple(dict.fromkeys((value, _digits(value)))) if kind == "phone" and _digits(value) else (value,)


def _rows(client: Client, records: Records, lookups: Sequence[Lookup], kinds: dict[str, By]) -> Iterator[Row]:
    wanted = _wanted(lookups, kinds)
    conditions = [
        f"{name} in ({', '.join(_quoted(value) for value in wanted[kind])})"
        for name, kind in kinds.items()
        if wanted[kind]
    ]
    if not conditions:
        return
    where = conditions[0]
    for condition in conditions[1:]:
        where = f"({where} or {condition})"  # COQL wants pairs in brackets
    size, offset = client.settings.coql_rows, 0
    while True:
        query = f"select {', '.join(['id', *kinds])} from {records.module} where {where} order by id asc"  # noqa: S608
        rows, more = client.coql(records.module, f"{query} limit {size} offset {offset}")
        yield from records.named(rows)
        if not more or not rows:
            return
        offset += len(rows)


def _answers(lookup: Lookup, rows: Sequence[Row], kinds: dict[str, By]) -> list[tuple[Row, By]]:
    binding = [name for name, kind in kinds.items() if kind == "binding_id"]
    bound: list[tuple[Row, By]] = [
        (row, "binding_id") for row in rows for name in binding if row.get(name) == lookup.binding_id
    ]
    if bound:
        return bound[:1]
    found: dict[str, tuple[Row, By]] = {}
    for kind in ("mail", "phone"):
        mine = {_key(kind, lookup.fields.get(name)) for name in lookup.fields if kinds.get(name) == kind} - {""}
        for row in rows:
            if mine & {_key(kind, row.get(name)) for name, of in kinds.items() if of == kind}:
                found.setdefault(row["id"], (row, kind))
    return list(found.values())


def _key(kind: By, value: Any) -> str:  # noqa: ANN401 (whatever stood in the field)
    if not isinstance(value, str):
        return ""
    return _digits(value) if kind == "phone" else value.strip().casefold()


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
