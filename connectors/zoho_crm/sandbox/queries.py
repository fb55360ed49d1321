"""Answer COQL queries and searches over the live records.

Room: connectors/zoho_crm sandbox.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandboxes.answers import Json
from connectors.sandboxes.book import Stored
from connectors.zoho_crm.sandbox.answers import Refused, empty
from connectors.zoho_crm.sandbox.coql import Both, Condition, Test, parse
from connectors.zoho_crm.sandbox.listing import number_of
from connectors.zoho_crm.sandbox.modules import Module
from connectors.zoho_crm.sandbox.org import Org
from connectors.zoho_crm.sandbox.shelf import Key

TOTAL = 100_000
SEARCHED = 2_000
Shown = Mapping[str, Any]


def query(org: Org, body: Mapping[str, Any]) -> Response:
    """`POST /coql`."""
    said = body.get("select_query")
    if not isinstance(said, str):
        raise Refused(400, "MANDATORY_NOT_FOUND", "required field not found", api_name="select_query")
    asked = parse(said)
    module = org.module(asked.module)
    most = int(org.switches.coql_rows)
    if asked.limit > most or asked.offset + asked.limit > TOTAL:
        raise Refused(400, "LIMIT_EXCEEDED", "limit exceeded", limit=most, clause="limit")
    names = list(dict.fromkeys([*asked.columns, *_fields_of(asked.where), *(name for name, _ in asked.order)]))
    for name in names:
        if name.split(".")[0] not in {"id", *module.by_name}:
            raise Refused(400, "INVALID_QUERY", "column given seems to be invalid", column_name=name)
    shown = _shower(org, module, names)
    rows = [row for stored in _candidates(org, module, asked.where) if _holds(row := shown(stored), asked.where)]
    for name, descending in reversed(asked.order or (("id", False),)):
        rows.sort(key=lambda row, name=name: _rank(row.get(name)), reverse=descending)  # type: ignore[misc]
    cut = rows[asked.offset : asked.offset + asked.limit]
    if not cut:
        return empty()
    data = [{name: row[name] for name in dict.fromkeys([*asked.columns, "id"])} for row in cut]
    return Json({"data": data, "info": {"count": len(data), "more_records": asked.offset + len(cut) < len(rows)}})


def search(org: Org, module: Module, request: Request) -> Response:
    """`GET /{module}/search`: criteria before email before phone before word; the index lags, `equals` contains."""
    params = request.query_params
    matches = _matcher(module, params)
    before = org.clock.now() - timedelta(seconds=float(org.switches.search_lag))
    shown = org.shower(module)
    part = params.get("converted", "false") if module.api_name == "Leads" else "both"
    found = []
    for _, record_id in reversed(org.shelf(module.api_name).live("id", part)):
        stored = org.live(module.api_name, record_id)
        if stored is not None and stored.modified_at <= before and matches(row := shown(stored)):
            found.append(row)
    size, number = number_of(params, "per_page", 200, 200), number_of(params, "page", 1, 10**6)
    if number * size > SEARCHED:
        raise Refused(400, "LIMIT_REACHED", "limit reached", limit=SEARCHED)
    cut = found[(number - 1) * size : number * size]
    info = {"per_page": size, "count": len(cut), "page": number, "more_records": number * size < len(found)}
    names = {one.strip() for one in params.get("fields", "").split(",") if one.strip()}
    rows = [{name: row[name] for name in row if name == "id" or not names or name in names} for row in cut]
    return Json({"data": rows, "info": info}) if rows else empty()


def count(org: Org, module: Module, request: Request) -> Response:
    """`GET /{module}/actions/count`."""
    part = "false" if module.api_name == "Leads" else "both"
    if not request.query_params:
        return Json({"count": len(org.shelf(module.api_name).live("id", part))})
    matches, shown = _matcher(module, request.query_params), org.shower(module)
    live = [org.live(module.api_name, one) for _, one in org.shelf(module.api_name).live("id", part)]
    return Json({"count": sum(1 for one in live if one is not None and matches(shown(one)))})


# ------------------------------------------------------------------------------------------------ COQL


def _shower(org: Org, module: Module, names: Iterable[str]) -> Callable[[Stored], dict[str, Any]]:
    plain = [name for name in names if "." not in name and name != "id"]
    joined = [name for name in names if "." in name]
    show = org.shower(module, [*plain, *(name.split(".")[0] for name in joined)])

    def shown(stored: Stored) -> dict[str, Any]:
        row = show(stored)
        for name in joined:
            base, part = name.split(".", 1)
            other = row.get(base)
            row[name] = other.get("id" if part == "id" else "name") if isinstance(other, dict) else None
        for name in plain:  # lookups come with the id alone
            if isinstance(row[name], dict):
                row[name] = {"id": row[name]["id"]}
        return row

    return shown


def _candidates(org: Org, module: Module, where: Condition) -> Iterable[Stored]:
    shelf = org.shelf(module.api_name)
    part = "false" if module.api_name == "Leads" and org.switches.coql_converted == "exclude" else "both"
    few = _by_value(shelf.by_value.fields, shelf.by_value.ids, where)
    ids = sorted(few, key=int) if few is not None else [one for _, one in _beyond(shelf.live("id", part), where)]
    for one in ids:
        stored = org.live(module.api_name, one)
        if stored is not None and (part == "both" or stored.values.get("Converted__s") is not True):
            yield stored


def _beyond(live: Sequence[tuple[Key, str]], where: Condition) -> Sequence[tuple[Key, str]]:
    """Return the part of *live* (ascending by id) that a keyset condition leaves, without looking at the rest."""
    if isinstance(where, Test) and (where.field, where.operator) == ("id", ">") and str(where.value).isdigit():
        return live[bisect_right(live, int(where.value), key=lambda entry: int(entry[1])) :]
    return live


def _by_value(fields: frozenset[str], ids: Callable[[str, str], list[str]], where: Condition) -> set[str] | None:
    """Return the ids that can hold by the equality index, or None where it does not help."""
    if isinstance(where, Test):
        if where.operator not in {"=", "in"} or where.field not in fields:
            return None
        values = where.value if isinstance(where.value, list) else [where.value]
        return {one for value in values for one in ids(where.field, str(value))}
    left, right = _by_value(fields, ids, where.left), _by_value(fields, ids, where.right)
    if where.joint == "or":
        return None if left is None or right is None else left | right
    return left if right is None else right if left is None else left & right


def _fields_of(where: Condition) -> list[str]:
    return [where.field] if isinstance(where, Test) else [*_fields_of(where.left), *_fields_of(where.right)]


def _holds(row: Shown, where: Condition) -> bool:
    if isinstance(where, Both):
        if where.joint == "or":
            return _holds(row, where.left) or _holds(row, where.right)
        return _holds(row, where.left) and _holds(row, where.right)
    return _test(row.get(where.field), where.operator, where.value)


def _test(shown: Any, operator: str, value: Any) -> bool:  # noqa: ANN401, PLR0911 (JSON; one return per operator)
    shown = shown.get("id") if isinstance(shown, dict) else shown
    if operator in {"is null", "is not null"}:
        return (shown in (None, "", [])) is (operator == "is null")
    if shown is None:
        return operator in {"!=", "not in", "not like"}
    if operator.startswith("not "):
        return not _test(shown, operator[4:], value)
    if operator == "in":
        return any(_test(shown, "=", one) for one in value)
    if operator == "between":
        return _test(shown, ">=", value[0]) and _test(shown, "<=", value[1])
    if operator == "like":
        pattern = "".join(".*" if part == "%" else re.escape(part) for part in re.split("(%)", str(value)))
        return re.fullmatch(pattern, str(shown), re.IGNORECASE | re.DOTALL) is not None
    left, right = _rank(shown), _rank(value)
    if operator in {"=", "!="}:
        return (left == right) is (operator == "=")
    if left[0] != right[0]:
        return False
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])


def _rank(value: Any) -> tuple[int, Any]:  # noqa: ANN401 (JSON)
    """Return what values are compared by: nothing, numbers (ids too), times, texts without case."""
    if value is None:
        return 0, 0
    if isinstance(value, (bool, int, float)):
        return 1, float(value) if isinstance(value, float) else int(value)
    text = str(value)
    if text.isdigit() and len(text) >= 15:  # noqa: PLR2004 (a record id)
        return 1, int(text)
    try:
        moment = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        moment = None
    return (2, moment.timestamp()) if moment is not None and moment.tzinfo else (3, text.casefold())


def holds(shown: Any, operator: str, value: Any) -> bool:  # noqa: ANN401 (JSON)
    """Say whether a field's value stands in this relation to another."""
    return _test(shown, operator, value)


