"""What an edited mapping would change, worked out in a run of its own beside the syncs, and kept for who asked.

Room: flows. The comparison is that of `crmhub mapping diff`: on a copy of the store, which nobody waits for. The text
that is tried and what was found are kept sealed; values are masked, more strictly where a field reads something new.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from ulid import ULID

from flows.hub import Hub
from flows.mapping_diff import NeverSynced, mapping_diff
from flows.mapping_texts import check_text
from flows.mapping_versions import Key
from flows.profile_view import Show, instant, masked
from flows.project import Made
from golden_record.store import findings, runs
from golden_record.store.findings import Finding
from mapping.field_types import registry as field_types
from mapping.values import FieldValue, Json

KIND: Final = runs.MAPPING_DIFF
LISTED: Final = 40
"""Records, profiles and writes that are shown one by one, of each kind."""
KEPT: Final = 5
"""Effects kept of each stream."""
_CLOSED: Final = frozenset({"boolean", "country"})


def ask_for_effect(hub: Hub, key: Key, text: str, *, by: str) -> str:
    """Note that the effect of *text* as the mapping of a stream is wanted; return the run's id."""
    run_id, about = str(ULID()), "/".join(key)
    with hub.store.write() as connection:
        wanted = {"by": by, "text": text, "result": None, "problem": ""}
        findings.keep(connection, hub.store.vault, Finding(run_id, KIND, about, hub.now(), wanted))
        findings.forget(connection, KIND, about, KEPT)
        runs.ask(connection, run_id, KIND, {"systems": [key[0]], "stream": key[1]}, hub.now())
    return run_id


def work_out_effect(hub: Hub, run_id: str) -> None:
    """Work out an effect that was asked for; how far it is stands in the run."""
    with hub.store.write() as connection:
        runs.start(connection, run_id, KIND, hub.now())
        kept = findings.get(connection, hub.store.vault, run_id)
    status, said = "failed", {"problem": "stopped"}
    try:
        if kept is not None:
            said = _found(hub, kept, run_id)
            status = "ok" if said.get("result") is not None else "failed"
    finally:
        with hub.store.write() as connection:
            if kept is not None:
                findings.keep(connection, hub.store.vault, replace(kept, body={**kept.body, **said}))
            runs.end(connection, run_id, status, {}, hub.now())


def _found(hub: Hub, kept: Finding, run_id: str) -> dict[str, Any]:
    system, _, stream = kept.about.partition("/")
    if system not in hub.systems or stream not in hub.project.hub.systems[system].streams:
        return {"problem": "no_such_stream"}
    checked = check_text(hub, (system, stream), kept.body["text"])
    if checked.made is None:
        return {"problem": "mistakes"}

    def phase(name: str) -> None:
        with hub.store.write() as connection:
            runs.note(connection, run_id, {"progress": {"phase": name, "read": {}, "sent": {}}})

    show = strict_view(hub, (system, stream), checked.made)
    try:
        found = mapping_diff(hub, (system, stream), checked.made, show, limit=LISTED, fetch=0, phase=phase)
    except NeverSynced:
        return {"problem": "never_synced"}
    return {"result": found.to_json()}


def effect_shown(hub: Hub, run_id: str) -> dict[str, Any] | None:
    """Return an effect as far as it is known; None where there is none of this id.

    Returns:
        `{"run_id", "status", "system", "stream", "by", "at", "text", "problem", "result"}`; *result* as
        `mapping diff --json`, masked; *problem*: `mistakes`, `never_synced`, `no_such_stream`, `stopped` or nothing.
    """
    with hub.store.read() as connection:
        run = runs.get(connection, run_id)
        kept = findings.get(connection, hub.store.vault, run_id)
    if kept is None or kept.kind != KIND:
        return None
    system, _, stream = kept.about.partition("/")
    head = {"run_id": run_id, "status": run.status if run else "failed", "system": system, "stream": stream}
    progress = run.summary.get("progress") if run else None
    return {**head, "at": instant(kept.at), "progress": progress, **kept.body}


def strict_view(hub: Hub, key: Key, made: Made) -> Show:
    """Return how values are shown to whoever may point any field at any path: a field that reads something new hides.

    What a type's mask does not hide a part of is not shown at all.
    """
    as_before = _read_as_before(hub, key, made)
    usual = masked(hub)

    def show(entity: str, name: str, value: Json) -> Json:
        if value is None or (entity, name) in as_before:
            return usual(entity, name, value)
        shape = hub.project.profile.field(entity, name)
        if shape is None:
            return "***"
        said, hidden = str(value), field_types.field_type(shape.type).mask(FieldValue(value, value))
        if shape.type in _CLOSED or said in {str(one) for one in shape.choices()}:
            return hidden
        return hidden if "*" in hidden and said not in hidden else "***"

    return show


def _read_as_before(hub: Hub, key: Key, made: Made) -> frozenset[tuple[str, str]]:
    """Return the (entity, field) that this mapping reads as the one before, or not at all."""
    before = hub.project.written.get(key)
    old: dict[tuple[str, str], list[object]] = {}
    new: dict[tuple[str, str], list[object]] = {}
    for written, into in ((before, old), (made[0], new)):
        for emit in written.emits if written is not None else ():
            for name, one in emit.fields.items():
                into.setdefault((emit.entity, name), []).append(one)
    every = {(entity, name) for entity, name, _shape in hub.project.profile.walk()}
    return frozenset(place for place in every if old.get(place, []) == new.get(place, []))
