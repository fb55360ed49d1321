"""The mapping of every stream as its file lies now: its text, what is wrong in it, and whether it is in force.

Room: flows. Reads files and store, changes nothing. A process that serves for days has read its project once; what
people edit meanwhile is looked at here, and comes into force with the next sync that reads the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flows.contracts import under_contract
from flows.hub import Hub
from flows.mapping_versions import Key, load, refusal, refused
from flows.mapping_work import MappingFile, mapping_files
from flows.project import Made, Project, mapping_file, with_mapping_files_of_now
from mapping.field_types import registry as field_types
from mapping.load import load_mapping
from mapping.mistakes import Mistake, errors

LONGEST = 200_000
"""Characters of a text that somebody types; a mapping of 500 fields has some 50,000."""

State = Literal["in_force", "waits", "new", "refused", "broken"]
"""waits: edited since the last sync; new: never synced; refused: must not follow the one in force, or is frozen."""


class NoSuchMapping(LookupError):
    """hub.yaml names no such system, or no such stream of it."""


@dataclass(frozen=True, slots=True)
class MappingText:
    """A mapping's text; *digest* tells whether it has changed. *whose*: the project's own file, or one that ships."""

    text: str
    digest: str
    whose: Literal["own", "shipped", "none"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A text that was looked at: every mistake, and the mapping where it can be used."""

    mistakes: tuple[Mistake, ...]
    made: Made | None

    @property
    def ok(self) -> bool:
        """Whether it may be saved."""
        return self.made is not None


def text_now(project: Project, key: Key) -> MappingText:
    """Return the text of a stream's mapping as it lies now; empty where there is none.

    Raises:
        NoSuchMapping: there is no such stream.
    """
    system = project.hub.systems.get(key[0])
    if system is None or key[1] not in system.streams:
        raise NoSuchMapping
    file = mapping_file(project.folder, key[0], system, key[1])
    if file is None:
        return MappingText("", digest_of(b""), "none")
    said = file.read_bytes()
    own = file.is_relative_to(project.folder / "config" / "mappings" / key[0])
    return MappingText(said.decode("utf-8-sig", errors="replace"), digest_of(said), "own" if own else "shipped")


def digest_of(said: bytes) -> str:
    """Return what tells one text from another."""
    return hashlib.sha256(said).hexdigest()


def check_text(hub: Hub, key: Key, text: str) -> Checked:
    """Look at a text as if it were the stream's file: lint, and whether it may follow what is in force."""
    where = f"config/mappings/{key[0]}/{key[1]}.yaml"
    if len(text) > LONGEST:
        wrong = Mistake(where, 1, "", f"the text is longer than {LONGEST} characters", "Shorten it.")
        return Checked((wrong,), None)
    system = hub.project.hub.systems[key[0]]
    loaded = load_mapping(
        text,
        stream=key[1],
        profile=hub.project.profile,
        types=field_types.field_type,
        region=system.region,
        timezone=system.timezone,
        file=where,
    )
    if loaded.written is None or loaded.compiled is None:
        return Checked(loaded.mistakes, None)
    wrong_place = refusal(load(hub.store, [key])[key], key, loaded.written)
    if wrong_place is not None:
        return Checked((wrong_place, *loaded.mistakes), None)
    return Checked(loaded.mistakes, (loaded.written, loaded.compiled))


def mappings_json(hub: Hub, only: Key | None = None) -> list[dict[str, Any]]:
    """Return how the mapping of each stream stands: whose file, state, mistakes, since when it is in force."""
    project = with_mapping_files_of_now(hub.project)
    project = under_contract(hub.store, project.without(refused(hub.store, project)))
    systems = (only[0],) if only is not None else ()
    files = [one for one in mapping_files(hub.project, systems) if only is None or (one.system, one.stream) == only]
    return [_standing(hub, project, one) for one in files]


def _standing(hub: Hub, project: Project, one: MappingFile) -> dict[str, Any]:
    key = (one.system, one.stream)
    remembered = load(hub.store, [key])[key]
    state: State
    if key in project.mappings:
        in_force = project.mappings[key].version == remembered.version
        state = "in_force" if in_force else "waits" if remembered.version else "new"
    else:
        state = "refused" if key in project.compiled else "broken"
    held = [wrong for wrong in project.broken.get(key, ()) if state == "refused"]
    mistakes = (*held, *one.loaded.mistakes)
    return {
        "system": one.system,
        "stream": one.stream,
        "department": hub.project.hub.systems[one.system].department,
        "whose": text_now(hub.project, key).whose,
        "state": state,
        "since": remembered.since or None,
        "errors": len(errors(mistakes)),
        "warnings": len(mistakes) - len(errors(mistakes)),
        "mistakes": mistakes_json(mistakes),
    }


def mistakes_json(mistakes: Sequence[Mistake]) -> list[dict[str, Any]]:
    """Return each mistake by line, with its cure."""
    return [
        {"line": one.line, "path": one.path, "level": one.level, "message": one.message, "cure": one.cure}
        for one in mistakes
    ]
