"""Settings calls: modules, fields, layouts, users, organisation.

Room: connectors/zoho_crm sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandboxes.answers import Json
from connectors.zoho_crm.sandbox.answers import Refused, empty
from connectors.zoho_crm.sandbox.listing import number_of
from connectors.zoho_crm.sandbox.modules import FieldSpec, Module
from connectors.zoho_crm.sandbox.org import Org


def modules(org: Org, only: str | None = None) -> Json:
    """`GET /settings/modules[/{api_name}]`."""
    chosen = org.modules.values() if only is None else [org.module(only)]
    return Json({"modules": [_module(org, one) for one in chosen]})


def fields(org: Org, request: Request) -> Json:
    """`GET /settings/fields?module=`."""
    module = _asked(org, request)
    return Json({"fields": [_field(org, module, field) for field in _listed(module, request)]})


def one_field(org: Org, request: Request, field_id: str) -> Json:
    """`GET /settings/fields/{id}?module=`."""
    module = _asked(org, request)
    found = [one for one in _listed(module, request) if _field_id(org, module, one) == field_id]
    if not found:
        raise Refused(400, "INVALID_DATA", "the id given seems to be invalid", id=field_id)
    return Json({"fields": [_field(org, module, found[0])]})


def layouts(org: Org, request: Request) -> Json:
    """`GET /settings/layouts?module=`: one layout, one section."""
    module = _asked(org, request)
    rows = [{**_field(org, module, one), "required": one.mandatory} for one in _listed(module, request)]
    section = {"display_label": f"{module.singular} Information", "api_name": "Information", "fields": rows}
    layout = {"id": org.layout_ids[module.api_name], "name": "Standard", "status": "active", "visible": True}
    return Json({"layouts": [{**layout, "profiles": [], "convert_mapping": None, "sections": [section]}]})


def users(org: Org, request: Request) -> Response:
    """`GET /users`."""
    kind = request.query_params.get("type", "AllUsers")
    if kind in {"DeletedUsers", "DeactiveUsers", "NotConfirmedUsers"}:
        return empty()
    chosen = [org.api_user] if kind == "CurrentUser" else list(org.users.values())
    size, number = (
        number_of(request.query_params, "per_page", 200, 200),
        number_of(request.query_params, "page", 1, 10**6),
    )
    chosen, more = chosen[(number - 1) * size : number * size], number * size < len(chosen)
    if not chosen:
        return empty()
    rows = [
        {
            "id": one["id"],
            "zuid": one["id"][-9:],
            "full_name": one["name"],
            "last_name": one["name"],
            "email": one["email"],
            "status": "active",
            "confirm": True,
            "offset": 28_800_000,
            "time_zone": "Asia/Shanghai",
            "locale": "zh_CN",
            "role": {"name": "CEO", "id": org.zgid},
            "profile": {"name": "Administrator", "id": org.zgid},
        }
        for one in chosen
    ]
    return Json({"users": rows, "info": {"per_page": size, "count": len(rows), "page": number, "more_records": more}})


def organisation(org: Org) -> Json:
    """`GET /org`."""
    facts: Mapping[str, Any] = {
        "id": org.zgid,
        "zgid": org.zgid,
        "company_name": "Simulated Organisation",
        "time_zone": "Asia/Shanghai",
        "currency": "Chinese Yuan - CNY",
        "iso_code": "CNY",
        "type": "production",
        "mc_status": False,
        "license_details": {"paid": True, "paid_type": org.switches.edition},
    }
    return Json({"org": [facts]})


def _asked(org: Org, request: Request) -> Module:
    name = request.query_params.get("module")
    if not name:
        raise Refused(400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param="module")
    return org.module(name)


def _module(org: Org, module: Module) -> dict[str, Any]:
    return {
        "api_name": module.api_name,
        "module_name": module.api_name,
        "singular_label": module.singular,
        "plural_label": module.api_name,
        "id": org.layout_ids[module.api_name],
        "api_supported": True,
        "creatable": True,
        "editable": True,
        "deletable": True,
        "viewable": True,
        "visible": True,
        "convertable": module.api_name == "Leads",
        "generated_type": "default",
        "visibility": 1,
        "status": "visible",
        "profiles": [],
        "modified_time": None,
    }


def _listed(module: Module, request: Request) -> tuple[FieldSpec, ...]:
    """Return the fields that a version lists: v2 without the id, which its SDK takes for a number of its own."""
    own = () if request.path_params["version"] == "v2" else (FieldSpec("id", "bigint", 18, read_only=True),)
    return (*own, *module.fields)


def _field_id(org: Org, module: Module, field: FieldSpec) -> str:
    return org.field_ids.get((module.api_name, field.api_name), org.layout_ids[module.api_name])


def _field(org: Org, module: Module, field: FieldSpec) -> dict[str, Any]:
    writable = not field.read_only
    label = field.api_name.removesuffix("__s").replace("_", " ")
    options = [
        {"id": f"{n}", "display_value": one, "actual_value": one, "reference_value": one, "sequence_number": n}
        for n, one in enumerate(field.options, 1)
    ]
    target = {"module": {"api_name": field.lookup, "id": org.layout_ids[field.lookup]}} if field.lookup else {}
    # Zoho's own sample shows view false for the parts of a name, although both can be read.
    seen = field.api_name not in {"First_Name", "Last_Name"}
    return {
        "id": _field_id(org, module, field),
        "api_name": field.api_name,
        "field_label": label,
        "display_label": label,
        "data_type": "text" if field.data_type == "tag" else field.data_type,
        "json_type": field.json_type,
        "length": field.length or 255,
        "decimal_place": 2 if field.json_type == "double" else None,
        "system_mandatory": field.mandatory,
        "custom_field": field.custom,
        "read_only": field.read_only,
        "field_read_only": field.read_only or field.api_name == "Owner",
        "visible": True,
        "virtual_field": False,
        "unique": {"case_sensitive": False} if field.unique and not field.external else {},
        "external": {"type": "org", "show": False} if field.external else None,
        "pick_list_values": options,
        "lookup": target,
        "operation_type": {
            "web_update": writable,
            "api_create": writable,
            "web_create": writable,
            "api_update": writable,
        },
        "view_type": {"view": seen, "edit": writable, "create": writable, "quick_create": field.mandatory},
        "searchable": True,
        "sortable": True,
        "filterable": True,
        "convert_mapping": None,
        "auto_number": {},
        "formula": {},
        "currency": {},
        "private": {"restricted": True, "type": "High", "export": False}
        if field.api_name in org.switches.restricted
        else None,
        "crypt": None,
        "ui_type": 1,
    }
