"""What the store remembers of the mappings in force: what each version kept of a record, and the last as written.

Room: flows. One mark per stream (golden_record/store/marks.py), sealed. From it follows which stored records an edit
concerns, which must be read from their system again, and what `crmhub mapping diff` compares with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import ValidationError

from flows.project import Project
from golden_record.rereading import Earlier
from golden_record.store import marks
from golden_record.store.engine import Store
from golden_record.vault import Vault
from mapping.compile import CompiledMapping, kept_of
from mapping.language import StreamMapping
from mapping.mistakes import Mistake
from mapping.projection import Projection


@dataclass(frozen=True)
class InForce:
    """What is remembered of one stream: the *version* in force since the last sync, as *written*; *kept* by version.

    *done*: the version under which every stored record has been read. *since*: when it came into force (ISO 8601);
    "" where that was before the hub kept it.
    """

    version: str = ""
    written: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Projection] = field(default_factory=dict)
    done: str = ""
    since: str = ""

    def mapping(self) -> StreamMapping | None:
        """Return the mapping as it was written; None where none is remembered, or this program reads it no more."""
        try:
            return StreamMapping.model_validate(self.written) if self.written else None
        except ValidationError:
            return None

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        kept = {version: projection.to_json() for version, projection in self.kept.items()}
        said = {"version": self.version, "written": dict(self.written), "kept": kept, "done": self.done}
        return said | ({"since": self.since} if self.since else {})

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> InForce:
        """Read the stored form."""
        kept = {version: Projection.from_json(one) for version, one in said["kept"].items()}
        return cls(said["version"], said["written"], kept, said["done"], said.get("since", ""))


NOTHING = InForce()
"""What is remembered of a stream that was never synced."""

Key = tuple[str, str]
"""(system, stream)."""


def load(store: Store, keys: Iterable[Key]) -> dict[Key, InForce]:
    """Return what is remembered of these streams; `NOTHING` of those that were never synced."""
    names = {_mark(store.vault, key): key for key in keys}
    with store.read() as connection:
        found = marks.load(connection, store.vault, names)
    return {
        key: InForce.from_json(json.loads(found[name])) if name in found else NOTHING for name, key in names.items()
    }


def save(store: Store, remembered: Mapping[Key, InForce]) -> None:
    """Remember."""
    if remembered:
        said = {_mark(store.vault, key): json.dumps(one.to_json()) for key, one in remembered.items()}
        with store.write() as connection:
            marks.save(connection, store.vault, said)


def put_in_force(store: Store, project: Project, now: datetime) -> dict[Key, InForce]:
    """Remember the mappings of now; return what is remembered of each stream. Without an edit, nothing is written."""
    before = load(store, project.mappings)
    after = {key: _with(before[key], mapping, project.written[key], now) for key, mapping in project.mappings.items()}
    save(store, {key: one for key, one in after.items() if one != before[key]})
    return after


def finished(store: Store, key: Key, remembered: InForce) -> None:
    """Note that every stored record of a stream has been read under the version in force; older ones are forgotten."""
    kept = {remembered.version: remembered.kept[remembered.version]}
    save(store, {key: replace(remembered, kept=kept, done=remembered.version)})


class Memory:
    """Answers what an earlier version of a mapping kept; asks the store once for each that it knows."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[Key, str, str], Earlier] = {}

    def earlier(self, key: Key, mapping: CompiledMapping, version: str) -> Earlier | None:
        """Return what *version* means for the stream's records; None where it is not remembered."""
        place = (key, mapping.version, version)
        if place not in self._known:
            kept = load(self._store, [key])[key].kept.get(version)
            if kept is None:
                return None
            self._known[place] = Earlier(
                partial(kept_of, kept), mapping.projection.missing_from(kept), mapping.new_to(kept)
            )
        return self._known[place]


def refused(store: Store, project: Project) -> dict[Key, Mistake]:
    """Return the mappings that must not be put in force: those in which an entity has taken another's place.

    The store knows what a record emits by its place in `emits`; read so, companies would become persons.
    """
    found = {key: refusal(one, key, project.written[key]) for key, one in load(store, project.mappings).items()}
    return {key: wrong for key, wrong in found.items() if wrong is not None}


def refusal(remembered: InForce, key: Key, written: StreamMapping) -> Mistake | None:
    """Return why *written* must not follow what is remembered of the stream; None where it may."""
    before = remembered.mapping()
    moved = _moved(before, written) if before is not None else None
    if moved is None:
        return None
    place, old, new = moved
    what = f"entity {place + 1} of `emits` was {old} and is {new} now, while records are known by their place"
    cure = f"Keep {old} where it was and add {new} at the end. To stop reading {old}, give it `when: 'false'`."
    return Mistake(f"{key[0]}/{key[1]}", 1, f"emits[{place}]", what, cure)


def _moved(before: StreamMapping, after: StreamMapping) -> tuple[int, str, str] | None:
    for place, (old, new) in enumerate(zip(before.emits, after.emits, strict=False)):
        if old.entity != new.entity:
            return place, old.entity, new.entity
    return None


def _with(before: InForce, mapping: CompiledMapping, written: StreamMapping, now: datetime) -> InForce:
    said = written.model_dump(mode="json", by_alias=True, exclude={"examples"}, exclude_defaults=True)
    kept = {**before.kept, mapping.version: mapping.projection}
    if before.version == mapping.version:
        return InForce(mapping.version, said, kept, before.done, before.since)
    return InForce(mapping.version, said, kept, "", now.isoformat())


def _mark(vault: Vault, key: Key) -> str:
    """Return the name of a stream's mark, of a length that every database bears."""
    return f"mapping:{vault.digest('mapping', *key).hex()}"
