"""The simulated organisation: its records, users and clock, and how a record is shown.

Room: connectors/zoho_crm sandbox.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.sandboxes.book import RecordBook, Stored
from connectors.sandboxes.contract import Change, SandboxOptions
from connectors.zoho_crm.sandbox.answers import Refused
from connectors.zoho_crm.sandbox.modules import FieldSpec, Module, modules_of
from connectors.zoho_crm.sandbox.shelf import Shelf
from connectors.zoho_crm.sandbox.switches import Switches

FIRST_ID = 5_725_767_000_000_000_000
INDEXED = frozenset({"email", "phone"})
Show = Callable[[Stored], Any]


class Org:
    """State and rules that every handler shares. One event loop uses it."""

    def __init__(self, options: SandboxOptions) -> None:
        self.switches = Switches.of(options.switches)
        self.clock = options.clock
        self.modules = modules_of(self.switches)
        chance = random.Random(options.seed)  # noqa: S311 (ids that can be made again)
        ids = itertools.count(FIRST_ID + chance.randrange(10**9) * 10**6)
        self.zgid = str(60_000_000_000 + chance.randrange(10**9))
        self.book = RecordBook(options.clock, lambda _stream: str(next(ids)))
        self.api_user = {"name": "Hub API", "id": str(next(ids)), "email": "hub@org.example"}
        self.rep = {"name": "林 小雨", "id": str(next(ids)), "email": "lin@org.example"}
        self.users = {one["id"]: one for one in (self.api_user, self.rep)}
        self._user_ids = itertools.count(int(self.rep["id"]) + 10**5)
        self.layout_ids = {name: str(next(ids)) for name in self.modules}
        self.field_ids = {(m.api_name, f.api_name): str(next(ids)) for m in self.modules.values() for f in m.fields}
        sign, hours, minutes = self.switches.offset[0], self.switches.offset[1:3], self.switches.offset[4:6]
        shift = timedelta(hours=int(hours), minutes=int(minutes))
        self._offset = -shift if sign == "-" else shift
        self._shelves = self._empty_shelves()
        self.book.listeners.append(self._note)

    # ------------------------------------------------------------------------------------------ records

    def module(self, name: str) -> Module:
        """Return a module; its name's case counts."""
        module = self.modules.get(name)
        if module is None:
            raise Refused(400, "INVALID_MODULE", "the module name given seems to be invalid", resource_path_index=0)
        return module

    def add_field(self, module: str, field: FieldSpec) -> str:
        """Add a custom field to a module; return the field's id."""
        self.modules[module] = replace(self.modules[module], fields=(*self.modules[module].fields, field))
        field_id = self.field_ids[module, field.api_name] = str(next(self._user_ids))
        self.shelve_anew()
        return field_id

    def shelf(self, module: str) -> Shelf:
        """Return the shelf of a module."""
        return self._shelves[module]

    def live(self, module: str, record_id: str) -> Stored | None:
        """Return a record that is not deleted."""
        stored = self.book.get(module, record_id)
        return stored if stored is not None and stored.deleted_at is None else None

    def shelve_anew(self) -> None:
        """Put every record of the book on its shelf: a saved state was read."""
        self._shelves = self._empty_shelves()
        for name in self.modules:
            for stored in self.book.all(name):
                self._shelves[name].put(stored)

    def write_time(self, stored: Stored, at: datetime | None = None) -> datetime:
        """Return the time of a write: now, and never the second of the change before."""
        return max(at or self.clock.now(), stored.modified_at + timedelta(seconds=1))

    def user_named(self, name: str) -> dict[str, str]:
        """Return the user of this name; a new one where there is none."""
        found = next((one for one in self.users.values() if one["name"] == name), None)
        if found is None:
            number = str(next(self._user_ids))
            found = self.users[number] = {"name": name, "id": number, "email": f"user{len(self.users)}@org.example"}
        return found

    def _note(self, change: Change) -> None:
        stored = self.book.get(change.stream, change.record_id)
        if stored is not None and change.stream in self._shelves:
            self._shelves[change.stream].put(stored)

    def _empty_shelves(self) -> dict[str, Shelf]:
        return {
            name: Shelf(
                [f.api_name for f in m.fields if f.unique or f.data_type in INDEXED or f.api_name == m.check_field]
            )
            for name, m in self.modules.items()
        }

    # ------------------------------------------------------------------------------------------ showing

    def shown_time(self, moment: datetime) -> str:
        """Return a time as this API user sees it."""
        local = (moment.astimezone(UTC) + self._offset).replace(tzinfo=None, microsecond=0)
        return local.isoformat() + self.switches.offset

    def shower(self, module: Module, names: Sequence[str] | None = None) -> Callable[[Stored], dict[str, Any]]:
        """Return what shows a record with the fields *names* (None: all); unknown names are dropped silently."""
        wanted = [field.api_name for field in module.fields] if names is None else names
        seen = [name for name in wanted if name in module.by_name and name not in self.switches.hidden]
        shows = [(name, self._show(module.by_name[name])) for name in seen]

        def shown(stored: Stored) -> dict[str, Any]:
            return {"id": stored.record_id, **{name: show(stored) for name, show in shows}}

        return shown

    def name_of(self, module: str, record_id: str) -> str | None:
        """Return the text by which lookups show a record."""
        stored = self.book.get(module, record_id)
        if stored is None:
            return None
        name_field = self.modules[module].name_field
        return full_name(stored) if name_field == "Full_Name" else stored.values.get(name_field)

    def user(self, by: str) -> dict[str, str]:
        """Return the user behind a change."""
        return self.api_user if by == "hub" else self.rep

    def _show(self, field: FieldSpec) -> Show:
        name = field.api_name
        special: Mapping[str, Show] = {
            "Created_Time": lambda one: self.shown_time(one.created_at),
            "Modified_Time": lambda one: self.shown_time(one.modified_at),
            "Created_By": lambda one: self.user(one.history[0].by if one.history else "people"),
            "Modified_By": lambda one: self.user(one.history[-1].by if one.history else "people"),
            "Owner": lambda one: self.users.get((one.values.get("Owner") or {}).get("id", ""), self.rep),
            "Full_Name": full_name,
            "Record_Status__s": lambda _one: "Available",
            "Tag": lambda one: one.values.get("Tag") or [],
        }
        if name in self.switches.restricted:
            return lambda _one: None
        if name in special:
            return special[name]
        if field.lookup is not None:
            target = field.lookup
            return lambda one: self._lookup(target, one.values.get(name))
        if field.data_type == "boolean":
            return lambda one: one.values.get(name) is True
        return lambda one: one.values.get(name)

    def _lookup(self, module: str, value: Any) -> dict[str, Any] | None:  # noqa: ANN401 (JSON)
        if not isinstance(value, dict) or not value.get("id"):
            return None
        record_id = str(value["id"])
        return {"name": self.name_of(module, record_id), "id": record_id}


def full_name(stored: Stored) -> str | None:
    """Return salutation, given and family name as Zoho joins them."""
    parts = [stored.values.get(name) for name in ("Salutation", "First_Name", "Last_Name")]
    return " ".join(str(part) for part in parts if part) or None