# ---------------------------------------------------------------------------------------------- search

_CRITERION = re.compile(r"\((\w+):(\w+):((?:\\.|[^()\\])*)\)")


def _matcher(module: Module, params: Mapping[str, str]) -> Callable[[Shown], bool]:
    if params.get("criteria"):
        return _criteria(module, params["criteria"])
    for name, kind in (("email", "email"), ("phone", "phone")):
        if params.get(name):
            wanted = params[name].casefold()
            fields = [field.api_name for field in module.fields if field.data_type == kind]
            return lambda row, fields=fields, wanted=wanted: any(  # type: ignore[misc]
                wanted in str(row.get(one) or "").casefold() for one in fields
            )
    word = params.get("word", "")
    if len(word) < 2:  # noqa: PLR2004 (Zoho's least)
        raise Refused(400, "EXPECTED_PARAM_MISSING", "one of the expected params is missing", param="criteria")
    return lambda row: any(word.casefold() in value.casefold() for value in row.values() if isinstance(value, str))


def _criteria(module: Module, said: str) -> Callable[[Shown], bool]:
    tests = [(name, op, re.sub(r"\\(.)", r"\1", value)) for name, op, value in _CRITERION.findall(said)]
    rest = _CRITERION.sub("", said).replace("(", "").replace(")", "").strip().lower()
    joints = set(re.findall(r"and|or", rest))
    if not tests or len(joints) > 1 or re.sub(r"and|or|\s", "", rest):
        raise Refused(400, "INVALID_QUERY", "invalid query formed", reason="syntax")
    for name, _, _ in tests:
        if name not in {"id", *module.by_name}:
            raise Refused(
                400, "INVALID_QUERY", "invalid query formed", reason="the field is not available", api_name=name
            )
    combine = any if joints == {"or"} else all
    return lambda row: combine(_search_test(row.get(name), op, value) for name, op, value in tests)


def _search_test(shown: Any, operator: str, value: str) -> bool:  # noqa: ANN401 (JSON)
    text = str(shown.get("id") if isinstance(shown, dict) else shown or "").casefold()
    match operator:
        case "equals":
            return value.casefold() in text
        case "not_equal":
            return value.casefold() != text
        case "starts_with":
            return text.startswith(value.casefold())
        case "in":
            return text in [one.strip().casefold() for one in value.split(",")]
        case "greater_than" | "greater_equal" | "less_than" | "less_equal":
            sign = (">" if operator.startswith("greater") else "<") + ("=" if operator.endswith("equal") else "")
            return _test(shown, sign, value)
        case "between":
            low, _, high = value.partition(",")
            return _test(shown, "between", [low, high])
        case _:
            raise Refused(400, "INVALID_QUERY", "invalid operator", operator=operator)
