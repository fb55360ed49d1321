"""Take one record out of a system: delete it, or have its system merge it into another one.

Room: connectors. The order of the steps is the same for all: read the record and compare it with what the hub last saw
of it, act, and look whether it is gone. Nothing is concluded from an answer alone. What a system can do of this its
writer says in `removals`; what is not named there is refused, by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from connectors import results
from connectors.contract import DELETED_AT, MERGED_INTO, Record, Removal, WriteRequest, WriteResult
from connectors.errors import ConnectorError, OutcomeUnknown, StopSystem

DELETE, MERGE = "delete", "merge"
REMOVING = frozenset({DELETE, MERGE})
"""Kinds of writes after which the record is gone."""


class Remover(Protocol):
    """What differs between systems. Every method raises the errors of `connectors.http`."""

    def fetch(self, stream: str, record_id: str) -> Record:
        """Return one record as a pull gives it, with the deletion mark where it is gone."""

    def shows(self, record: Record, expected: Mapping[str, Any]) -> bool:
        """Say whether a record shows all of *expected*."""

    def remove(self, request: WriteRequest) -> None:
        """Delete `request.record_id`, or merge it into `request.into`: one call, never repeated."""


def remove(remover: Remover, removals: Mapping[str, Removal], request: WriteRequest) -> WriteResult:
    """Carry out one request of a kind in REMOVING; return its result.

    Raises:
        StopSystem: nothing more can be written; nothing was sent for this request.
    """
    refused = _refused(removals, request)
    if refused is not None:
        return refused
    stream, record_id = request.stream, str(request.record_id)
    try:
        before = remover.fetch(stream, record_id)
        if _gone(before) or not remover.shows(before, request.expected):
            return _stale(request, before)
        if request.into is not None and _gone(remover.fetch(stream, request.into)):
            what, cure = f"record {request.into}, which was to stay, is gone", "Plan anew and look again."
            return results.rejected(request, "winner-gone", what, cure)
    except StopSystem:
        raise
    except ConnectorError as error:
        return results.of_error(request, error)
    try:
        remover.remove(request)
    except OutcomeUnknown:
        pass  # what the record shows decides
    except StopSystem:
        raise
    except ConnectorError as error:
        return results.of_error(request, error)
    return _seen_gone(remover, request)


def _seen_gone(remover: Remover, request: WriteRequest) -> WriteResult:
    """Return the result of a call that was sent; whatever is in the way of looking, it is no longer unsent."""
    try:
        after = remover.fetch(request.stream, str(request.record_id))
    except ConnectorError:
        return results.unknown(request, "sent, but the record could not be read afterwards")
    if not _gone(after):
        return results.unknown(request, "the record is still there, whatever its system answered")
    return WriteResult(request.write_id, "confirmed", record_id=request.record_id, read_back=after)


def _refused(removals: Mapping[str, Removal], request: WriteRequest) -> WriteResult | None:
    able = removals.get(request.stream, Removal())
    what = "deletes nothing" if request.kind == DELETE else "merges nothing"
    if not (able.delete if request.kind == DELETE else able.merge):
        cure = "Let its own people do it there: what they do, the hub follows."
        return results.rejected(request, f"no-{request.kind}", f"the hub {what} in {request.stream}", cure)
    if not request.record_id or (request.kind == MERGE and request.into in {None, "", request.record_id}):
        cure = "Report this: the write has to name its records."
        return results.rejected(request, "no-id", "the write names no record", cure)
    return None


def _gone(record: Record) -> bool:
    return DELETED_AT in record or MERGED_INTO in record


def _stale(request: WriteRequest, current: Record) -> WriteResult:
    return WriteResult(
        request.write_id,
        "stale",
        record_id=request.record_id,
        current=current,
        code="stale",
        message="the record changed since the hub read it",
        cure="Nothing to do: the hub takes the change in and plans anew.",
    )
