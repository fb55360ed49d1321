"""What a project's YAML says now against what it said at the last sync: what changed in between is taken in.

Room: flows. An edited survivorship rule or matching model concerns every profile, an edited ladder or mapping every
profile that could be written: without this, only records that somebody edits would learn of it. Which records an edited
mapping concerns is flows.remapping's business.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from flows.hub import Hub
from golden_record.store import marks, normalised_records, profiles


def take_in_changes(hub: Hub) -> tuple[str, ...]:
    """Mark what must be settled or planned anew since the last sync; return what has changed, by name.

    The caller holds the lease `sync`. At the first sync nothing is marked: everything is new anyway.
    """
    now = _said_now(hub)
    with hub.store.write() as connection:
        before = marks.load(connection, hub.store.vault, now)
        changed = tuple(sorted(name for name, digest in now.items() if name in before and before[name] != digest))
        if "rules" in changed:
            normalised_records.settle_all(connection)
        if any(name.startswith("push:") for name in changed):
            profiles.plan_all(connection)
        marks.save(connection, hub.store.vault, {name: now[name] for name in now if before.get(name) != now[name]})
    return changed


def edited_since_sync(hub: Hub) -> bool:
    """Whether the YAML says something else than at the last sync, or there was none: marks then say too little."""
    now = _said_now(hub)
    with hub.store.read() as connection:
        return marks.load(connection, hub.store.vault, now) != now


def _said_now(hub: Hub) -> dict[str, str]:
    return {"rules": _digest(_rules(hub)), **{f"push:{name}": _digest(_push(hub, name)) for name in hub.systems}}


def _rules(hub: Hub) -> Mapping[str, Any]:
    return {
        "profile": hub.project.profile.model_dump(mode="json"),
        "departments": dict(hub.rules.departments),
        "returns": sorted((*key, one.on_return) for key, one in hub.project.mappings.items()),
        "cleared": sorted((*map(str, key), value) for key, value in hub.rules.cleared.items()),
    }


def _push(hub: Hub, name: str) -> Mapping[str, Any]:
    system = hub.systems[name]
    push = system.config.push.model_dump(mode="json", exclude={"ceilings", "fuse"}) if system.config.push else None
    return {"push": push, "mappings": {stream: one.push_version for stream, one in sorted(system.mappings.items())}}


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
