"""What people do to a record in their own system, carried out for the control port."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from connectors.sandboxes.book import Stored
    from connectors.sandboxes.contract import Sandbox


class Edit(BaseModel):
    """One edit; `id` absent: a new record. `at` defaults to now. `merge_into` names the winner of a merge."""

    model_config = ConfigDict(extra="forbid")

    system: str
    stream: str
    id: str | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    clear: list[str] = Field(default_factory=list)
    delete: bool = False
    merge_into: str | None = None
    restore: bool = False
    at: AwareDatetime | None = None


class NoSuchRecord(LookupError):
    """The record that an edit names is not there."""


def carry_out(edit: Edit, sandbox: Sandbox) -> Stored:
    """Do what *edit* says, through the simulator's own ways where it has any.

    Raises:
        NoSuchRecord: the record is not there (or deleted, for an edit of its values).
    """
    at = edit.at.astimezone(UTC) if edit.at else sandbox.book.clock.now()
    if edit.id is not None:
        held = sandbox.book.get(edit.stream, edit.id)
        if held is None or (held.deleted_at is not None and not edit.restore):
            raise NoSuchRecord(f"{sandbox.name} has no {edit.stream} record {edit.id}")
    if edit.delete or edit.merge_into is not None:
        return _delete(edit, sandbox, at)
    if edit.restore and edit.id is not None:
        sandbox.book.restore(edit.stream, edit.id, by="people", at=at)
    return _save(edit, sandbox, at)


def _delete(edit: Edit, sandbox: Sandbox, at: datetime) -> Stored:
    if edit.id is None:
        raise NoSuchRecord("a deletion has to name its record")
    if edit.merge_into is not None and sandbox.book.get(edit.stream, edit.merge_into) is None:
        raise NoSuchRecord(f"{sandbox.name} has no {edit.stream} record {edit.merge_into} to merge into")
    if sandbox.delete_as_person is not None:
        return sandbox.delete_as_person(edit.stream, edit.id, at, edit.merge_into)
    return sandbox.book.delete(edit.stream, edit.id, by="people", at=at, merged_into=edit.merge_into)


def _save(edit: Edit, sandbox: Sandbox, at: datetime) -> Stored:
    values = {**edit.set, **dict.fromkeys(edit.clear)}
    if sandbox.save_as_person is not None:
        return sandbox.save_as_person(edit.stream, edit.id, values, at)
    if edit.id is None:
        return sandbox.book.create(edit.stream, values, by="people", at=at)
    return sandbox.book.update(edit.stream, edit.id, values, by="people", at=at)
