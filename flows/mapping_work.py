"""Work on mappings: lint their files, run their examples, show what one makes of records.

Room: flows. Linting and testing need no store, no key and no system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flows.hub import ConfiguredSystem, Hub
from flows.profile_view import Show, as_it_is, instant
from flows.project import Project, mapping_file, shipped
from golden_record.store import source_records
from mapping.check_examples import Difference, check_examples
from mapping.draft import draft_mapping
from mapping.draft_text import draft_text
from mapping.field_types import registry as field_types
from mapping.field_types.contract import FieldContext
from mapping.load import Loaded, load_mapping
from mapping.mistakes import Mistake, errors
from mapping.pull import pull
from mapping.values import FieldState, Json, MappingError


@dataclass(frozen=True)
class MappingFile:
    """One stream's file and what it holds."""

    system: str
    stream: str
    file: str
    loaded: Loaded

    @property
    def ok(self) -> bool:
        """Whether it can be used."""
        return not errors(self.loaded.mistakes)


def mapping_files(
    project: Project, systems: Sequence[str] = (), catalogs: Mapping[str, Mapping[str, Any]] | None = None
) -> Iterator[MappingFile]:
    """Load the file of every configured stream; *catalogs*: `system/stream` -> its discovered schema."""
    for name, system in project.hub.systems.items():
        for stream in system.streams if not systems or name in systems else ():
            file = mapping_file(project.folder, name, system, stream)
            if file is None:
                where = f"config/mappings/{name}/{stream}.yaml"
                cure = f"Write one there, or take `{stream}` out of the system's streams."
                gone = Loaded(None, None, (Mistake(where, 1, "", f"there is no mapping for {name}/{stream}", cure),))
                yield MappingFile(name, stream, where, gone)
                continue
            loaded = load_mapping(
                file,
                stream=stream,
                profile=project.profile,
                types=field_types.field_type,
                region=system.region,
                timezone=system.timezone,
                catalog=(catalogs or {}).get(f"{name}/{stream}"),
            )
            yield MappingFile(name, stream, str(file), loaded)


def schemas_of(systems: Iterable[ConfiguredSystem]) -> dict[str, Mapping[str, Any]]:
    """Ask the systems for the schemas of their configured streams: `system/stream` -> schema.

    Raises:
        ConnectorError: one cannot be reached.
    """
    found = {}
    for system in systems:
        for name, reader in system.readers().items():
            if name in system.config.streams:
                found[f"{system.name}/{name}"] = reader.schema()
    return found


def lint_json(files: Iterable[MappingFile]) -> dict[str, Any]:
    """Return what is wrong in each file: `{"files": [{"system", "stream", "file", "ok", "mistakes"}]}`."""
    return {
        "files": [
            {
                "system": one.system,
                "stream": one.stream,
                "file": one.file,
                "ok": one.ok,
                "mistakes": [
                    {
                        "line": mistake.line,
                        "path": mistake.path,
                        "level": mistake.level,
                        "message": mistake.message,
                        "cure": mistake.cure,
                    }
                    for mistake in one.loaded.mistakes
                ],
            }
            for one in files
        ]
    }


def run_examples(one: MappingFile) -> tuple[int, list[Difference]]:
    """Run the examples of a file that can be used; return how many there are and every difference."""
    if one.loaded.compiled is None or one.loaded.written is None:
        return 0, []
    examples = list(one.loaded.written.examples)
    return len(examples), check_examples(one.loaded.compiled, examples)


def test_json(files: Iterable[MappingFile]) -> dict[str, Any]:
    """Return how the examples of each file went; a file that cannot be used is not ok."""
    found = []
    for one in files:
        count, differences = run_examples(one)
        found.append(
            {
                "system": one.system,
                "stream": one.stream,
                "file": one.file,
                "ok": one.ok and not differences,
                "usable": one.ok,
                "examples": count,
                "differences": [
                    {"example": each.example, "where": each.where, "expected": each.expected, "got": each.got}
                    for each in differences
                ],
            }
        )
    return {"files": found}


# ------------------------------------------------------------------------------------------------- preview


