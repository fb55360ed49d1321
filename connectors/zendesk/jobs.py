"""Bulk jobs: send one, wait for several at once, read their rows.

A job is `queued`, `working`, then `completed` (which does not mean that all rows were written), `failed` or `killed`.
Its rows come in any order and in a form that differs by type; only what failed is taken from them, and the kind of
failure that they name: their texts may hold a customer's values and are not kept.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.zendesk.failures import DUPLICATE, INVALID, is_duplicate

if TYPE_CHECKING:
    from connectors.zendesk.client import Client

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two looks; the pause doubles, since each look is a call of the account."""
ENDED = frozenset(("completed", "failed", "killed"))
_OF_KIND = (f"{noun}{act}Error" for noun in ("User", "Organization") for act in ("Create", "Update"))
INVALID_WORDS = frozenset((INVALID, "InvalidValue", *_OF_KIND))
"""What a row says in one word when Zendesk refuses its values."""
ROW_FAILED = "row-failed"
_CODE = re.compile(r"[A-Za-z][A-Za-z_]{2,39}")
_PASSING = re.compile(r"conflict|collision|try again|timed? ?out|temporar|lock", re.IGNORECASE)
"""What a sentence says where the same row may pass a moment later."""


LASTING = frozenset((DUPLICATE, INVALID))
"""Codes of rows that would be refused again."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: *failed* maps the id of a row (record id, or input index) to its code.

    `DUPLICATE` and `INVALID` (`LASTING`) would be refused again; any other code says that it failed, and not whether it
    would again. *codes*: those of all failed rows, also of such that name no id.
    """

    completed: bool
    failed: dict[str, str]
    codes: tuple[str, ...] = ()


class Jobs:
    """Sends and watches the jobs of one account."""

    def __init__(
        self,
        client: Client,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._sleep, self._now = client, sleep, now

    def send(self, method: str, path: str, stream: str, rows: Sequence[dict[str, Any]]) -> str | None:
        """Send *rows* as one job and return its id; None where the answer names none.

        Raises:
            OutcomeUnknown: no answer came; the job may be under way.
        """
        answer = self._client.send(method, path, {stream: list(rows)}, stream=stream)
        status = answer.get("job_status")
        job_id = status.get("id") if isinstance(status, dict) else None
        return job_id if isinstance(job_id, str) else None

    def wait(self, job_ids: Iterable[str]) -> dict[str, Ended]:
        """Return the jobs that ended within the time that the settings allow; all are looked at in one call."""
        waiting, ended = set(job_ids), dict[str, Ended]()
        pause, until = FIRST_PAUSE, self._now() + self._client.settings.job_seconds
        while waiting:
            answer = self._client.get("job_statuses/show_many", {"ids": ",".join(sorted(waiting))})
            for status in answer.get("job_statuses") or ():
                if isinstance(status, dict) and status.get("id") in waiting and status.get("status") in ENDED:
                    waiting.discard(status["id"])
                    failed = _failed(status.get("results"))
                    codes = tuple(code for _, code in failed)
                    ended[status["id"]] = Ended(status["status"] == "completed", dict(failed), codes)
            if not waiting or self._now() + pause > until:
                break
            self._sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
        return ended


def _failed(rows: object) -> list[tuple[str, str]]:
    """Return the id and the code of each row that failed."""
    return [
        (str(row.get("id")), _code(row))
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict) and (row.get("error") or row.get("success") is False or row.get("status") == "Failed")
    ]


def _code(row: dict[str, Any]) -> str:
    """Return the kind of failure: a sentence about the row's values is lasting, a mere word may be anything."""
    said = [row.get("error"), row.get("details")]
    if is_duplicate(said):
        return DUPLICATE
    error = row.get("error")
    if isinstance(error, str) and error in INVALID_WORDS:
        return ROW_FAILED if _PASSING.search(str(row.get("details") or "")) else INVALID
    if isinstance(error, str) and _CODE.fullmatch(error):
        return error
    lasting = isinstance(error, str) and error.strip() and not _PASSING.search(error)
    return INVALID if lasting else ROW_FAILED
