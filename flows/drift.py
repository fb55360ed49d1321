"""Notice when a system's own fields change, report it once, and keep the streams' contracts.

Room: flows. Reads the systems' descriptions of their fields, now and then; writes to no system.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from connectors.errors import ConnectorError
from flows.contracts import Key, Noticed, Seen, holds, load, save, under_contract
from flows.hub import ConfiguredSystem, Hub, rules_of
from flows.project import Project
from flows.tally import Tally
from mapping.compile import CompiledMapping
from mapping.drift import Snapshot, drift, snapshot

EVERY: Final = timedelta(hours=6)
"""How often a sync asks a system for its fields: one or two calls per stream."""


def look(hub: Hub, systems: Sequence[ConfiguredSystem], *, every: timedelta = EVERY) -> list[Noticed]:
    """Ask *systems* for their fields where that was done longer than *every* ago; return what is new since then.

    A change is returned once, by the look that finds it. A system that does not answer is left for the next look.
    """
    found: list[Noticed] = []
    for system in systems:
        keys = [(system.name, name) for name in system.config.streams if (system.name, name) in hub.project.written]
        seen = load(hub.store, keys)
        due = [key for key in keys if hub.now() - seen[key].at >= every]
        if not due:
            continue
        after = {key: replace(seen[key], at=hub.now()) for key in due}
        try:
            shown = _shown(system, [name for _, name in due])
        except ConnectorError:  # the pull that follows reports it; not asked again before the next time
            shown = {}
        for key in due:
            if shown.get(key[1]):
                after[key], new = _looked(hub, key, seen[key], shown[key[1]])
                found += new
        save(hub.store, after)
    return found


def _shown(system: ConfiguredSystem, streams: Sequence[str]) -> dict[str, Snapshot]:
    readers = system.readers()
    return {name: snapshot(readers[name].schema()) for name in streams if name in readers}


def _looked(hub: Hub, key: Key, seen: Seen, shown: Snapshot) -> tuple[Seen, list[Noticed]]:
    """Return what is remembered now, and what is new since the last look."""
    if not seen.accepted:
        return Seen(shown, shown, hub.now()), []
    contract = hub.project.written[key].contract
    mapping = hub.project.compiled[key]
    new = [
        Noticed(*key, one, contract if contract != "evolve" and holds(one) else "reported")
        for one in drift(seen.shown, shown, mapping)
    ]
    accepted = shown if contract == "evolve" else _untouched(seen.accepted, shown, mapping)
    return Seen(accepted, shown, hub.now()), new


def _untouched(accepted: Snapshot, shown: Snapshot, mapping: CompiledMapping) -> Snapshot:
    """Return what is accepted when every change is that holds nothing up."""
    held = {one.path for one in drift(accepted, shown, mapping) if holds(one)}
    kept = {path: one for path, one in accepted.items() if path in held}
    return {**{path: one for path, one in shown.items() if path not in held}, **kept}


def accept(hub: Hub, key: Key) -> int:
    """Accept a stream's fields as they were shown last; return how many changes that settles."""
    seen = load(hub.store, [key])[key]
    settled = len(seen.drift(hub.project.compiled[key]))
    save(hub.store, {key: replace(seen, accepted=seen.shown)})
    return settled


def _put_on(hub: Hub, project: Project) -> None:
    """Let *hub* work with the mappings of *project*."""
    hub.project, hub.rules = project, rules_of(project, hub.rules.models)
    for name, system in hub.systems.items():
        system.mappings = {stream: one for (of, stream), one in project.mappings.items() if of == name}


def keep_contracts(hub: Hub) -> None:
    """Put the streams' contracts into effect on a hub that is open."""
    project = under_contract(hub.store, hub.project)
    if project is not hub.project:
        _put_on(hub, project)


def check_fields(hub: Hub, system: ConfiguredSystem, tally: Tally) -> None:
    """Look at the fields of one system where it is time, and report what is new."""
    for one in look(hub, [system]):
        tally.note_drift(one.to_json())
