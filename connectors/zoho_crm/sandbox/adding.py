"""Custom fields that somebody adds over the API: `POST /settings/fields`.

Room: connectors/zoho_crm sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request

from connectors.sandboxes.answers import Json
from connectors.zoho_crm.sandbox.answers import BadRow, Refused, batch
from connectors.zoho_crm.sandbox.modules import FieldSpec, Module
from connectors.zoho_crm.sandbox.org import Org

AT_ONCE = 5
"""Fields that one call makes."""
UNIQUE = 2
"""Unique fields that a module bears."""
KINDS = frozenset(
    {"text", "picklist", "phone", "email", "website", "integer", "date", "datetime", "boolean", "textarea"}
)


def add_fields(org: Org, request: Request, body: Mapping[str, Any]) -> Json:
    """Make the fields that *body* describes, a result for each."""
    name = request.query_params.get("module")
    if not name:
        raise Refused(400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param="module")
    rows = body.get("fields")
    if not isinstance(rows, list) or not rows or len(rows) > AT_ONCE:
        raise Refused(400, "INVALID_DATA", "invalid data", json_path="$.fields", maximum_length=AT_ONCE)
    elements = []
    for n, row in enumerate(rows):
        try:
            field = _spec(org, org.module(name), row if isinstance(row, dict) else {}, n)
        except BadRow as bad:
            elements.append(bad.element)
            continue
        field_id = org.add_field(name, field)
        details = {"id": field_id}
        elements.append({"code": "SUCCESS", "details": details, "message": "field created", "status": "success"})
    answer = batch(elements, created=True)
    return Json({"fields": elements}, answer.status_code)


def _spec(org: Org, module: Module, row: Mapping[str, Any], n: int) -> FieldSpec:
    label, kind = row.get("field_label"), row.get("data_type")
    if not isinstance(label, str) or not label.strip():
        path = f"$.fields[{n}].field_label"
        raise BadRow("MANDATORY_NOT_FOUND", "required field not found", api_name="field_label", json_path=path)
    if kind not in KINDS:
        raise BadRow("INVALID_DATA", "invalid data", api_name="data_type", json_path=f"$.fields[{n}].data_type")
    api_name = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9]+", "_", label.strip())).strip("_")
    if module.field(api_name) is not None:
        raise BadRow("DUPLICATE_DATA", "duplicate data", api_name="field_label", json_path=f"$.fields[{n}].field_label")
    external = isinstance(row.get("external"), dict)
    if external and (org.switches.external_fields == "no" or kind != "text"):
        raise BadRow("NOT_SUPPORTED", "external fields are not supported", api_name="external")
    unique = external or (isinstance(row.get("unique"), dict) and bool(row["unique"]))
    if unique and sum(field.unique for field in module.fields) >= UNIQUE:
        raise BadRow("LIMIT_EXCEEDED", "unique field limit exceeded", limit=UNIQUE)
    spec = FieldSpec(api_name, str(kind), int(row.get("length") or 255), custom=True)
    return replace(spec, unique=unique, external=external)
