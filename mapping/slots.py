"""The places of a record that hold one profile field's values, compiled from a field's `pull` and `push`.

Room: mapping; pure. A slot is one place: a field of the system, several that hold the parts of one value, or a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mapping.language import FieldMapping
from mapping.mistakes import CuredError
from mapping.system_path import ABSENT, Absent, SystemPath, system_path
from mapping.values import Json

OTHER = "other"
"""The kind of a slot that takes any value."""


@dataclass(frozen=True)
class Slot:
    """One place for one value; *listed* for as many as come.

    *name* as it appears in states and changes. *kind* what it is meant for (`mobile`), "" where that is open.
    *parts* part -> path, for a place made of several fields; else *path*. A slot may be only read or only written.
    """

    name: str
    kind: str = ""
    path: SystemPath | None = None
    parts: tuple[tuple[str, SystemPath], ...] = ()
    pulled: bool = False
    pushed: bool = False
    push_parts: tuple[tuple[str, SystemPath], ...] = ()

    @property
    def listed(self) -> bool:
        """Whether the place holds a list."""
        return self.path is not None and self.path.many

    def read(self, record: Mapping[str, Any]) -> Json | Absent:
        """Return what the record shows here; a mapping of the parts that it carries where the place has parts."""
        if self.path is not None:
            return self.path.read(record)
        found = {part: raw for part, path in self.parts if not isinstance(raw := path.read(record), Absent)}
        return found or ABSENT

    def paths(self) -> Iterator[SystemPath]:
        """Iterate over every path that reading and writing touches."""
        if self.path is not None:
            yield self.path
        for _, path in (*self.parts, *self.push_parts):
            yield path

    def targets(self) -> Iterator[SystemPath]:
        """Iterate over the paths that are written."""
        if self.pushed:
            yield from (path for _, path in self.push_parts) if self.push_parts else self.paths()


@dataclass(frozen=True)
class _Place:
    """One place as written on one side, before pull and push are joined."""

    kind: str
    path: str = ""
    parts: tuple[tuple[str, str], ...] = ()


def slots_of(mapping: FieldMapping, *, many: bool) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """Return the slots to read, in order, and the slots to write, in order; a place in both is the same slot.

    Raises:
        CuredError: the shapes do not fit a field that holds one value (or many).
    """
    pulled, pushed = _places(mapping.pull, many=many), _places(mapping.push, many=many)
    if mapping.join is not None:
        pulled = [_together(pulled)]
    partners = {place: next((other for other in pushed if _same(place, other)), None) for place in pulled}
    read = {place: _slot(place, partners[place], pulled=True) for place in pulled}
    shared = {partner: read[place] for place, partner in partners.items() if partner is not None}
    return tuple(read.values()), tuple(shared.get(place) or _slot(place, place, pulled=False) for place in pushed)


def _together(places: list[_Place]) -> _Place:
    """Return the one place that is read from several paths, in their order."""
    if not all(place.path for place in places):
        raise CuredError("`join` takes paths, not blocks of parts", "Write pull: [first, second].")
    return _Place("", parts=tuple((str(number), place.path) for number, place in enumerate(places, 1)))


def _same(read: _Place, written: _Place) -> bool:
    if read.parts and written.parts:
        return bool({path for _, path in read.parts} & {path for _, path in written.parts})
    return bool(read.path) and read.path == written.path


def _slot(place: _Place, written: _Place | None, *, pulled: bool) -> Slot:
    path = system_path(place.path) if place.path else None
    return Slot(
        name=path.name if path is not None else "+".join(text for _, text in place.parts),
        kind=(written.kind if written is not None else "") or place.kind,
        path=path,
        parts=tuple((part, system_path(text)) for part, text in place.parts),
        pulled=pulled,
        pushed=written is not None,
        push_parts=tuple((part, system_path(text)) for part, text in written.parts) if written is not None else (),
    )


def _places(written: Any, *, many: bool) -> list[_Place]:  # noqa: ANN401 (the union of shapes in language.py)
    if written is None:
        return []
    if isinstance(written, dict):
        return _kinds(written) if many else [_parts(written)]
    items = [written] if isinstance(written, str) else written
    return [_Place("", path=item) if isinstance(item, str) else _parts(item) for item in items]


def _kinds(written: Mapping[str, str | list[str]]) -> list[_Place]:
    places: list[_Place] = []
    for kind, paths in written.items():
        places += [_Place(kind, path=path) for path in ([paths] if isinstance(paths, str) else paths)]
    return places


def _parts(written: Mapping[str, str | list[str]]) -> _Place:
    parts: list[tuple[str, str]] = []
    for part, path in written.items():
        if not isinstance(path, str):
            raise CuredError(f"the part `{part}` has several places", "Name one field for each part.")
        parts.append((part, path))
    return _Place("", parts=tuple(parts))
