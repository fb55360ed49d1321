"""What a stream's contract does about a change in its system's own fields.

Room: flows. A mapping's `contract` says what a change does that touches it: `evolve` reports it and goes on, `freeze`
stops the stream, `quarantine` sets just the touched fields aside, both until somebody has looked
(docs/decisions/0017-contracts.md). Nothing is ever dropped by it: what records said before stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from flows.project import Project
from golden_record.store import marks
from golden_record.store.engine import Store
from golden_record.vault import Vault
from mapping.compile import CompiledMapping
from mapping.drift import Drift, Snapshot, drift, set_aside
from mapping.mistakes import Mistake

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)

Key = tuple[str, str]
"""(system, stream)."""


@dataclass(frozen=True)
class Seen:
    """What is remembered of a stream's fields: as somebody *accepted* them, as they were *shown* last, and when."""

    accepted: Snapshot = field(default_factory=dict)
    shown: Snapshot = field(default_factory=dict)
    at: datetime = NEVER

    def drift(self, mapping: CompiledMapping) -> list[Drift]:
        """Return what has changed since it was accepted."""
        return drift(self.accepted, self.shown, mapping) if self.accepted else []

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"accepted": self.accepted, "shown": self.shown, "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Seen:
        """Read the stored form."""
        return cls(said["accepted"], said["shown"], datetime.fromisoformat(said["at"]))


def load(store: Store, keys: Iterable[Key]) -> dict[Key, Seen]:
    """Return what is remembered of these streams."""
    names = {_mark(store.vault, key): key for key in keys}
    with store.read() as connection:
        found = marks.load(connection, store.vault, names)
    return {key: Seen.from_json(json.loads(found[name])) if name in found else Seen() for name, key in names.items()}


def save(store: Store, seen: Mapping[Key, Seen]) -> None:
    """Remember."""
    if seen:
        with store.write() as connection:
            said = {_mark(store.vault, key): json.dumps(one.to_json()) for key, one in seen.items()}
            marks.save(connection, store.vault, said)


def _mark(vault: Vault, key: Key) -> str:
    return f"fields:{vault.digest('fields', *key).hex()}"


@dataclass(frozen=True, slots=True)
class Noticed:
    """One change of one stream's fields. *effect*: what its contract does about it."""

    system: str
    stream: str
    drift: Drift
    effect: str

    def to_json(self) -> dict[str, Any]:
        """Return the shape of `mapping drift --json`."""
        return {
            "system": self.system,
            "stream": self.stream,
            "field": self.drift.path,
            "change": self.drift.kind,
            "what": self.drift.what,
            "touches": list(self.drift.touches),
            "effect": self.effect,
        }


def holds(one: Drift) -> bool:
    """Whether a contract guards against a change: it touches the mapping, or keeps records from being made."""
    return bool(one.touches) or one.kind == "required"


def waiting(store: Store, project: Project) -> list[Noticed]:
    """Return the changes that hold a stream or a field up until somebody accepts them."""
    guarded = [key for key, written in project.written.items() if written.contract != "evolve"]
    seen = load(store, guarded)
    return [
        Noticed(*key, one, project.written[key].contract)
        for key in guarded
        for one in seen[key].drift(project.compiled[key])
        if holds(one)
    ]


def under_contract(store: Store, project: Project) -> Project:
    """Return the project with its contracts in effect: frozen streams are left out, touched fields set aside."""
    held: dict[Key, list[Noticed]] = {}
    for one in waiting(store, project):
        held.setdefault((one.system, one.stream), []).append(one)
    mappings = dict(project.mappings)
    frozen: dict[Key, Mistake] = {}
    for key, changes in held.items():
        if key not in mappings:
            continue
        if changes[0].effect == "freeze":
            what = "; ".join(str(one.drift) for one in changes)
            cure = f"Look at the mapping, then `crmhub mapping drift {key[0]} --accept {key[1]}`."
            frozen[key] = Mistake("/".join(key), 1, "contract", f"frozen, since its system has changed: {what}", cure)
        else:
            mappings[key] = set_aside(project.compiled[key], {name for one in changes for name in one.drift.touches})
    return replace(project, mappings=mappings).without(frozen) if held else project
