"""Bulk read: jobs that export a module as a zip with one CSV, 200,000 records a job.

Room: connectors/zoho_crm sandbox. A job moves one state at each look at it; its result is what the module held when it
completed, kept for a day.
"""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from connectors.sandboxes.answers import Json
from connectors.sandboxes.clock import VirtualClock
from connectors.sandboxes.limits import SlidingWindow
from connectors.zoho_crm.sandbox.answers import Refused
from connectors.zoho_crm.sandbox.modules import FieldSpec, Module
from connectors.zoho_crm.sandbox.org import Org
from connectors.zoho_crm.sandbox.queries import holds

STATES = ("ADDED", "QUEUED", "IN PROGRESS", "COMPLETED")
KEPT = timedelta(days=1)
NEVER_EXPORTED = frozenset({"tag", "subform"})
_SIGNS = {
    "equal": "=",
    "not_equal": "!=",
    "in": "in",
    "not_in": "not in",
    "less_than": "<",
    "less_equal": "<=",
    "greater_than": ">",
    "greater_equal": ">=",
    "between": "between",
    "not_between": "not between",
    "contains": "like",
    "not_contains": "not like",
    "starts_with": "like",
    "ends_with": "like",
}
_LIKE = {"contains": "%{}%", "not_contains": "%{}%", "starts_with": "{}%", "ends_with": "%{}"}


@dataclass
class Job:
    """One job: *asked* is its query, *page* the number of its 200,000, *state* a place in STATES."""

    number: str
    asked: Mapping[str, Any]
    page: int
    added: datetime
    state: int = 0
    zipped: bytes = b""
    count: int = 0
    more: bool = False


class Exports:
    """The jobs of one organisation."""

    def __init__(self, org: Org, clock: VirtualClock, *, real: bool) -> None:
        self._org, self._clock = org, clock
        self._numbers = itertools.count(int(org.zgid) * 10**8)
        self._jobs: dict[str, Job] = {}
        self._tokens: dict[str, tuple[Mapping[str, Any], int]] = {}
        self._downloads = SlidingWindow(clock, 10, 60) if real else None

    def start(self, body: Mapping[str, Any]) -> Response:
        """`POST /crm/bulk/v8/read`."""
        query = body.get("query")
        if not isinstance(query, dict):
            raise Refused(400, "MANDATORY_NOT_FOUND", "required field not found", api_name="query")
        token = query.get("page_token")
        if token is not None:
            if token not in self._tokens:
                raise Refused(400, "INVALID_DATA", "invalid page_token", api_name="page_token")
            asked, page = self._tokens[token]
        else:
            asked, page = query, int(query.get("page") or 1)
            self._check(query)
        job = Job(str(next(self._numbers)), asked, page, self._clock.now())
        self._jobs[job.number] = job
        row = {
            "status": "success",
            "code": "ADDED_SUCCESSFULLY",
            "message": "Added successfully.",
            "details": {"id": job.number, "operation": "read", "state": "ADDED", **self._by(job)},
        }
        return Json({"data": [row], "info": {}}, 201)

    def status(self, number: str) -> Response:
        """`GET /crm/bulk/v8/read/{id}`: each look moves the job on."""
        job = self._job(number)
        row = {"id": number, "operation": "read", "query": job.asked, "file_type": "csv", **self._by(job)}
        if self._org.switches.bulk_read == "failing" and job.state == len(STATES) - 2:
            error = {"code": "INTERNAL_SERVER_ERROR", "message": "job failed", "details": {}, "status": "error"}
            return Json({"data": [{**row, "state": "FAILURE", "result": {"error_message": error}}], "info": {}})
        row["state"] = STATES[job.state]
        if STATES[job.state] == "COMPLETED":
            row["result"] = self._result(job)
        elif job.state < len(STATES) - 1:
            job.state += 1
            if STATES[job.state] == "COMPLETED":
                self._export(job)
        return Json({"data": [row], "info": {}})

    def result(self, number: str) -> Response:
        """`GET /crm/bulk/v8/read/{id}/result`."""
        job = self._job(number)
        if not job.zipped:
            raise Refused(404, "RESOURCE_NOT_FOUND", "the result is not there")
        if self._downloads is not None and self._downloads.take() > 0:
            raise Refused(429, "TOO_MANY_REQUESTS", "too many downloads")
        name = f'attachment; filename="{number}.zip"'
        return Response(job.zipped, media_type="application/zip", headers={"Content-Disposition": name})

    def _check(self, query: Mapping[str, Any]) -> None:
        if self._org.switches.bulk_read == "refused":
            raise Refused(400, "MODULE_NOT_AVAILABLE", "the module is not available", api_name="module")
        module = self._module(query)
        for name in query.get("fields") or ():
            field = module.field(str(name).split(".", maxsplit=1)[0])
            if field is None or field.data_type in NEVER_EXPORTED:
                raise Refused(400, "FIELD_NOT_AVAILABLE", "the field is not available", api_name=name)
        _check_criteria(module, query.get("criteria"))

    def _module(self, query: Mapping[str, Any]) -> Module:
        said = query.get("module")
        name = said.get("api_name") if isinstance(said, dict) else said
        module = self._org.modules.get(str(name))
        if module is None:
            raise Refused(400, "MODULE_NOT_AVAILABLE", "the module is not available", api_name="module")
        return module

    def _export(self, job: Job) -> None:
        module = self._module(job.asked)
        names = [str(name) for name in job.asked.get("fields") or module.by_name]
        names = [name for name in names if _exported(module.field(name.split(".")[0]))]
        joined = [name for name in names if "." in name]
        show = self._org.shower(module)
        criteria = job.asked.get("criteria")
        part = "false" if self._org.switches.bulk_converted == "exclude" and module.api_name == "Leads" else "both"
        rows = []
        for _, record_id in self._org.shelf(module.api_name).live("id", part):
            stored = self._org.live(module.api_name, record_id)
            if stored is not None and _meets(shown := show(stored), criteria):
                rows.append({**shown, **{name: _joined(shown, name) for name in joined}})
        size = int(self._org.switches.bulk_page)
        mine = rows[(job.page - 1) * size : job.page * size]
        job.more, job.count = job.page * size < len(rows), len(mine)
        job.zipped = _zipped(f"{job.number}.csv", names, mine)
        if job.more:
            self._tokens[self._token(job)] = (job.asked, job.page + 1)

    def _result(self, job: Job) -> dict[str, Any]:
        return {
            "page": job.page,
            "per_page": int(self._org.switches.bulk_page),
            "count": job.count,
            "download_url": f"/crm/bulk/v8/read/{job.number}/result",
            "more_records": job.more,
            "next_page_token": self._token(job) if job.more else None,
        }

    def _token(self, job: Job) -> str:
        return f"token-{job.number}"

    def _job(self, number: str) -> Job:
        job = self._jobs.get(number)
        if job is None or job.added + KEPT < self._clock.now():
            raise Refused(404, "RESOURCE_NOT_FOUND", "the resource is not found")
        return job

    def _by(self, job: Job) -> dict[str, Any]:
        user = {key: self._org.api_user[key] for key in ("id", "name")}
        return {"created_by": user, "created_time": self._org.shown_time(job.added)}


