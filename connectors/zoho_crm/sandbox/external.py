"""Calls by an external id (`X-EXTERNAL: Contacts.Hub_Id`): the value in the path or the rows stands for the record.

Room: connectors/zoho_crm sandbox. Lookups by external ids of other modules are not simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.zoho_crm.sandbox.answers import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from connectors.zoho_crm.sandbox.modules import Module
    from connectors.zoho_crm.sandbox.org import Org


def id_of(org: Org, module: Module, request: Request, named: str) -> str | None:
    """Return the record's id: *named* itself, or the id of the record that has it as its external id (None: nobody)."""
    field = _field(module, request)
    if field is None:
        return named
    found = org.shelf(module.api_name).by_value.ids(field, named)
    return found[0] if found else None


def rows_by_id(org: Org, module: Module, request: Request, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a body whose rows name their records by `id`."""
    field, rows = _field(module, request), body.get("data")
    if field is None or not isinstance(rows, list):
        return body
    named = []
    for row in rows:
        value = row.get(field) if isinstance(row, dict) else None
        record_id = id_of(org, module, request, str(value)) if value else None
        if record_id is None:
            raise Refused(400, "INVALID_DATA", "the external id given seems to be invalid", api_name=field)
        named.append({**{name: one for name, one in row.items() if name != field}, "id": record_id})
    return {**body, "data": named}


def keep_key(module: Module, request: Request, named: str, body: Mapping[str, Any]) -> None:
    """Refuse a change of an external id in a call that names the record by it."""
    field, rows = _field(module, request), body.get("data")
    if field is not None and isinstance(rows, list):
        for row in rows:
            if isinstance(row, dict) and row.get(field, named) != named:
                raise Refused(400, "NOT_ALLOWED", "the external id cannot be changed through itself", api_name=field)


def _field(module: Module, request: Request) -> str | None:
    """Return the external field that the header names for this module.

    Raises:
        Refused: the field is no external or unique one.
    """
    for said in request.headers.get("X-EXTERNAL", "").split(","):
        parts = said.strip().split(".")
        if len(parts) != 2 or parts[0] != module.api_name:  # noqa: PLR2004 (module and field)
            continue
        spec = module.field(parts[1])
        if spec is None or not (spec.external or spec.unique):
            raise Refused(400, "INVALID_DATA", "the external field is invalid", api_name=parts[1])
        return parts[1]
    return None
