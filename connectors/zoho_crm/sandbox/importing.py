"""Bulk write: a zip with one CSV is uploaded, a job takes its rows in, a second zip tells what became of each.

Room: connectors/zoho_crm sandbox. A job moves one state at each look; its rows are written when it comes to its end.
"""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from connectors.sandboxes.answers import Json
from connectors.zoho_crm.sandbox.answers import Refused, error_body
from connectors.zoho_crm.sandbox.modules import FieldSpec, Module

if TYPE_CHECKING:
    from starlette.requests import Request

    from connectors.sandboxes.contract import SandboxOptions
    from connectors.zoho_crm.sandbox.org import Org
    from connectors.zoho_crm.sandbox.writing import Writing

STATES = ("ADDED", "INPROGRESS", "COMPLETED")
LARGEST_FILE, MOST_ROWS, MOST_COLUMNS, SHOWN = 25 * 1024 * 1024, 25_000, 200, 3
KEPT = timedelta(days=7)
_DATES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


@dataclass
class Job:
    """One job: *rows* of texts, *mapped* the columns, *results* (status, record id, errors) once it has ended."""

    number: str
    module: Module
    asked: Mapping[str, Any]
    mapped: Sequence[Mapping[str, Any]]
    rows: Sequence[Sequence[str]]
    added: datetime
    state: int = 0
    results: list[tuple[str, str, str]] = field(default_factory=list)
    file: str = ""


class Imports:
    """The uploads and jobs of one organisation."""

    def __init__(self, org: Org, options: SandboxOptions, writing: Writing) -> None:
        self._org, self._clock, self._writing = org, options.clock, writing
        self._base_url = options.base_url
        self._numbers = itertools.count(int(org.zgid) * 10**8 + 10**7)
        self._files: dict[str, tuple[str, bytes]] = {}
        self._jobs: dict[str, Job] = {}

    async def upload(self, request: Request) -> Response:
        """`POST /crm/v8/upload` (multipart; on Zoho's content host)."""
        if request.headers.get("feature") != "bulk-write" or request.headers.get("X-CRM-ORG") != self._org.zgid:
            raise Refused(400, "INVALID_REQUEST", "feature and X-CRM-ORG must name the use and the organisation")
        async with request.form() as form:
            file = form.get("file")
            content = await file.read() if isinstance(file, UploadFile) else b""
        if len(content) > LARGEST_FILE:
            raise Refused(413, "FILE_TOO_LARGE", "the file is too large")
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                (name,) = archive.namelist()
                text = archive.read(name)
        except (zipfile.BadZipFile, ValueError):
            raise Refused(400, "INVALID_FILE_FORMAT", "the file is no zip with one CSV") from None
        number = str(next(self._numbers))
        self._files[number] = (name, text)
        details = {"file_id": number, "created_time": self._org.shown_time(self._clock.now())}
        return Json(
            {"status": "success", "code": "FILE_UPLOAD_SUCCESS", "message": "file uploaded.", "details": details}
        )

    def start(self, body: Mapping[str, Any]) -> Response:
        """`POST /crm/bulk/v8/write`."""
        if self._org.switches.bulk_write == "refused":
            raise Refused(400, "MODULE_NOT_AVAILABLE", "the module is not available", api_name="module")
        resources = body.get("resource")
        resource = resources[0] if isinstance(resources, list) and resources else {}
        module = self._org.module(str((resource.get("module") or {}).get("api_name")))
        operation, key = body.get("operation"), resource.get("find_by")
        if operation not in {"insert", "update", "upsert"}:
            raise Refused(400, "INVALID_DATA", "invalid data", api_name="operation")
        known = {one.api_name for one in module.fields if one.unique} | {"id", module.check_field}
        if operation != "insert" and key not in known:
            raise Refused(400, "MANDATORY_NOT_FOUND", "required field not found", api_name="find_by")
        name, text = self._files.get(str(resource.get("file_id")), ("", b""))
        if not name:
            raise Refused(400, "INVALID_DATA", "invalid data", api_name="file_id")
        rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))[1:]
        if len(rows) > MOST_ROWS or any(len(row) > MOST_COLUMNS for row in rows):
            raise Refused(400, "LIMIT_EXCEEDED", "too many rows or columns")
        mapped = resource.get("field_mappings") or [{"api_name": one} for one in _header(text)]
        job = Job(str(next(self._numbers)), module, body, mapped, rows, self._clock.now(), file=name)
        self._jobs[job.number] = job
        details = {"id": job.number, "created_by": self._user()}
        return Json({"status": "success", "code": "SUCCESS", "message": "success", "details": details}, 201)

    def status(self, number: str) -> Response:
        """`GET /crm/bulk/v8/write/{id}`: no `data[]` around it."""
        job = self._job(number)
        failing = self._org.switches.bulk_write
        if job.state == len(STATES) - 2 and failing in {"failing", "failing_halfway"}:
            if not job.results and failing == "failing_halfway":
                self._write(job, len(job.rows) // 2)
            error = error_body("INTERNAL_SERVER_ERROR", "job failed")
            return Json({**self._described(job), "status": "FAILED", "result": {"error_message": error}})
        shown = self._described(job) | {"status": STATES[job.state]}
        if STATES[job.state] == "COMPLETED":
            url = f"{self._base_url}/v2/crm/{self._org.zgid}/bulk-write/{number}/{number}.zip"  # an address, no path
            shown["result"] = {"download_url": url}
        elif job.state < len(STATES) - 1 and failing != "endless":
            job.state += 1
            if STATES[job.state] == "COMPLETED":
                self._write(job, len(job.rows))
        return Json(shown)

    def result(self, number: str) -> Response:
        """The zip that `result.download_url` names: the first three mapped columns, STATUS, RECORD_ID, ERRORS."""
        job = self._job(number)
        if not job.results or job.added + KEPT < self._clock.now():
            raise Refused(404, "RESOURCE_NOT_FOUND", "the result is not there")
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        columns = list(job.mapped)[:SHOWN]
        writer.writerow([*(one["api_name"] for one in columns), "STATUS", "RECORD_ID", "ERRORS"])
        for n, told in enumerate(job.results):
            writer.writerow([*(_cell(job.rows[n], one, at) for at, one in enumerate(columns)), *told])
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{number}.csv", text.getvalue().encode())
        name = f'attachment; filename="{number}.zip"'
        return Response(packed.getvalue(), media_type="application/zip", headers={"Content-Disposition": name})

    # ----------------------------------------------------------------------------------------------- one job

    def _write(self, job: Job, many: int) -> None:
        """Write the first *many* rows."""
        resource = job.asked["resource"][0]
        for n, cells in enumerate(job.rows):
            if n >= many:
                job.results.append(("unprocessed", "", ""))
                continue
            row = self._row(job, cells, keep_empty=not job.asked.get("ignore_empty"))
            job.results.append(
                self._writing.imported(job.module, row, n, str(job.asked["operation"]), resource.get("find_by"))
            )

    def _row(self, job: Job, cells: Sequence[str], *, keep_empty: bool) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for at, mapped in enumerate(job.mapped):
            name, text = str(mapped["api_name"]), _cell(cells, mapped, at)
            default = (mapped.get("default_value") or {}).get("value")
            if name == "id":
                row[name] = text
                continue
            spec = job.module.field(name)
            if spec is None:
                continue
            if text or default is not None:
                row[name] = _typed(spec, text or str(default), mapped.get("format"))
            elif keep_empty:
                row[name] = None
        return row

    def _described(self, job: Job) -> dict[str, Any]:
        told = [one[0] for one in job.results]
        counts = {name: told.count(name) for name in ("added", "updated", "skipped")}
        file = {"name": job.file, "status": "COMPLETED" if told else STATES[job.state], "total_count": len(job.rows)}
        shown = {f"{name}_count": count for name, count in counts.items()}
        asked = job.asked["resource"][0]
        resource = {name: asked[name] for name in ("find_by", "field_mappings", "file_id") if name in asked}
        resource |= {"type": "data", "module": {"api_name": job.module.api_name}, "file": file | shown}
        return {
            "id": job.number,
            "operation": job.asked["operation"],
            "created_by": self._user(),
            "created_time": self._org.shown_time(job.added),
            "character_encoding": job.asked.get("character_encoding", "UTF-8"),
            "callback": job.asked.get("callback"),
            "resource": [{**resource, "status": file["status"], "code": None, "message": None}],
            "result": None,
        }

    def _user(self) -> dict[str, Any]:
        return {one: self._org.api_user[one] for one in ("id", "name")}

    def _job(self, number: str) -> Job:
        job = self._jobs.get(number)
        if job is None:
            raise Refused(404, "RESOURCE_NOT_FOUND", "the resource is not found")
        return job


def _header(text: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(text.decode("utf-8-sig"))), [])