def _exported(field: FieldSpec | None) -> bool:
    return field is not None and field.data_type not in NEVER_EXPORTED


def _joined(row: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 (any field's value)
    """Return what a lookup's record shows under `Account_Name.Account_Name`: its name, or its id."""
    base, part = name.split(".", 1)
    other = row.get(base)
    return other.get("id" if part == "id" else "name") if isinstance(other, Mapping) else None


def _zipped(name: str, fields: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["Id", *fields])
    for row in rows:
        writer.writerow([row["id"], *(_cell(row.get(field)) for field in fields)])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text.getvalue().encode())
    return packed.getvalue()


def _cell(value: Any) -> str:  # noqa: ANN401 (any field's value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return str(value.get("id") or "")
    if isinstance(value, list):
        return ";".join(str(one) for one in value)
    return str(value)


def _check_criteria(module: Module, criteria: Any) -> None:  # noqa: ANN401 (JSON)
    if criteria is None:
        return
    group = criteria.get("group") if isinstance(criteria, dict) else None
    if isinstance(group, list) and group and str(criteria.get("group_operator")).lower() in {"and", "or"}:
        for one in group:
            _check_criteria(module, one)
        return
    name = _criterion_field(criteria) if isinstance(criteria, dict) else None
    if name is None or name not in {"id", *module.by_name} or criteria.get("comparator") not in _SIGNS:
        raise Refused(400, "INVALID_CRITERIA", "invalid criteria", api_name=name)


def _criterion_field(criteria: Mapping[str, Any]) -> str | None:
    field = criteria.get("field")
    name = field.get("api_name") if isinstance(field, dict) else criteria.get("api_name")
    return name if isinstance(name, str) else None


def _meets(row: Mapping[str, Any], criteria: Any) -> bool:  # noqa: ANN401 (JSON)
    if not isinstance(criteria, dict):
        return True
    group = criteria.get("group")
    if isinstance(group, list):
        met = (_meets(row, one) for one in group)
        return any(met) if str(criteria.get("group_operator")).lower() == "or" else all(met)
    name = _criterion_field(criteria) or ""
    comparator, value = str(criteria.get("comparator")), criteria.get("value")
    sign = _SIGNS[comparator]
    if comparator in _LIKE:
        return holds(row.get(name), sign, _LIKE[comparator].format(value))
    if value == "${EMPTY}":
        return (row.get(name) in (None, "", [])) is (sign == "=")
    return holds(row.get(name), sign, value)