def sample(hub: Hub, system: ConfiguredSystem, stream: str, ids: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """Return records of a stream: those of *ids*, read now; else from the store, or its first page where that is empty.

    Raises:
        ConnectorError: the system had to be asked and cannot be reached.
    """
    if ids:
        return [dict(record) for record in system.fetch(stream, ids)]
    with hub.store.read() as connection:
        shadows = source_records.stream_shadows(connection, hub.store.vault, system.name, stream)
        kept = [dict(shadow.payload) for shadow in islice(shadows, limit)]
    if kept:
        return kept
    pages = system.readers()[stream].read(None)
    return [dict(record) for record in islice((record for page in pages for record in page.records), limit)]


def preview_json(
    system: ConfiguredSystem, stream: str, records: Iterable[Mapping[str, Any]], show: Show
) -> dict[str, Any]:
    """Return what the mapping makes of each record: `{"system", "stream", "items": [...]}`."""
    mapping = system.mappings[stream]
    items: list[dict[str, Any]] = []
    for record in records:
        try:
            made = pull(mapping, record)
        except MappingError as wrong:
            items.append({"id": None, "error": str(wrong)})
            continue
        items.append(
            {
                "id": made.record_id,
                "modified_at": instant(made.modified_at),
                "deleted": made.deleted,
                "issues": list(made.issues),
                "emits": [
                    {
                        "entity": emitted.entity,
                        "fields": {
                            name: _state_json(emitted.entity, name, state, show)
                            for name, state in emitted.fields.items()
                            if state.presence != "absent"
                        },
                        "references": [
                            {"relation": one.relation, "stream": one.stream, "id": one.record_id}
                            for one in emitted.references
                        ],
                    }
                    for emitted in made.emits
                ],
            }
        )
    return {"system": system.name, "stream": stream, "items": items}


def _raw_shown(entity: str, name: str, raw: Json, show: Show) -> Json:
    """Return what the record holds; where values are masked, only texts can be."""
    return raw if show is as_it_is else show(entity, name, raw) if isinstance(raw, str) else "***"


def _state_json(entity: str, name: str, state: FieldState, show: Show) -> list[dict[str, Any]]:
    return [
        {
            "slot": one.slot,
            "raw": _raw_shown(entity, name, one.value.raw, show),
            "value": show(entity, name, one.value.value),
            "valid": one.value.valid,
            "evidence": one.value.evidence,
            "issues": list(one.value.issues),
        }
        for one in state.values
    ]


# --------------------------------------------------------------------------------------------------- drafts


class UnknownStream(Exception):
    """The system offers no such stream; *known* are those that it does."""

    def __init__(self, known: Sequence[str]) -> None:
        self.known = tuple(known)
        super().__init__(", ".join(known))


def draft(  # noqa: PLR0913 (what a draft is made of)
    hub: Hub, system: ConfiguredSystem, stream: str, *, entity: str | None, push: bool, sample_size: int
) -> str:
    """Return a draft mapping of a stream as YAML, from its discovered fields and a sample of its records.

    Raises:
        UnknownStream: the system offers no such stream.
        ConnectorError: it cannot be reached.
    """
    readers = system.readers()
    if stream not in readers:
        raise UnknownStream(sorted(readers))
    reader = readers[stream]
    pages = reader.read(None) if sample_size else ()
    records = list(islice((dict(record) for page in pages for record in page.records), sample_size))
    made = draft_mapping(
        reader.schema(),
        stream=stream,
        key=reader.primary_key,
        modified=reader.cursor_field,
        profile=hub.project.profile,
        types=field_types.field_type,
        records=records,
        entity=entity,
        context=FieldContext(region=system.config.region, timezone=system.config.timezone),
    )
    return draft_text(made, hub.project.profile, system=system.name, stream=stream, push=push)


def shipped_text(system: ConfiguredSystem, stream: str) -> str | None:
    """Return the mapping of a stream that ships with the system's connector; None where none does."""
    file = shipped() / "mappings" / system.config.connector / f"{stream}.yaml"
    return file.read_text(encoding="utf-8") if file.exists() else None
