"""Insert, update, upsert, delete: up to 100 records, a result for each, in order.

Room: connectors/zoho_crm sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from connectors.sandboxes.book import Stored
from connectors.sandboxes.faults import rows_to_fail
from connectors.zoho_crm.sandbox.answers import BadRow, Element, Refused, batch, error_body
from connectors.zoho_crm.sandbox.checks import checked
from connectors.zoho_crm.sandbox.modules import Module
from connectors.zoho_crm.sandbox.org import Org
from connectors.zoho_crm.sandbox.shelf import whole_second
from connectors.zoho_crm.times import instant

MOST = 100
TRIGGERS = frozenset({"workflow", "approval", "blueprint", "pathfinder", "orchestration"})


class Writing:
    """The write calls of one organisation; *triggered* keeps what each call asked to set off, for assertions."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.triggered: list[Sequence[str] | None] = []

    def insert(self, module: Module, body: Mapping[str, Any]) -> Response:
        """`POST /{module}`."""
        rows = self._rows(body)
        failing = rows_to_fail(len(rows))
        return batch([self._each(module, row, n, None, failing) for n, row in enumerate(rows)], created=True)

    def update(self, module: Module, body: Mapping[str, Any], request: Request, only: str | None = None) -> Response:
        """`PUT /{module}` and `PUT /{module}/{id}`."""
        rows = self._rows(body)
        if only is not None:
            rows = [{**rows[0], "id": only}]
        unless = _unmodified_since(request)
        held = [self.org.live(module.api_name, str(row.get("id", ""))) for row in rows]
        changed = [one is not None and self._changed(one, unless) for one in held]
        if any(changed) and self.org.switches.precondition == "whole":
            first = next(one for one, late in zip(held, changed, strict=True) if late and one is not None)
            return batch([self._already_modified(first)])
        failing = rows_to_fail(len(rows))
        elements = []
        for n, (row, stored, late) in enumerate(zip(rows, held, changed, strict=True)):
            if late and stored is not None:
                elements.append(self._already_modified(stored))
            else:
                elements.append(self._each(module, row, n, stored, failing, must_exist=True))
        return batch(elements)

    def upsert(self, module: Module, body: Mapping[str, Any], request: Request) -> Response:
        """`POST /{module}/upsert`."""
        rows = self._rows(body)
        check = self._check_fields(module, body.get("duplicate_check_fields"))
        unless = _unmodified_since(request)
        failing = rows_to_fail(len(rows))
        elements = []
        for n, row in enumerate(rows):
            matched = self._match(module, row, check)
            stored = matched[1] if matched else None
            if stored is not None and self._changed(stored, unless):
                elements.append(self._already_modified(stored))
                continue
            element = self._each(module, row, n, stored, failing)
            if element["status"] == "success":
                element |= {
                    "action": "update" if stored else "insert",
                    "duplicate_field": matched[0] if matched else None,
                }
            elements.append(element)
        return batch(elements)

    def delete(self, module: Module, ids: Sequence[str]) -> Response:
        """`DELETE /{module}?ids=` and `DELETE /{module}/{id}`."""
        elements = []
        for one in ids:
            if self.org.live(module.api_name, one) is None:
                elements.append(error_body("INVALID_DATA", "record not deleted", {"id": one}))
                continue
            self.org.book.delete(module.api_name, one, by="hub")
            elements.append(
                {"code": "SUCCESS", "details": {"id": one}, "message": "record deleted", "status": "success"}
            )
        return batch(elements)

    def imported(
        self, module: Module, row: Mapping[str, Any], n: int, operation: str, key: str | None
    ) -> tuple[str, str, str]:
        """Write one row of a bulk job; return its status, record id and errors as the job's result tells them.

        A row is matched on *key* alone; an insert is matched on nothing, and refused for a unique value that is taken.
        """
        stored = None
        if operation != "insert" and key == "id":
            stored = self.org.live(module.api_name, str(row.get("id", "")))
        elif operation != "insert" and key is not None:
            matched = self._match(module, row, [key])
            stored = matched[1] if matched else None
        if operation == "update" and stored is None:
            return "skipped", "", "INVALID_DATA-id"
        element = self._each(module, row, n, stored, frozenset())
        if element["status"] == "success":
            return "updated" if stored else "added", str(element["details"]["id"]), ""
        errors = element["details"].get("errors") or [element]
        return "skipped", "", ":".join(f"{one['code']}-{one['details'].get('api_name') or 'id'}" for one in errors)

    def save_as_person(self, stream: str, record_id: str | None, values: Mapping[str, Any], at: datetime) -> Stored:
        """Save what a person typed; a moment ago counts as now, so that no second is used twice."""
        if record_id is None:
            return self.org.book.create(stream, values, by="people", at=at)
        stored = self.org.book.get(stream, record_id)
        recent = stored is not None and abs((self.org.clock.now() - at).total_seconds()) < 1
        moment = self.org.write_time(stored, at) if stored is not None and recent else at
        return self.org.book.update(stream, record_id, values, by="people", at=moment)

    # --------------------------------------------------------------------------------------------- one row

    def _each(  # noqa: PLR0913 (a row's facts)
        self,
        module: Module,
        row: Mapping[str, Any],
        n: int,
        stored: Stored | None,
        failing: frozenset[int],
        must_exist: bool = False,  # noqa: FBT001, FBT002
    ) -> Element:
        if n in failing:
            return error_body("INTERNAL_ERROR", "injected fault")
        if must_exist and stored is None:
            return self._unknown(row, n).element
        try:
            return self._save(module, row, n, stored)
        except BadRow as refused:
            return refused.element

    def _save(self, module: Module, row: Mapping[str, Any], n: int, stored: Stored | None) -> Element:
        if stored is not None:
            self._may_change(stored)
        kept_from_us = self.org.switches.hidden | self.org.switches.restricted
        values = {
            name: checked(field, row[name], n, self._exists)
            for name, field in module.by_name.items()
            if name in row and not field.read_only and name not in kept_from_us
        }
        self._mandatory(module, values, n, stored)
        self._unique(module, values, n, stored)
        if stored is None:
            return self._done(self.org.book.create(module.api_name, values, by="hub"), "record added")
        at = self.org.write_time(stored)
        return self._done(
            self.org.book.update(module.api_name, stored.record_id, values, by="hub", at=at), "record updated"
        )

    def _done(self, stored: Stored, message: str) -> Element:
        user = {key: self.org.api_user[key] for key in ("name", "id")}
        details = {
            "Modified_Time": self.org.shown_time(stored.modified_at),
            "Modified_By": user,
            "Created_Time": self.org.shown_time(stored.created_at),
            "id": stored.record_id,
            "Created_By": user,
            "$approval_state": "approved",
        }
        return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}

    def _may_change(self, stored: Stored) -> None:
        if stored.values.get("Converted__s") is True:
            raise BadRow("CONVERTED_RECORD", "can't update the converted record", id=stored.record_id)
        if stored.values.get("Locked__s") is True:
            raise BadRow("RECORD_LOCKED", "record locked", id=stored.record_id)

    def _mandatory(self, module: Module, values: Mapping[str, Any], n: int, stored: Stored | None) -> None:
        for field in module.fields:
            missing = field.api_name not in values if stored is None else False
            if field.mandatory and (missing or values.get(field.api_name, "") is None):
                path = f"$.data[{n}].{field.api_name}"
                raise BadRow("MANDATORY_NOT_FOUND", "required field not found", api_name=field.api_name, json_path=path)

    def _unique(self, module: Module, values: Mapping[str, Any], n: int, stored: Stored | None) -> None:
        collisions = []
        for field in module.fields:
            value = values.get(field.api_name)
            if not field.unique or not isinstance(value, str):
                continue
            others = self.org.shelf(module.api_name).by_value.ids(field.api_name, value)
            other = next((one for one in others if stored is None or one != stored.record_id), None)
            if other is not None:
                collisions.append(self._duplicate(module, field.api_name, other, n))
        if len(collisions) == 1:
            raise collisions[0]
        if collisions:
            errors = [one.element for one in collisions]
            raise BadRow("MULTIPLE_OR_MULTI_ERRORS", "multiple errors", errors=errors)

    def _duplicate(self, module: Module, name: str, other: str, n: int) -> BadRow:
        owner = {key: self.org.rep[key] for key in ("name", "id")}
        described = {"api_name": module.api_name, "id": self.org.layout_ids[module.api_name]}
        return BadRow(
            "DUPLICATE_DATA",
            "duplicate data",
            api_name=name,
            json_path=f"$.data[{n}].{name}",
            id=other,
            duplicate_record={"id": other, "Owner": owner, "module": described},
            more_records=False,
        )

    def _unknown(self, row: Mapping[str, Any], n: int) -> BadRow:
        if row.get("id") in {None, ""}:
            path = f"$.data[{n}].id"
            return BadRow("MANDATORY_NOT_FOUND", "required field not found", api_name="id", json_path=path)
        return BadRow("INVALID_DATA", "the id given seems to be invalid", id=str(row["id"]))

    def _exists(self, module: str, record_id: str) -> bool:
        if module == "users":
            return record_id in self.org.users
        return self.org.live(module, record_id) is not None

    # ------------------------------------------------------------------------------------------ the batch

    def _rows(self, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        rows = body.get("data")
        if rows is None:
            raise Refused(400, "MANDATORY_NOT_FOUND", "required field not found", api_name="data", json_path="$.data")
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise Refused(400, "INVALID_DATA", "invalid data", expected_data_type="jsonarray", json_path="$.data")
        if len(rows) > MOST:
            raise Refused(400, "INVALID_DATA", "invalid data", maximum_length=MOST, json_path="$.data")
        trigger = body.get("trigger")
        if trigger is not None and not (isinstance(trigger, list) and set(trigger) <= TRIGGERS):
            raise Refused(400, "INVALID_DATA", "invalid data", json_path="$.trigger")
        self.triggered.append(trigger)
        return rows

    def _check_fields(self, module: Module, said: Any) -> list[str]:  # noqa: ANN401 (JSON)
        unique = [field.api_name for field in module.fields if field.unique]
        if not said:
            return list(dict.fromkeys([module.check_field, *unique]))
        if not isinstance(said, list) or not set(said) <= {module.check_field, *unique}:
            raise Refused(400, "INVALID_DATA", "invalid data", json_path="$.duplicate_check_fields")
        return list(dict.fromkeys([*said, *unique]))

    def _match(self, module: Module, row: Mapping[str, Any], check: Sequence[str]) -> tuple[str, Stored] | None:
        by_value = self.org.shelf(module.api_name).by_value
        for name in check:
            value = row.get(name)
            found = by_value.ids(name, value) if isinstance(value, str) and value else []
            stored = self.org.live(module.api_name, found[0]) if found else None
            if stored is not None:
                return name, stored
        return None

    def _changed(self, stored: Stored, unless: datetime | None) -> bool:
        if unless is None:
            return False
        finer = self.org.switches.stored_time == "finer"
        return (stored.modified_at if finer else whole_second(stored.modified_at)) > unless

    def _already_modified(self, stored: Stored) -> Element:
        user = {key: self.org.user(stored.history[-1].by)[key] for key in ("name", "id")}
        modified = self.org.shown_time(stored.modified_at)
        details = {"id": stored.record_id, "Modified_Time": modified, "Modified_By": user}
        return error_body("ALREADY_MODIFIED", "the record has been modified since", details)


def _unmodified_since(request: Request) -> datetime | None:
    said = request.headers.get("If-Unmodified-Since")
    if said is None:
        return None
    moment = instant(said)
    if moment is None:
        raise Refused(400, "INVALID_DATA", "invalid If-Unmodified-Since", header="If-Unmodified-Since")
    return moment


async def read_body(request: Request) -> Mapping[str, Any]:
    """Return the JSON object that was sent."""
    try:
        body = orjson.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(400, "INVALID_DATA", "body", expected_data_type="jsonobject")
    return body
