"""What a push would change in one record, and what of the profile cannot go there.

Room: mapping; pure data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mapping.system_path import system_path
from mapping.values import FieldValue, Json

Why = Literal[
    "invalid",
    "no_such_word",
    "no_such_form",
    "required",
    "read_only_place",
    "refused",
    "not_emitted",
    "never_blank",
]
"""invalid: the value is not valid. no_such_word: `values` has no word of the system for it. no_such_form: the system
cannot hold such a value (a month without a day). required: the system insists on a value. read_only_place: it stands
in a field that the mapping only reads. refused: it must not be put into this record. not_emitted: the record does not
yield this entity (the mapping's `when`). never_blank: the field would be left empty, which its rule forbids."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of the system that would be written: *old* as the record holds it now, *new* as it would go out.

    *system_field* is a plain path; dots lead into nested objects.
    """

    profile_field: str
    system_field: str
    old: Json
    new: Json


@dataclass(frozen=True, slots=True)
class Overflow:
    """A value that found no free slot."""

    profile_field: str
    value: FieldValue


@dataclass(frozen=True, slots=True)
class Unpushable:
    """A value (None: an emptying) that cannot go into this record, and why."""

    profile_field: str
    value: FieldValue | None
    why: Why


@dataclass(frozen=True, slots=True)
class Changes:
    """The outcome for one record and one entity. *changes* are in the order of the mapping."""

    changes: tuple[FieldChange, ...] = ()
    overflow: tuple[Overflow, ...] = ()
    unpushable: tuple[Unpushable, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything would be written."""
        return bool(self.changes)


def new_fields(changes: Iterable[FieldChange]) -> dict[str, Any]:
    """Return the payload that carries the new values: nested objects where a path has dots."""
    return _assembled((change.system_field, change.new) for change in changes)


def old_fields(changes: Iterable[FieldChange]) -> dict[str, Any]:
    """Return what the record is expected to hold now, in the shape of `new_fields`."""
    return _assembled((change.system_field, change.old) for change in changes)


def with_changes(payload: Mapping[str, Any], changes: Iterable[FieldChange]) -> dict[str, Any]:
    """Return the payload with *changes* made."""
    after = dict(payload)
    for change in changes:
        steps = system_path(change.system_field).steps or (change.system_field,)
        here = after
        for step in steps[:-1]:
            inner = here.get(step)
            here[step] = dict(inner) if isinstance(inner, Mapping) else {}
            here = here[step]
        here[steps[-1]] = change.new
    return after


def _assembled(values: Iterable[tuple[str, Json]]) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    for text, value in values:
        steps = system_path(text).steps or (text,)
        here = payload
        for step in steps[:-1]:
            here = here.setdefault(step, {})
        here[steps[-1]] = _plain(value)
    return payload


def _plain(value: Json) -> Any:  # noqa: ANN401 (JSON goes out)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
