"""Send rows in one call and get a result for each; halve what is refused as a whole.

Room: connectors/zoho_crm; calls through the client.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from connectors.contract import WriteRequest, WriteResult
from connectors.errors import OutcomeUnknown, SkipRecord, TryAgain
from connectors.zoho_crm.client import Client
from connectors.zoho_crm.failures import results
from connectors.zoho_crm.results import Element, read_element

log = logging.getLogger(__name__)

ALREADY_MODIFIED = "ALREADY_MODIFIED"
_NEVER_TAKEN = frozenset({"TOO_MANY_REQUESTS", "429"})

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sending:
    """How rows are sent: method, path after the module, what stands beside `data`, and the version precondition."""

    method: Literal["POST", "PUT"]
    stream: str
    action: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    unmodified_since: datetime | None = None


Sent = tuple[WriteRequest, Element | WriteResult]
"""A request with Zoho's answer to it, or with its result where no answer came."""


def send(client: Client, sending: Sending, rows: Sequence[tuple[WriteRequest, Row]]) -> Iterator[Sent]:
    """Send *rows* (at most 100) and yield what became of each.

    A batch that is refused as a whole is halved until the bad row stands alone. No answer: every row is `unknown`.
    """
    if not rows:
        return
    try:
        reply = client.write(
            sending.method,
            sending.stream,
            [row for _, row in rows],
            action=sending.action,
            extra=sending.extra,
            unmodified_since=sending.unmodified_since,
        )
    except SkipRecord as refused:
        yield from _halved(client, sending, rows, refused)
        return
    except TryAgain as trouble:
        yield from ((request, _unanswered(request, trouble)) for request, _ in rows)
        return
    answers = results(reply.body) or []
    if len(answers) == len(rows):
        yield from ((request, read_element(answer)) for (request, _), answer in zip(rows, answers, strict=True))
    elif reply.status == 412:  # noqa: PLR2004 (HTTP's own number): one record's change refused the whole batch
        yield from ((request, Element("changed", ALREADY_MODIFIED)) for request, _ in rows)
    else:
        log.warning("%s/%s: %d rows got %d results", client.system, sending.stream, len(rows), len(answers))
        yield from ((request, _uncounted(request)) for request, _ in rows)


def _halved(
    client: Client, sending: Sending, rows: Sequence[tuple[WriteRequest, Row]], refused: SkipRecord
) -> Iterator[Sent]:
    if len(rows) == 1:
        yield rows[0][0], Element("rejected", refused.code, refused.what)
        return
    middle = len(rows) // 2
    yield from send(client, sending, rows[:middle])
    yield from send(client, sending, rows[middle:])


def _unanswered(request: WriteRequest, trouble: TryAgain) -> WriteResult:
    """Only a call that Zoho turned away unread is surely not carried out; any other may have been."""
    turned_away = trouble.code in _NEVER_TAKEN and not isinstance(trouble, OutcomeUnknown)
    return WriteResult(
        request.write_id,
        "try_again" if turned_away else "unknown",
        record_id=request.record_id,
        code=trouble.code,
        message=trouble.what,
        cure=trouble.cure,
    )


def _uncounted(request: WriteRequest) -> WriteResult:
    return WriteResult(
        request.write_id,
        "unknown",
        record_id=request.record_id,
        code="RESULTS_MISSING",
        message="the answer did not hold a result for each row",
        cure="The hub looks up what was stored before it tries again.",
    )
