"""What has changed in a system's own fields since somebody last looked, and what of a mapping it touches.

Room: mapping; pure. Snapshots are small: per field its types, choices, and whether it is required or read-only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final, Literal

from mapping.catalog import Catalog, fields_of
from mapping.compile import CompiledEmit, CompiledField, CompiledMapping
from mapping.system_path import WHOLE_RECORD, SystemPath, system_path

Kind = Literal["appeared", "disappeared", "type", "choices", "required", "read_only"]

Snapshot = Mapping[str, Mapping[str, Any]]
"""Path -> what the system says of the field, as JSON."""

_SHOWN: Final = 5
"""Choices named one by one in a sentence."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One field of the system that has changed. *what* says how; *touches*: profile fields that read or write it."""

    path: str
    kind: Kind
    what: str
    touches: tuple[str, ...] = ()

    def __str__(self) -> str:
        touched = f" (touches {', '.join(self.touches)})" if self.touches else ""
        return f"`{self.path}` {self.what}{touched}"


def snapshot(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """Return what is kept of a catalog."""
    return {
        one.path: {
            "kinds": sorted(one.kinds),
            "choices": sorted(one.choices),
            "required": one.required,
            "read_only": one.read_only,
        }
        for one in fields_of(catalog)
    }


def drift(before: Snapshot, after: Snapshot, mapping: CompiledMapping) -> list[Drift]:
    """Return what has changed from *before* to *after*, in order of path, with what it touches of *mapping*."""
    found = [one for path in sorted(before.keys() | after.keys()) for one in _changes(path, before, after)]
    return [replace(one, touches=tuple(touched(mapping, one.path))) for one in found]


def _changes(path: str, before: Snapshot, after: Snapshot) -> Iterator[Drift]:
    if path not in before:
        yield Drift(path, "appeared", "appeared")
        return
    if path not in after:
        yield Drift(path, "disappeared", "disappeared")
        return
    was, now = before[path], after[path]
    if was["kinds"] != now["kinds"]:
        yield Drift(path, "type", f"was {_said(was['kinds'])} and is {_said(now['kinds'])} now")
    gone, new = ([one for one in a["choices"] if one not in b["choices"]] for a, b in ((was, now), (now, was)))
    if gone or new:
        lost = [f"lost the choices {_said(gone)}"] if gone else []
        got = [f"got the choices {_said(new)}"] if new else []
        yield Drift(path, "choices", " and ".join([*lost, *got]))
    if now["required"] and not was["required"]:
        yield Drift(path, "required", "is required now")
    if now["read_only"] and not was["read_only"]:
        yield Drift(path, "read_only", "cannot be written any more")


def _said(words: Iterable[str]) -> str:
    listed = [f"`{word}`" for word in words]
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more if listed else "anything"


def touched(mapping: CompiledMapping, path: str) -> Iterator[str]:
    """Yield the profile fields and relations (`person.tier`) that read or write *path* or anything inside it."""
    steps = system_path(path).steps or (path,)
    for emit in mapping.emits:
        for name, field in emit.fields.items():
            if any(_overlaps(one, steps) for one in _paths(field)):
                yield f"{emit.entity}.{name}"
        for name, relation in emit.relations.items():
            if any(_overlaps(one, steps) for one in (relation.pull, relation.to) if one is not None):
                yield f"{emit.entity}.{name}"


def set_aside(mapping: CompiledMapping, fields: Iterable[str]) -> CompiledMapping:
    """Return the mapping without these fields (`person.tier`): neither read nor written, and what was said stands.

    Its versions are others, so that records which were read meanwhile are read anew when the fields come back.
    """
    without = frozenset(fields)
    if not without:
        return mapping
    mark = sha256("\0".join(sorted(without)).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return replace(
        mapping,
        version=f"{mapping.version}-{mark}",
        push_version=f"{mapping.push_version}-{mark}",
        emits=tuple(_emit_without(emit, without) for emit in mapping.emits),
    )


def _emit_without(emit: CompiledEmit, without: frozenset[str]) -> CompiledEmit:
    fields = {name: one for name, one in emit.fields.items() if f"{emit.entity}.{name}" not in without}
    relations = {name: one for name, one in emit.relations.items() if f"{emit.entity}.{name}" not in without}
    return replace(emit, fields=fields, relations=relations)


def _paths(field: CompiledField) -> Iterator[SystemPath]:
    for slot in (*field.pull_slots, *field.push_slots):
        yield from slot.paths()


def _overlaps(one: SystemPath, steps: tuple[str, ...]) -> bool:
    if one.steps is None:
        return steps[0] in one.roots or WHOLE_RECORD in one.roots
    shorter = min(len(one.steps), len(steps))
    return one.steps[:shorter] == steps[:shorter]