def _cell(cells: Sequence[str], mapped: Mapping[str, Any], at: int) -> str:
    """Return a row's text under a column: at its `index`, or in the order of the mapping where it names none."""
    if "default_value" in mapped and "index" not in mapped:
        return ""
    index = mapped.get("index", at)
    return cells[index] if isinstance(index, int) and index < len(cells) else ""


def _typed(spec: FieldSpec, text: str, pattern: str | None) -> Any:  # noqa: ANN401 (JSON)
    """Return a text as JSON would carry it; one that is none of its type stays a text, and is refused later."""
    if spec.data_type == "date":
        return _day(text, pattern or "MM/dd/yyyy")
    read = _READ.get(spec.data_type)
    try:
        return text if read is None else read(text)
    except ValueError:
        return text


_READ: Mapping[str, Callable[[str], Any]] = {
    "lookup": lambda text: {"id": text},
    "ownerlookup": lambda text: {"id": text},
    "multiselectpicklist": lambda text: [one for one in text.split(";") if one],
    "boolean": lambda text: {"true": True, "false": False}.get(text.lower(), text),
    "integer": int,
    "double": float,
    "currency": float,
}


def _day(text: str, pattern: str) -> Any:  # noqa: ANN401 (JSON)
    """Return a day as JSON carries it; a text of another form than the job says becomes what no date is."""
    for word, sign in _DATES.items():
        pattern = pattern.replace(word, sign)
    try:
        return date(*datetime.strptime(text, pattern).timetuple()[:3]).isoformat()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        return [text]
