"""Keep the simulators' books in a folder (`--state DIR`), so that a sandbox can be stopped and started again."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from connectors.sandboxes.book import Stored
from connectors.sandboxes.contract import Change

if TYPE_CHECKING:
    from connectors.sandboxes.contract import Sandbox


def save(folder: Path, sandbox: Sandbox) -> None:
    """Write one simulator's book and what else it keeps; a reader finds the old file or the new, never a half."""
    records = [_as_json(one) for stream in sandbox.book.streams() for one in sandbox.book.all(stream)]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{sandbox.name}.json"
    fresh = target.with_suffix(".new")
    fresh.write_bytes(orjson.dumps({"kept": dict(sandbox.keep()), "records": records}))
    os.replace(fresh, target)  # noqa: PTH105 (atomic on every platform, and says so)


def load(folder: Path, sandbox: Sandbox) -> bool:
    """Put a saved state in the place of what *sandbox* was built with; False where none was saved."""
    target = folder / f"{sandbox.name}.json"
    if not target.exists():
        return False
    saved = orjson.loads(target.read_bytes())
    sandbox.book.replace(_stored(one) for one in saved["records"])
    sandbox.recall(saved["kept"])
    return True


def _as_json(one: Stored) -> dict[str, Any]:
    return {
        "stream": one.stream,
        "record_id": one.record_id,
        "values": one.values,
        "created_at": one.created_at,
        "modified_at": one.modified_at,
        "customers": dict(one.customers),
        "deleted_at": one.deleted_at,
        "merged_into": one.merged_into,
        "version": one.version,
        "history": [[change.at, change.by, change.kind, dict(change.fields)] for change in one.history],
    }


def _stored(saved: Mapping[str, Any]) -> Stored:
    stream, record_id = saved["stream"], saved["record_id"]
    return Stored(
        stream,
        record_id,
        saved["values"],
        datetime.fromisoformat(saved["created_at"]),
        datetime.fromisoformat(saved["modified_at"]),
        saved["customers"],
        datetime.fromisoformat(saved["deleted_at"]) if saved["deleted_at"] else None,
        saved["merged_into"],
        saved["version"],
        _history(stream, record_id, saved["history"]),
    )


def _history(stream: str, record_id: str, saved: Sequence[Sequence[Any]]) -> list[Change]:
    return [
        Change(datetime.fromisoformat(at), by, kind, stream, record_id, {k: (v[0], v[1]) for k, v in fields.items()})
        for at, by, kind, fields in saved
    ]
