"""What becomes of a write, decided from what the record shows before and after it; makes no call."""

from __future__ import annotations

from connectors.contract import WriteRequest, WriteResult
from connectors.errors import ConnectorError
from connectors.fxiaoke.client import Row, id_of
from connectors.fxiaoke.streams import FxiaokeReader, is_gone
from connectors.fxiaoke.values import empty, read_only, same, shows

IN_APPROVAL = frozenset({"under_review", "in_change"})
"""life_status of a record on which an approval flow is running; it refuses or holds back changes."""
POOLS = frozenset({"leads_pool_id", "high_seas_id"})
"""Fields that put a record into a pool, where nobody owns it."""
LOOK_FIRST = "The hub looks up what was stored before it tries again."


def before_create(request: WriteRequest, row: Row | None, reader: FxiaokeReader) -> WriteResult | None:
    """Return the result of a create that need not or must not be sent; None: send it."""
    refused = _unwritable(request)
    if refused is not None or row is None:
        return refused
    if is_gone(row):
        return _stale(request, row, reader, "the record that this create had made was deleted")
    return WriteResult(request.write_id, "confirmed", record_id=id_of(row), read_back=row)


def before_update(request: WriteRequest, row: Row | None, reader: FxiaokeReader) -> WriteResult | None:
    """Return the result of an update that need not or must not be sent; None: send it."""
    refused = _unwritable(request)
    if refused is not None:
        return refused
    if row is None or is_gone(row):
        return _stale(request, row, reader, "the record is gone")
    if shows(row, request.fields):
        return WriteResult(request.write_id, "confirmed", record_id=request.record_id, read_back=row)
    if not shows(row, request.expected):
        return _stale(request, row, reader, "the record was changed meanwhile")
    return _held(request, row)


def after_create(request: WriteRequest, record_id: str, row: Row | None, error: ConnectorError | None) -> WriteResult:
    """Return the result of a create that went out; *row* is what can be read of it."""
    if error is not None or not record_id:
        return WriteResult(
            request.write_id,
            "unknown",
            code=error.code if error else "no-id",
            message=error.what if error else "the answer named no record",
            cure=LOOK_FIRST,
        )
    if row is None:
        return WriteResult(
            request.write_id,
            "unknown",
            record_id=record_id,
            code="not-visible",
            message="the record was created but cannot be read",
            cure="Give the acting employee the right to see the records that it creates.",
        )
    return WriteResult(request.write_id, "confirmed", record_id=record_id, read_back=row)


def after_update(request: WriteRequest, before: Row, row: Row | None, error: ConnectorError | None) -> WriteResult:
    """Return the result of an update that went out; without an answer, what the record shows decides."""
    record_id = request.record_id
    if row is not None and shows(row, request.fields):
        return WriteResult(request.write_id, "confirmed", record_id=record_id, read_back=row)
    if error is not None or row is None:
        return WriteResult(
            request.write_id,
            "unknown",
            record_id=record_id,
            code=error.code if error else "not-visible",
            message=error.what if error else "the record could not be read after the write",
            cure=LOOK_FIRST,
        )
    if row.get("life_status") in IN_APPROVAL:
        return _in_approval(request)
    wanted = {name: value for name, value in request.fields.items() if not same(before.get(name), value)}
    if all(same(row.get(name), before.get(name)) for name in wanted):
        return WriteResult(
            request.write_id,
            "rejected",
            record_id=record_id,
            read_back=row,
            code="not-taken",
            message=f"Fxiaoke said yes but kept the old value of {', '.join(sorted(wanted))}",
            cure="Check that these fields may be edited (formula, validation rule, field permission).",
            refused={name: value if isinstance(value, list) else [value] for name, value in wanted.items()},
        )
    others = _others(request, before, row)
    return WriteResult(request.write_id, "confirmed", record_id=record_id, read_back=row, others=others)


def _others(request: WriteRequest, before: Row, row: Row) -> bool | None:
    """Say whether somebody else saved the record between the two looks, by its version, which each save counts up.

    Only where the write was one call: a change of owner is a second one, and clearing may be.
    """
    if "owner" in request.fields or any(empty(value) for value in request.fields.values()):
        return None
    try:
        saves = int(str(row["version"])) - int(str(before["version"]))
    except (KeyError, ValueError):  # not every tenant shows it
        return None
    return saves != 1


def _unwritable(request: WriteRequest) -> WriteResult | None:
    names = sorted(name for name in request.fields if read_only(name))
    if request.kind == "update" and not request.record_id:
        names = ["_id (missing)"]
    if not names:
        return None
    return WriteResult(
        request.write_id,
        "rejected",
        record_id=request.record_id,
        code="read-only",
        message=f"nobody can write {', '.join(names)}",
        cure="Take the field out of the mapping's push, or name its base field.",
    )


def _held(request: WriteRequest, row: Row) -> WriteResult | None:
    """Return the result of an update to a record that takes none now."""
    if any(row.get(pool) for pool in POOLS) and not row.get("owner"):
        return _rejected(
            request,
            "in-pool",
            "the record lies in a pool (公海, 线索池) and belongs to nobody",
            "Somebody has to take it in Fxiaoke first; the hub writes it when it has changed after that.",
        )
    if str(row.get("lock_status")) == "1":
        return _later(request, "locked", "the record is locked", "Unlock it in Fxiaoke; the hub tries again.")
    return _in_approval(request) if row.get("life_status") in IN_APPROVAL else None


def _stale(request: WriteRequest, row: Row | None, reader: FxiaokeReader, why: str) -> WriteResult:
    current = reader.gone(request.record_id or "") if row is None else reader.record(row)
    record_id = request.record_id or (id_of(row) if row else None)
    return WriteResult(
        request.write_id,
        "stale",
        record_id=record_id,
        current=current,
        code="stale",
        message=why,
        cure="Nothing to do: the hub takes the record in first.",
    )


def _rejected(request: WriteRequest, code: str, message: str, cure: str) -> WriteResult:
    return WriteResult(request.write_id, "rejected", record_id=request.record_id, code=code, message=message, cure=cure)


def _later(request: WriteRequest, code: str, message: str, cure: str) -> WriteResult:
    return WriteResult(
        request.write_id, "try_again", record_id=request.record_id, code=code, message=message, cure=cure
    )


def _in_approval(request: WriteRequest) -> WriteResult:
    return _later(
        request, "in-approval", "an approval flow runs on the record", "Nothing to do: the hub tries again afterwards."
    )
