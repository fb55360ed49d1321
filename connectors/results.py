"""The words of a writer's results: one small function for each way that a write can end. The record's key is `id`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.contract import WriteRequest, WriteResult
from connectors.errors import OutcomeUnknown, SkipRecord

if TYPE_CHECKING:
    from connectors.errors import ConnectorError

WAIT = "Nothing to do: the hub tries again at the next run."
LOOK = "Nothing to do: the hub looks it up before anything is tried again."


def confirmed(request: WriteRequest, record: Mapping[str, Any]) -> WriteResult:
    """Done, and read back."""
    return WriteResult(request.write_id, "confirmed", str(record["id"]), read_back=record)


def rejected(request: WriteRequest, code: str, message: str, cure: str, **facts: Any) -> WriteResult:  # noqa: ANN401 (record_id, current, read_back)
    """Refused for good."""
    return WriteResult(
        request.write_id, "rejected", **{"record_id": request.record_id} | facts, code=code, message=message, cure=cure
    )


def stale(request: WriteRequest, current: Mapping[str, Any]) -> WriteResult:
    """Not written: the record is not as the hub last saw it."""
    return WriteResult(
        request.write_id,
        "stale",
        str(current["id"]),
        current=current,
        code="stale",
        message="the record changed since the hub read it",
        cure="Nothing to do: the hub takes the change in and plans anew.",
    )


def unknown(request: WriteRequest, why: str) -> WriteResult:
    """Sent, and not known what became of it."""
    return WriteResult(request.write_id, "unknown", request.record_id, code="unknown", message=why, cure=LOOK)


def try_again(request: WriteRequest, code: str, why: str) -> WriteResult:
    """Not written, for a passing reason."""
    return WriteResult(request.write_id, "try_again", request.record_id, code=code, message=why, cure=WAIT)


def of_error(request: WriteRequest, error: ConnectorError) -> WriteResult:
    """Return the result of a call about this one record that raised *error*."""
    if isinstance(error, SkipRecord):
        return rejected(request, error.code, error.what, error.cure)
    return (
        unknown(request, error.what)
        if isinstance(error, OutcomeUnknown)
        else try_again(request, error.code, error.what)
    )
