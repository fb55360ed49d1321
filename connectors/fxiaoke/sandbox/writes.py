"""Carries writes out: create, update, owner, the two steps of deleting, locks and pools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.fxiaoke.sandbox.errors import Refused, illegal, missing
from connectors.fxiaoke.sandbox.index import Shelves
from connectors.fxiaoke.sandbox.objects import OBJECTS
from connectors.fxiaoke.sandbox.people import People
from connectors.fxiaoke.sandbox.rows import Caller
from connectors.fxiaoke.sandbox.values import Checker
from connectors.sandboxes.book import Stored

Body = Mapping[str, Any]
HUB = "hub"
NOT_ALLOWED = "无此操作的数据权限"


class Desk:
    """Writes of all objects, as one employee at a time."""

    def __init__(self, shelves: Shelves, people: People, switches: Mapping[str, str]) -> None:
        self._shelves, self._people, self._switches = shelves, people, switches
        self._checker = Checker(shelves, people, switches)
        self.waiting: dict[tuple[str, str], dict[str, Any]] = {}
        """Updates that an approval flow holds back."""

    # ------------------------------------------------------------------------------- create and update

    def create(self, stream: str, body: Body, caller: Caller) -> dict[str, Any]:
        """Add a record; the answer carries `dataId` at its top."""
        given = _map(body["data"].get("object_data"), "object_data")
        kept = {name: value for name, value in self._checker.values(stream, given).items() if value is not None}
        kind = OBJECTS[stream]
        for name, field in kind.fields.items():
            if field.required and name not in kept:
                raise Refused(self._switches["SIM_BUSINESS_CODE"], f"[{field.label}] must be filled in")
        if "owner" not in kept and not (kind.pool and kept.get(kind.pool)):
            raise Refused(self._switches["SIM_BUSINESS_CODE"], "[负责人] must be filled in")
        self._no_duplicate(stream, body, kept)
        approved = not self._held_back(stream, body)
        values = self.defaults(caller) | kept | {"life_status": "normal" if approved else "under_review"}
        at = self._when(body, given)  # when it was made can be chosen, when it was changed cannot
        stored = self._shelves.book.create(stream, values, by=HUB, at=at, modified_at=self._shelves.book.clock.now())
        return {"dataId": stored.record_id}

    def defaults(self, caller: Caller) -> dict[str, Any]:
        """Return what the system itself puts into a new record."""
        return {
            "record_type": "default__c",
            "lock_status": "0",
            "life_status": "normal",
            "created_by": [caller.employee.open_id],
            "last_modified_by": [caller.employee.open_id],
        }

    def update(self, stream: str, body: Body, caller: Caller) -> dict[str, Any]:
        """Change the fields that are named."""
        given = _map(body["data"].get("object_data"), "object_data")
        stored = self._editable(stream, given.get("_id"), caller, locked_too=_flag(body, "skipDataStatusValidate"))
        kept = self._checker.values(stream, given)
        if "owner" in kept:
            if self._switches["SIM_UPDATE_OWNER"] == "refuse":
                raise illegal("owner cannot be updated")
            del kept["owner"]
        for name, value in kept.items():
            if value is None and OBJECTS[stream].fields[name].required:
                raise Refused(self._switches["SIM_BUSINESS_CODE"], f"[{name}] must not be empty")
        if self._held_back(stream, body):
            self.waiting[stream, stored.record_id] = kept
            kept = {"life_status": "in_change"}
        self._save(stored, kept, caller)
        return {}

    def approve(self, stream: str, record_id: str) -> None:
        """Let an approval flow pass (a hook for tests)."""
        values = self.waiting.pop((stream, record_id), {}) | {"life_status": "normal"}
        self._shelves.book.update(stream, record_id, values, by=HUB)

    def change_owner(self, stream: str, body: Body, caller: Caller) -> dict[str, Any]:
        """Give records to other employees; only `data.Data` counts, and one page shows a string for a list."""
        entries = body["data"].get("Data")
        if not isinstance(entries, list) or not entries:
            raise missing("Data")
        for entry in entries:
            asked = _map(entry, "Data").get("ownerId")
            ids = [str(one) for one in asked] if isinstance(asked, list) else str(asked or "").strip("[]\"'").split(",")
            owner = self._people.stored(ids)
            if owner is None:
                raise Refused("30027", "the employee does not exist")
            stored = self._editable(stream, entry.get("objectDataId"), caller)
            self._save(stored, {"owner": owner}, caller)
        return {}

    # ------------------------------------------------------------------------------- the end of a record

    def invalidate(self, stream: str, body: Body, caller: Caller) -> dict[str, Any]:
        """Make one record invalid (作废); the preset call takes one id, the custom bulk call a list."""
        data = body["data"]
        for record_id in data.get("idList") or [data.get("object_data_id")]:
            stored = self._editable(stream, record_id, caller)
            self._shelves.book.delete(stream, stored.record_id, by=HUB)
        return {}

    def delete(self, stream: str, body: Body, caller: Caller) -> dict[str, Any]:
        """Remove records for good: only invalid ones."""
        found = self._listed(stream, body, caller)
        if any(stored.deleted_at is None for stored in found):
            raise Refused(self._switches["SIM_BUSINESS_CODE"], "only invalid records can be deleted")
        for stored in found:
            self._shelves.purge(stream, stored.record_id)
        return {}

    def recover(self, stream: str, body: Body, caller: Caller) -> dict[str, Any]:
        """Bring invalid records back."""
        for stored in self._listed(stream, body, caller):
            if stored.deleted_at is not None:
                self._shelves.book.restore(stream, stored.record_id, by=HUB)
        return {}

    # ------------------------------------------------------------------------------- locks and pools

    def lock(self, stream: str, body: Body, caller: Caller) -> dict[str, Any]:
        """Lock records."""
        return self._set_each(stream, body, caller, "dataIds", {"lock_status": "1"})

    def unlock(self, stream: str, body: Body, caller: Caller) -> dict[str, Any]:
        """Unlock records."""
        return self._set_each(stream, body, caller, "dataIds", {"lock_status": "0"})

    def choose(self, stream: str, body: Body, caller: Caller) -> dict[str, Any]:
        """Take records out of their pool; the acting employee owns them then."""
        return self._set_each(stream, body, caller, "objectIds", {"owner": [caller.employee.open_id]})

    def give_back(self, stream: str, body: Body, caller: Caller) -> dict[str, Any]:
        """Put records back into a pool."""
        pool = OBJECTS[stream].pool
        if pool is None or not body["data"].get("objectPoolId"):
            raise missing("objectPoolId")
        values = {"owner": None, pool: str(body["data"]["objectPoolId"])}
        return self._set_each(stream, body, caller, "objectIds", values)

    # ------------------------------------------------------------------------------- what they share

    def _set_each(self, stream: str, body: Body, caller: Caller, key: str, values: dict[str, Any]) -> dict[str, Any]:
        for record_id in _ids(body["data"].get(key), key):
            self._save(self._found(stream, record_id, caller), values, caller)
        return {}

    def _listed(self, stream: str, body: Body, caller: Caller) -> list[Stored]:
        return [self._found(stream, one, caller) for one in _ids(body["data"].get("idList"), "idList")]

    def _found(self, stream: str, record_id: object, caller: Caller) -> Stored:
        if not isinstance(record_id, str) or not record_id:
            raise missing("_id")
        stored = self._shelves.row(stream, record_id)
        if stored is None:
            raise Refused(self._switches["SIM_BUSINESS_CODE"], "the record does not exist or was deleted")
        if not caller.sees(stored):
            raise Refused(self._switches["SIM_PERMISSION_CODE"], NOT_ALLOWED)
        return stored

    def _editable(self, stream: str, record_id: object, caller: Caller, *, locked_too: bool = False) -> Stored:
        stored = self._found(stream, record_id, caller)
        if stored.deleted_at is not None:
            raise Refused(self._switches["SIM_BUSINESS_CODE"], "the record is invalid")
        if stored.values.get("lock_status") == "1" and not locked_too:
            raise Refused(self._switches["SIM_BUSINESS_CODE"], "the record is locked")
        pool = OBJECTS[stream].pool
        if pool is not None and stored.values.get(pool) and not stored.values.get("owner"):
            raise Refused(self._switches["SIM_PERMISSION_CODE"], NOT_ALLOWED)
        return stored

    def _save(self, stored: Stored, values: dict[str, Any], caller: Caller) -> None:
        by = {"last_modified_by": [caller.employee.open_id]}
        self._shelves.book.update(stored.stream, stored.record_id, values | by, by=HUB)

    def _held_back(self, stream: str, body: Body) -> bool:
        """Say whether an approval flow starts: the flag defaults to true, and old preset objects ignored it."""
        if self._switches["SIM_APPROVAL"] == "none":
            return False
        ignored = self._switches["SIM_FLAGS"] == "ignored" and not stream.endswith("__c")
        return ignored or _flag(body, "triggerApprovalFlow", default=True)

    def _no_duplicate(self, stream: str, body: Body, kept: Mapping[str, Any]) -> None:
        option = body["data"].get("optionInfo")
        asked = isinstance(option, Mapping) and option.get("isDuplicateSearch") is True
        if not (asked or _flag(body, "checkDuplicateSearch")):
            return
        rows = self._shelves.book.all(stream)
        twins = [one for one in rows if one.deleted_at is None and one.values.get("name") == kept.get("name")]
        if twins:
            found = {"isDuplicate": True, "dataList": [{"_id": one.record_id} for one in twins]}
            raise Refused(self._switches["SIM_DUPLICATE_CODE"], "the dedup rule found records", found)

    def _when(self, body: Body, given: Mapping[str, Any]) -> datetime | None:
        stamp = given.get("create_time")
        if _flag(body, "hasSpecifyTime") and isinstance(stamp, int):
            return datetime.fromtimestamp(stamp / 1000, UTC)
        return None


Write = Callable[[str, Body, Caller], dict[str, Any]]


def _flag(body: Body, name: str, *, default: bool = False) -> bool:
    """Return a switch of the call: at the top as documented, or in `data` as one client sends it."""
    found = body.get(name, body["data"].get(name))
    return default if found is None else str(found).lower() == "true"


def _map(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise missing(name)
    return value


def _ids(value: object, name: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise missing(name)
    return value
