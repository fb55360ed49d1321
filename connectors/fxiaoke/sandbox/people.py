"""The simulated tenant's employees, under both kinds of id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SYSTEM_USER = "-10000"


@dataclass(frozen=True, slots=True)
class Employee:
    """One employee: *open_id* (FSUID_…) is the legacy style's id, *number* the header style's."""

    number: str
    open_id: str
    name: str
    mobile: str
    admin: bool = False
    stopped: bool = False

    def shown(self) -> dict[str, Any]:
        """Return the employee as `user/list` does."""
        return {
            "openUserId": self.open_id,
            "name": self.name,
            "fullName": self.name,
            "mobile": self.mobile,
            "departmentIds": [999999],
            "isStop": self.stopped,
        }


class People:
    """Finds employees; the first one is the administrator as whom the hub acts."""

    def __init__(self, tag: str, names: Iterable[str]) -> None:
        everyone = ["系统管理员", *dict.fromkeys(names)]
        self.everyone = [
            Employee(str(1000 + n), f"FSUID_{tag}{n:04d}", name, f"1390000{n:04d}", admin=n == 0)
            for n, name in enumerate(everyone)
        ]
        self._by_id = {key: one for one in self.everyone for key in (one.number, one.open_id)}

    @property
    def admin(self) -> Employee:
        """The administrator."""
        return self.everyone[0]

    def find(self, employee_id: str) -> Employee | None:
        """Return the employee with this id of either kind."""
        return self._by_id.get(employee_id)

    def named(self, name: str) -> Employee:
        """Return the employee of that name, else the administrator."""
        return next((one for one in self.everyone if one.name == name), self.admin)

    def with_mobile(self, mobile: str) -> list[Employee]:
        """Return who has this mobile number."""
        return [one for one in self.everyone if one.mobile == mobile]

    def stored(self, ids: Iterable[str]) -> list[str] | None:
        """Return ids of either kind in the form in which rows keep them (FSUID); None where one is unknown."""
        found = [self._by_id.get(one) for one in ids]
        return [one.open_id for one in found if one is not None] if all(found) else None

    def as_numbers(self, ids: Iterable[str]) -> list[str]:
        """Return kept ids as employee numbers."""
        return [one.number if (one := self._by_id.get(kept)) else kept for kept in ids]
