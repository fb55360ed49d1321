"""A plan as people and scripts see it, and a plan that was looked at, read back from its file.

Room: flows. The id of a write is the keyed hash of all that it would do: where, what it replaces, what it writes. So a
write of a plan made earlier is still true where the plan of now holds the same id.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.hub import Hub
from flows.plan import Blocked, Intended, Plan
from flows.plan_sieve import plan_counts
from flows.profile_view import Show
from golden_record.errors import NotDecidable
from golden_record.store.outbox import FieldWrite
from golden_record.vault import Vault, dump

ID_BYTES = 16


class PlanUnreadable(Exception):
    """A file is no plan of crmhub."""

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(f"{file} is no plan that can be carried out: {why}. Make one with `crmhub plan --out FILE`.")


@dataclass(frozen=True, slots=True)
class Approved:
    """One write of a plan that was looked at."""

    write_id: str
    system: str
    stream: str
    record_id: str | None
    profile_id: str
    fields: Mapping[str, Any]


def id_of(vault: Vault, write: Intended) -> str:
    """Return the id of an intended write."""
    place = [write.system, write.stream, write.kind, write.record_id, write.profile_id, write.emit]
    content = {name: [one.old, one.new] for name, one in write.fields.items()}
    return vault.digest_bytes(b"plan\0" + dump([place, content]), ID_BYTES).hex()


def plan_json(hub: Hub, plan: Plan, show: Show) -> dict[str, Any]:
    """Return the shape of `crmhub plan --json`."""
    writes = sorted(plan.writes, key=lambda one: (one.system, one.stream, one.record_id or "", one.profile_id))
    return {
        "writes": [write_json(hub, one, show) for one in writes],
        "blocked": [blocked_json(one) for one in plan.blocked],
        "counts": plan_counts(plan),
    }


def write_json(hub: Hub, write: Intended, show: Show) -> dict[str, Any]:
    """Return one intended write."""
    return {
        "id": id_of(hub.store.vault, write),
        "system": write.system,
        "stream": write.stream,
        "record_id": write.record_id,
        "profile_id": write.profile_id,
        "entity": write.entity,
        "kind": write.kind,
        "fields": {name: field_json(write.entity, one, show) for name, one in sorted(write.fields.items())},
    }


def field_json(entity: str, one: FieldWrite, show: Show) -> dict[str, Any]:
    """Return what one system field showed, what is written, whose value it is and by which rule."""
    old, new = (show(entity, one.profile_field, value) for value in (one.old, one.new))
    return {"old": old, "new": new, "field": one.profile_field, "source": one.source, "rule": one.rule}


def blocked_json(one: Blocked) -> dict[str, Any]:
    """Return what is not written, and why."""
    return {
        "system": one.system,
        "stream": one.stream,
        "record_id": one.record_id,
        "profile_id": one.profile_id,
        "field": one.profile_field,
        "why": one.why,
    }


def write_plan(file: Path, shown: Mapping[str, Any]) -> None:
    """Write a plan with mode 0600: it holds customers' values."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(shown, out, ensure_ascii=False, indent=2)
        out.write("\n")


@dataclass(frozen=True, slots=True)
class SecondWord:
    """A second person's word on a plan. *seal*: keyed hash of the word and of every write that it is about."""

    by: str
    at: str
    reason: str
    seal: str


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan's file: who made it, its writes, and who approved it."""

    planned_by: str
    writes: Sequence[Approved]
    second: SecondWord | None = None

    def seal(self, vault: Vault, by: str, at: str, reason: str) -> str:
        """Return what an approval of just these writes is sealed with."""
        about = [self.planned_by, by, at, reason, sorted(one.write_id for one in self.writes)]
        return vault.digest_bytes(b"second\0" + dump(about), ID_BYTES).hex()

    def stands(self, vault: Vault) -> bool:
        """Whether a second person approved exactly these writes."""
        said = self.second
        return (
            said is not None
            and said.by != self.planned_by
            and hmac.compare_digest(said.seal, self.seal(vault, said.by, said.at, said.reason))
        )


def approve_plan(file: Path, vault: Vault, *, by: str, at: datetime, reason: str) -> KeptPlan:
    """Write a second person's approval into a plan's file.

    Raises:
        PlanUnreadable: it is not there, or no plan.
        NotDecidable: the one who approves is the one who made it.
    """
    plan = read_plan(file)
    if by == plan.planned_by:
        raise NotDecidable(
            f"this plan was made by {by}", "Let another person look at it and approve it with their own --by"
        )
    stamp = at.isoformat(timespec="seconds")
    said = json.loads(file.read_text(encoding="utf-8"))
    said["approved"] = {"by": by, "at": stamp, "reason": reason, "seal": plan.seal(vault, by, stamp, reason)}
    draft = file.with_name(f".{file.name}.part")
    write_plan(draft, said)
    draft.replace(file)
    return read_plan(file)


def read_plan(file: Path) -> KeptPlan:
    """Read a plan's file; lines taken out of it are not carried out.

    Raises:
        PlanUnreadable: it is not there, or no plan.
    """
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanUnreadable(file, error.strerror or "it cannot be read") from None
    except ValueError:
        raise PlanUnreadable(file, "it is no JSON") from None
    try:
        found = [
            Approved(
                str(one["id"]),
                str(one["system"]),
                str(one["stream"]),
                one["record_id"],
                str(one["profile_id"]),
                dict(one["fields"]),
            )
            for one in said["writes"]
        ]
        word = said.get("approved")
        second = SecondWord(*(str(word[name]) for name in ("by", "at", "reason", "seal"))) if word else None
        planned_by = str(said["planned"]["by"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PlanUnreadable(file, "it is not as `crmhub plan` writes it") from None
    return KeptPlan(planned_by, list({one.write_id: one for one in found}.values()), second)


def same_fields(approved: Approved, write: Intended) -> bool:
    """Whether the file still says what the write does: an edited value is not what was planned."""
    said = {
        name: [one.get("old"), one.get("new")] if isinstance(one, Mapping) else None
        for name, one in approved.fields.items()
    }
    return dump(said) == dump({name: [one.old, one.new] for name, one in write.fields.items()})


def by_system(plan: Plan, names: Sequence[str]) -> Plan:
    """Return the part of a plan that these systems see."""
    return Plan(
        [one for one in plan.writes if one.system in names], [one for one in plan.blocked if one.system in names]
    )
