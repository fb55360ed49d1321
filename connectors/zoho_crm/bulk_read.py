"""Export a whole module by bulk read jobs: 200,000 records a job, some minutes each.

Room: connectors/zoho_crm; calls through the client. An export is a shortcut for a first read, never the only way: where
Zoho refuses or fails the job, the caller lists the module instead.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from connectors.errors import SkipRecord, TryAgain
from connectors.zoho_crm.bulk_rows import BadExport, rows_of
from connectors.zoho_crm.client import Client, Row
from connectors.zoho_crm.metadata import Field
from connectors.zoho_crm.times import instant, stamp

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds between two looks at a job."""
_RUNNING = frozenset({"ADDED", "QUEUED", "IN PROGRESS", "INPROGRESS"})
"""Spelt with and without a space, by read and by write jobs."""
NOT_EXPORTED = frozenset({"Tag"})
"""Fields that an export gives in no form that is documented: left out, so that they count as unknown, not as empty."""


class ExportRefused(Exception):
    """Zoho does not export this module, or the job failed; the text is a code."""


@dataclass(frozen=True, slots=True)
class Export:
    """How far an export is: the job at work (None: to be started), the token of the next, when the first began."""

    job: str | None = None
    token: str | None = None
    began: datetime | None = None

    @classmethod
    def of(cls, kept: object) -> Self:
        """Read what `state` gave; what cannot be read counts as a new beginning."""
        if not isinstance(kept, Mapping):
            return cls()
        texts = {name: one for name in ("job", "token") if isinstance(one := kept.get(name), str) and one}
        return cls(texts.get("job"), texts.get("token"), instant(kept.get("began")))

    def state(self) -> dict[str, str]:
        """Return what a restart needs: a job's result is kept for a day."""
        found = {"job": self.job, "token": self.token, "began": stamp(self.began) if self.began else None}
        return {name: text for name, text in found.items() if text}


class BulkReader:
    """Exports one module."""

    def __init__(
        self, client: Client, module: str, fields: Sequence[Field], *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client, self._module, self._sleep = client, module, sleep
        self._fields = [field for field in fields if field.api_name not in NOT_EXPORTED]

    def pages(self, export: Export, size: int) -> Iterator[tuple[list[Row], Export | None]]:
        """Yield rows, *size* at a time, each with how far the export is once they are kept (None: not to be kept here).

        The first pages hold no rows: they tell the job's id, so that a restart collects it instead of starting another.

        Raises:
            ExportRefused: list the module instead.
            TryAgain: the job is still at work; the next run goes on with it.
        """
        while True:
            if export.job is None:
                export = self._started(export)
                yield [], export
            result = self._finished(export)
            rows: list[Row] = []
            for row in self._downloaded(result):
                rows.append(row)
                if len(rows) == size:
                    yield rows, None
                    rows = []
            more = result.get("more_records") is True
            token = result.get("next_page_token")
            if more and not (isinstance(token, str) and token):
                raise ExportRefused("NO_PAGE_TOKEN")
            export = replace(export, job=None, token=token if more else None)
            yield rows, export
            if not more:
                return

    def _started(self, export: Export) -> Export:
        names = [field.api_name for field in self._fields]
        query: dict[str, Any] = {"module": {"api_name": self._module}, "fields": names, "page": 1}
        if export.token is not None:
            query = {"page_token": export.token}
        try:
            job, now = self._client.start_bulk_read(query, stream=self._module)
        except SkipRecord as refused:
            raise ExportRefused(refused.code) from refused
        if job is None:
            raise ExportRefused("NO_JOB")
        return Export(job, export.token, export.began or now)

    def _finished(self, export: Export) -> Mapping[str, Any]:
        """Wait for the job and return its `result`."""
        waited, pause = 0.0, FIRST_PAUSE
        while True:
            told = self._client.bulk_read(export.job or "", stream=self._module)
            state = str(told.get("state") or "UNKNOWN_JOB")
            if state not in _RUNNING:
                break
            if waited >= self._client.settings.bulk_read_wait:
                raise TryAgain(
                    "Zoho is still exporting the module",
                    system=self._client.system,
                    stream=self._module,
                    code="BULK_READ_RUNS",
                    cure="Nothing to do: the next run collects it.",
                )
            self._sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, LONGEST_PAUSE)
        result = told.get("result")
        if state != "COMPLETED" or not isinstance(result, Mapping):
            raise ExportRefused(state)
        return result

    def _downloaded(self, result: Mapping[str, Any]) -> Iterator[Row]:
        url = result.get("download_url")
        if not isinstance(url, str) or not self._client.settings.downloads_from(url):
            raise ExportRefused("NO_DOWNLOAD")  # never sign a call to a host that only an answer names
        try:
            yield from rows_of(self._client.download(url, stream=self._module), self._fields)
        except (SkipRecord, BadExport) as bad:
            raise ExportRefused(getattr(bad, "code", "BAD_EXPORT")) from bad
