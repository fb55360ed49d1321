"""Confirm writes with the values that Zoho shows now.

Room: connectors/zoho_crm; calls through the client.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from connectors.contract import WriteRequest, WriteResult
from connectors.errors import ConnectorError, SkipRecord, StopSystem, TryAgain
from connectors.zoho_crm.client import BATCH, Row
from connectors.zoho_crm.metadata import MODIFIED, MODIFIED_BY
from connectors.zoho_crm.records import Records, slices
from connectors.zoho_crm.results import Saved, saved_of
from connectors.zoho_crm.sameness import same

Done = tuple[WriteRequest, str, Saved]
"""A request that Zoho has carried out, its record's id, and when and by whom that was saved."""


def read_back(records: Records, done: Sequence[Done], *, binding_field: str | None = None) -> Iterator[WriteResult]:
    """Yield a result for each of *done*: confirmed, or unknown where the record could not be read.

    With *binding_field*, the records were made now: they are read whole, so that what Zoho put into them by itself is
    known, and one that does not show the request's binding id is not the one that was made.

    Raises:
        StopSystem: nothing can be read any more; each of *done* has had its result by then.
    """
    stopped: StopSystem | None = None
    for batch in slices(done, BATCH):
        names = [
            MODIFIED,
            MODIFIED_BY,
            *([binding_field, *records.names()] if binding_field else []),
            *(name for one, _, _ in batch for name in one.fields),
        ]
        shown: dict[str, Row] = {}
        if stopped is None:
            try:
                shown = records.by_ids([record_id for _, record_id, _ in batch], list(dict.fromkeys(names)))
            except StopSystem as error:
                stopped = error
            except (SkipRecord, TryAgain):
                shown = {}
        for request, record_id, saved in batch:
            row = shown.get(record_id)
            mine = row is not None and (binding_field is None or row.get(binding_field) in {None, request.binding_id})
            if row is None or not mine:
                yield _unseen(request, record_id)
                continue
            others = _others(saved, row)
            if binding_field:
                yield WriteResult(request.write_id, "confirmed", record_id=row["id"], read_back=row, others=others)
            elif not others and (left := _not_stored(request, row)):
                yield passed_over(request, row, left)
            else:
                yield confirmed(request, row, others=others)
    if stopped is not None:
        raise stopped


def confirmed(request: WriteRequest, row: Row, *, others: bool | None = None) -> WriteResult:
    """Return the result of a write whose record shows *row*."""
    shown = {name: row[name] for name in ("id", MODIFIED, *request.fields) if name in row}
    return WriteResult(request.write_id, "confirmed", record_id=row["id"], read_back=shown, others=others)


def _others(saved: Saved, row: Row) -> bool | None:
    """Say whether somebody else has saved a record since the hub did.

    Stamps are in seconds: of two saves in one second only the users tell, and not where they are one.
    """
    at, by = saved
    shown_at, shown_by = saved_of(row)
    if at is None or shown_at is None:
        return None
    if shown_at != at or (by is not None and shown_by is not None and shown_by != by):
        return True
    return False if by is not None and shown_by == by else None


def _not_stored(request: WriteRequest, row: Row) -> list[str]:
    """Return the fields that still show what they showed before the write, or nothing at all.

    A value that Zoho took and shows in another form (a link with its scheme, a number rounded) is stored.
    """
    return [
        name
        for name, value in request.fields.items()
        if not same(row.get(name), value) and (name not in row or same(row[name], request.expected.get(name)))
    ]


def passed_over(request: WriteRequest, row: Row, names: Sequence[str]) -> WriteResult:
    """Return the result of a write of which Zoho does not take some fields: written again at every sync otherwise."""
    return replace(
        confirmed(request, row),
        outcome="rejected",
        code="NOT_STORED",
        message=f"Zoho does not store, or does not show, {', '.join(names)}",
        cure="Let the hub's user in Zoho see and write these fields (permissions, privacy settings), or take them out "
        "of the mapping's push.",
        refused={name: [request.fields[name]] for name in names},
    )


def not_now(request: WriteRequest, trouble: ConnectorError) -> WriteResult:
    """Return the result of a write that was not sent because of *trouble* before it."""
    return WriteResult(
        request.write_id,
        "try_again" if isinstance(trouble, TryAgain) else "rejected",
        record_id=request.record_id,
        code=trouble.code,
        message=trouble.what,
        cure=trouble.cure,
    )


def _unseen(request: WriteRequest, record_id: str) -> WriteResult:
    return WriteResult(
        request.write_id,
        "unknown",
        record_id=record_id,
        code="NOT_READ_BACK",
        message="Zoho took the write, and the record could not be read back",
        cure="The hub looks the record up before anything is tried again.",
    )
