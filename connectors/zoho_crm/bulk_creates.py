"""Create many records of one module by bulk write jobs: one job for up to 25,000 where rows would take 250 calls.

Room: connectors/zoho_crm; calls through the client.

Only new records go this way, and only as an *insert*: it matches nothing, so that no record that is there is ever
overwritten, and a row whose binding id (or another unique value) is there already is skipped. A job that was started
twice, or comes to its end late, therefore makes no second record. What the job skipped or left is inserted row by
row, which says why. Why not updates: docs/decisions.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from connectors.contract import WriteRequest, WriteResult
from connectors.errors import OutcomeUnknown, QuotaPaused, SkipRecord, StopSystem, TryAgain
from connectors.zoho_crm.bulk_sheet import LARGEST_ZIP, MOST_COLUMNS, MOST_ROWS, BadSheet, fits, outcomes_of, sheet_of
from connectors.zoho_crm.client import Client, Row
from connectors.zoho_crm.creates import create, insert, other_unique_fields
from connectors.zoho_crm.reading_back import read_back
from connectors.zoho_crm.records import Records, slices

log = logging.getLogger(__name__)

AT_ONCE = 5_000
"""Writes that the writer wants at a time: what a kill leaves to be looked up."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds between two looks at a job."""
UNTOLD = (None, None)
"""A job does not say when and by whom a record was saved."""
_RUNNING = frozenset({"ADDED", "QUEUED", "INPROGRESS", "IN PROGRESS"})


class BulkCreates:
    """Creates of one module."""

    def __init__(self, client: Client, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self._sleep = client, sleep
        self._organisation: str | None = None
        self._refused = False

    def wants(self, requests: Sequence[WriteRequest]) -> bool:
        """Say whether these are enough for a job.

        Never where automations are to be set off: which ones a job sets off, Zoho does not let a client choose.
        """
        settings = self._client.settings
        least = settings.bulk_write_from
        enough = least > 0 and len(requests) > least and not settings.trigger and not self._refused
        return enough and settings.content_host is not None

    def run(self, records: Records, requests: Sequence[WriteRequest]) -> Iterator[WriteResult]:
        """Yield one result for each of *requests*."""
        other_unique_fields(self._client, records)  # stops where the binding field is not unique
        fields = {one.api_name: one for one in records.fields()}
        able = [one for one in requests if fits(one, fields)]
        columns = {name for one in able for name in one.fields}
        if not self.wants(able) or len(columns) >= MOST_COLUMNS or not self._knows_organisation():
            able = []
        for part in slices(able, MOST_ROWS):
            yield from self._job(records, part)
        chosen = {id(one) for one in able}
        for batch in slices([one for one in requests if id(one) not in chosen], 100):
            yield from create(self._client, records, batch)

    def _knows_organisation(self) -> bool:
        if self._organisation is None:
            self._organisation = self._client.organisation()
            self._refused = self._organisation is None
        return self._organisation is not None

    def _job(self, records: Records, requests: Sequence[WriteRequest]) -> Iterator[WriteResult]:
        binding = self._client.settings.binding_field
        try:
            job = self._started(records, requests)
        except OutcomeUnknown as silent:
            yield from (_unknown(one, silent.code, "no answer to the start of a bulk job") for one in requests)
            return
        if job is None:
            yield from self._one_by_one(records, requests)
            return
        try:
            told = self._finished(job, records.module)
            found = self._outcomes(told, records.module) if told and told.get("status") == "COMPLETED" else {}
        except StopSystem as error:
            yield from (_unknown(one, error.code, "nothing more can be asked of the bulk job") for one in requests)
            raise
        if told is None:
            yield from (_unknown(one, "BULK_WRITE_RUNS", "the bulk job is still at work") for one in requests)
            return
        added = [(one, found[one.binding_id or ""][1], UNTOLD) for one in requests if _added(found, one)]
        made = {one.write_id for one, _, _ in added}
        yield from read_back(records, added, binding_field=binding)
        yield from self._one_by_one(records, [one for one in requests if one.write_id not in made])

    def _one_by_one(self, records: Records, requests: Sequence[WriteRequest]) -> Iterator[WriteResult]:
        """Insert by the hundred what no job has certainly made: what is there by now is refused and recognised."""
        for batch in slices(requests, 100):
            yield from insert(self._client, records, batch)

    def _started(self, records: Records, requests: Sequence[WriteRequest]) -> str | None:
        """Return the job's id; None where Zoho takes no job: the rows then go out as ever.

        Raises:
            OutcomeUnknown: the job may be at work.
            QuotaPaused: the day's credits are used up; nothing was sent.
        """
        fields, settings = {one.api_name: one for one in records.fields()}, self._client.settings
        zipped, mapped = sheet_of(requests, fields, settings.binding_field)
        if len(zipped) > LARGEST_ZIP or settings.content_host is None or self._organisation is None:
            return None
        try:
            file = self._client.upload(
                settings.content_host, self._organisation, "records.zip", zipped, stream=records.module
            )
            if file is None:
                return None
            module = {"api_name": records.module}
            resource = {"type": "data", "module": module, "file_id": file, "field_mappings": mapped}
            body = {"operation": "insert", "ignore_empty": True, "resource": [resource]}
            return self._client.start_bulk_write(body, stream=records.module)
        except (OutcomeUnknown, QuotaPaused):
            raise
        except (SkipRecord, StopSystem, TryAgain) as refused:
            log.warning("%s/%s: no bulk job (%s); row by row", self._client.system, records.module, refused.code)
            self._refused = True
            return None

    def _finished(self, job: str, stream: str) -> Row | None:
        """Wait for the job and return what is told of it; None where it goes on."""
        waited, pause = 0.0, FIRST_PAUSE
        while True:
            try:
                told = self._client.bulk_write(job, stream=stream)
            except (SkipRecord, TryAgain):
                return None
            if str(told.get("status")).upper() not in _RUNNING:
                return told
            if waited >= self._client.settings.bulk_write_wait:
                return None
            self._sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, LONGEST_PAUSE)

    def _outcomes(self, told: Row, stream: str) -> Mapping[str, tuple[str, str, str]]:
        result = told.get("result")
        url = result.get("download_url") if isinstance(result, Mapping) else None
        if not isinstance(url, str) or not self._client.settings.downloads_from(url):
            return {}  # never sign a call to a host that only an answer names
        try:
            return outcomes_of(self._client.download(url, stream=stream), self._client.settings.binding_field)
        except (SkipRecord, TryAgain, BadSheet):
            return {}


def _added(found: Mapping[str, tuple[str, str, str]], request: WriteRequest) -> bool:
    status, record_id, _ = found.get(request.binding_id or "", ("", "", ""))
    return status == "added" and record_id.isdigit()


def _unknown(request: WriteRequest, code: str, message: str) -> WriteResult:
    cure = "The hub looks up what was stored before it tries again."
    return WriteResult(request.write_id, "unknown", code=code, message=message, cure=cure)
