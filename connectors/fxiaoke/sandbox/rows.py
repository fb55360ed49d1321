"""How a kept record looks to those who ask."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.fxiaoke.sandbox.index import Shelves
from connectors.fxiaoke.sandbox.objects import LIFE, OBJECTS
from connectors.fxiaoke.sandbox.people import Employee, People
from connectors.sandboxes.book import Stored

PEOPLE_FIELDS = ("owner", "created_by", "last_modified_by")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the acting employee, and whether employee ids are shown as numbers."""

    employee: Employee
    numbers: bool

    def sees(self, stored: Stored) -> bool:
        """Say whether the row is within the employee's data permissions: all for an administrator, else own ones."""
        if self.employee.admin or self.employee.open_id in (stored.values.get("owner") or ()):
            return True
        team = stored.values.get("relevant_team") or ()
        return any(self.employee.open_id in (member.get("teamMemberEmployee") or ()) for member in team)


class Rows:
    """Renders records of all objects."""

    def __init__(self, shelves: Shelves, people: People) -> None:
        self._shelves, self._people = shelves, people

    def value(self, stored: Stored, field: str) -> Any:  # noqa: ANN401 (JSON)
        """Return one field as a query compares it."""
        if field == "_id":
            return stored.record_id
        if field == "last_modified_time":
            return self._shelves.of(stored.stream).stamp_of[stored.record_id]
        if field == "life_status":
            return _life(stored)
        return self._system(stored)[field] if field in _COMPUTED else stored.values.get(field)

    def shown(
        self, stored: Stored, caller: Caller, *, fields: Collection[str] = (), nulls: bool = False
    ) -> dict[str, Any]:
        """Return a row; empty fields are left out unless *nulls*, and *fields* limits which are there."""
        whole = {**stored.values, **self._system(stored), **self._companions(stored)}
        if nulls:
            whole = {**dict.fromkeys(OBJECTS[stored.stream].fields), **whole}
        elif None in whole.values():
            whole = {name: value for name, value in whole.items() if value is not None}
        if caller.numbers:
            for name in PEOPLE_FIELDS:
                if isinstance(whole.get(name), list):
                    whole[name] = self._people.as_numbers(whole[name])
        return {name: value for name, value in whole.items() if name in fields} if fields else whole

    def _system(self, stored: Stored) -> dict[str, Any]:
        """Return what the system itself knows of a record; must hold just the keys of `_COMPUTED`."""
        gone = stored.deleted_at is not None
        return {
            "_id": stored.record_id,
            "create_time": int(stored.created_at.timestamp() * 1000),
            "last_modified_time": self._shelves.of(stored.stream).stamp_of[stored.record_id],
            "life_status": _life(stored),
            "life_status_before_invalid": stored.values.get("life_status", "normal") if gone else None,
            "is_deleted": gone,
            "version": str(stored.version),
        }

    def _companions(self, stored: Stored) -> Mapping[str, Any]:
        """Return the read-only names beside coded values: status labels and the names of looked-up records."""
        found: dict[str, Any] = {"life_status__r": LIFE.get(_life(stored))}
        for name, target in _LOOKUPS[stored.stream]:
            pointed = stored.values.get(name)
            other = self._shelves.row(target, pointed) if isinstance(pointed, str) else None
            if other is not None:
                found[f"{name}__r"] = other.values.get("name")
        return found


def _life(stored: Stored) -> str:
    return "invalid" if stored.deleted_at is not None else str(stored.values.get("life_status", "normal"))


_COMPUTED = frozenset(
    {
        "_id",
        "create_time",
        "last_modified_time",
        "life_status",
        "life_status_before_invalid",
        "is_deleted",
        "version",
    }
)
_LOOKUPS: Mapping[str, tuple[tuple[str, str], ...]] = {
    name: tuple((key, field.target) for key, field in kind.fields.items() if field.target)
    for name, kind in OBJECTS.items()
}
