"""Read a project's YAML: hub, profile, matching and mappings; all mistakes at once, with file, line and cure.

Room: flows. hub.yaml, profile.yaml or matching.yaml that cannot be used stop everything (`ProjectBroken`, exit 2); a
mapping that cannot be used disables its stream, loudly, and the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from connectors import registry
from connectors.contract import Removal
from flows.hub_config import HubConfig, System, environment
from flows.project_secrets import ProjectSecrets
from flows.push_rules import creation_warnings, push_mistakes, removal_mistakes, unwritable_warnings
from golden_record.matching.model import Model, ModelMistakes, read_models
from mapping.compile import CompiledMapping, compile_mapping
from mapping.field_types import registry as field_types
from mapping.language import StreamMapping
from mapping.mistakes import CuredError, Mistake, errors
from mapping.profile_fields import Profile, read_profile
from mapping.yaml_file import check_document, open_document, read_checked
from mapping.yaml_nodes import Document

SHIPPED = "config"
"""The package that holds the YAML that ships with the hub."""


class ProjectBroken(Exception):
    """The project's own YAML cannot be used; *mistakes* name each place and its cure."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, mistakes)))


@dataclass(frozen=True)
class Project:
    """A project as read. *broken*: (system, stream) -> mistakes of a mapping that cannot be used.

    *warnings*: what is probably not as meant. *written* holds the mappings that can be used as their files say them,
    *compiled* the same, compiled; *mappings* are those in force. *not_in_force*: files that were edited since, and are
    gone by as they were before.
    """

    folder: Path
    hub: HubConfig
    profile: Profile
    models: Mapping[str, Model]
    mappings: Mapping[tuple[str, str], CompiledMapping]
    broken: Mapping[tuple[str, str], tuple[Mistake, ...]] = field(default_factory=dict)
    warnings: tuple[Mistake, ...] = ()
    written: Mapping[tuple[str, str], StreamMapping] = field(default_factory=dict)
    compiled: Mapping[tuple[str, str], CompiledMapping] = field(default_factory=dict)
    not_in_force: tuple[Mistake, ...] = ()

    def without(self, refused: Mapping[tuple[str, str], Mistake]) -> Project:
        """Return the project with these mappings among the broken ones."""
        if not refused:
            return self
        mappings = {key: one for key, one in self.mappings.items() if key not in refused}
        return replace(self, mappings=mappings, broken={**self.broken, **{k: (one,) for k, one in refused.items()}})


def read_project(folder: Path, variables: Mapping[str, str], *, with_models: bool = True) -> Project:
    """Read the project in *folder*; *variables* is the environment. Without models, matching.yaml is not looked at.

    Raises:
        ProjectBroken: hub.yaml, profile.yaml or matching.yaml cannot be used.
    """
    hub_file = folder / "config" / "hub.yaml"
    if not hub_file.exists():
        cure = "Make one with `crmhub init DIR`, or name it with --project."
        raise ProjectBroken([Mistake(str(hub_file), 1, "", "there is no project here", cure)])
    mistakes: list[Mistake] = []
    hub, found = read_checked(hub_file, HubConfig, replace=environment(ProjectSecrets(folder, variables)))
    mistakes += found
    departments = hub.departments() if hub else None
    types = frozenset(field_types.names())
    profile, found = read_profile(_own_or_shipped(folder, "profile.yaml"), types=types, departments=departments)
    mistakes += found
    models, found = _models(_own_or_shipped(folder, "matching.yaml"), profile) if with_models else ({}, [])
    mistakes += found
    if hub is not None:
        mistakes += _unknown_connectors(hub, hub_file)
        mistakes += push_mistakes(hub, profile, open_document(hub_file))
        mistakes += removal_mistakes(hub, open_document(hub_file), _removals_of)
    if errors(mistakes) or hub is None or profile is None:
        raise ProjectBroken(mistakes)
    written, broken = _mappings(folder, hub, profile)
    mappings = {key: compiled for key, (_, compiled) in written.items()}
    as_written = {key: one for key, (one, _) in written.items()}
    made_in: dict[str, dict[str, bool]] = {}
    for (system, stream), compiled in mappings.items():
        made_in.setdefault(system, {})[stream] = bool(compiled.create_in)
    document = open_document(hub_file)
    doubts = (*unwritable_warnings(hub, document, _writes), *creation_warnings(hub, made_in, document))
    warnings = (*mistakes, *doubts)
    return Project(folder, hub, profile, models, mappings, broken, warnings, as_written, mappings)


def with_mapping_files_of_now(project: Project) -> Project:
    """Return the project with its mappings as their files lie now; the rest is as it was read before."""
    written, broken = _mappings(project.folder, project.hub, project.profile)
    mappings = {key: compiled for key, (_, compiled) in written.items()}
    as_written = {key: one for key, (one, _) in written.items()}
    return replace(project, mappings=mappings, compiled=mappings, written=as_written, broken=broken)


def files_of(project: Project) -> tuple[Path, ...]:
    """Return the files that decide what the project says beside hub.yaml, as they lie now: own ones, else shipped."""
    streams = [(name, system, stream) for name, system in project.hub.systems.items() for stream in system.streams]
    mapped = [mapping_file(project.folder, *one) for one in streams]
    rules = [_own_or_shipped(project.folder, name) for name in ("profile.yaml", "matching.yaml")]
    return (*rules, *(file for file in mapped if file is not None))


def with_files_of_now(project: Project) -> Project:
    """Return the project as its files lie now, but for hub.yaml, which is as it was read before.

    A mapping that cannot be used is left as it was before, and is among the broken ones as well.

    Raises:
        ProjectBroken: profile.yaml or matching.yaml cannot be used.
    """
    folder, hub = project.folder, project.hub
    types = frozenset(field_types.names())
    file = _own_or_shipped(folder, "profile.yaml")
    profile, mistakes = read_profile(file, types=types, departments=hub.departments())
    models, found = _models(_own_or_shipped(folder, "matching.yaml"), profile)
    mistakes = [*mistakes, *found]
    if errors(mistakes) or profile is None:
        raise ProjectBroken(mistakes)
    written, broken = _mappings(folder, hub, profile)
    before = {key: (project.written[key], one) for key, one in project.compiled.items() if key in broken}
    made = before | written
    mappings = {key: compiled for key, (_, compiled) in made.items()}
    as_written = {key: one for key, (one, _) in made.items()}
    return Project(folder, hub, profile, models, mappings, broken, tuple(mistakes), as_written, mappings)


def mapping_file(folder: Path, name: str, system: System, stream: str) -> Path | None:
    """Return the file that maps a stream: the project's own, else the connector's shipped one, else None."""
    for candidate in (
        folder / "config" / "mappings" / name / f"{stream}.yaml",
        shipped() / "mappings" / system.connector / f"{stream}.yaml",
    ):
        if candidate.exists():
            return candidate
    return None


def shipped() -> Path:
    """Return the folder of the YAML that ships with the hub."""
    return Path(str(files(SHIPPED)))


def _own_or_shipped(folder: Path, name: str) -> Path:
    own = folder / "config" / name
    return own if own.exists() else shipped() / name


def _models(file: Path, profile: Profile | None) -> tuple[dict[str, Model], list[Mistake]]:
    document = open_document(file)
    if document.mistakes:
        return {}, list(document.mistakes)
    fields = {name: entity.fields.keys() for name, entity in profile.root.items()} if profile else None
    if not isinstance(document.data, Mapping):
        return {}, [Mistake(str(file), 1, "", "this is no block of entities", "Write `person:` and its model.")]
    try:
        return read_models(document.data, fields), []
    except ModelMistakes as wrong:
        return {}, [document.mistake(path, message, "See docs/matching.md.") for path, message in wrong.mistakes]


def _removals_of(connector: str) -> Mapping[str, Removal]:
    """Return what a connector can take out of its system; nothing where there is none of that name, named elsewhere."""
    try:
        return registry.connector(connector).removals
    except (registry.UnknownConnector, registry.BrokenConnector):
        return {}


def _writes(connector: str) -> bool:
    return registry.connector(connector).writer is not None


def _unknown_connectors(hub: HubConfig, file: Path) -> list[Mistake]:
    document = open_document(file)
    found: list[Mistake] = []
    for name, system in hub.systems.items():
        try:
            connector = registry.connector(system.connector)
            connector.settings.model_validate(system.config)
        except (registry.UnknownConnector, registry.BrokenConnector) as wrong:
            found.append(document.mistake(("systems", name, "connector"), str(wrong).rstrip("."), ""))
        except ValidationError as wrong:
            found += _settings_mistakes(document, name, wrong)
    return found


def _settings_mistakes(document: Document, name: str, wrong: ValidationError) -> list[Mistake]:
    """Name every wrong setting without its value: a value may be a secret."""
    found = []
    for error in wrong.errors(include_input=False, include_url=False):
        path = ("systems", name, "config", *error["loc"])
        message = error["msg"][:1].lower() + error["msg"][1:]
        found.append(document.mistake(path, message, "See the connector's README for its settings."))
    return found


Made = tuple[StreamMapping, CompiledMapping]
"""A mapping as written and as compiled."""


def _mappings(
    folder: Path, hub: HubConfig, profile: Profile
) -> tuple[dict[tuple[str, str], Made], dict[tuple[str, str], tuple[Mistake, ...]]]:
    good: dict[tuple[str, str], Made] = {}
    broken: dict[tuple[str, str], tuple[Mistake, ...]] = {}
    for name, system in hub.systems.items():
        for stream in system.streams:
            made, mistakes = read_mapping(mapping_file(folder, name, system, stream), name, system, stream, profile)
            if made is not None:
                good[name, stream] = made
            else:
                broken[name, stream] = tuple(mistakes)
    return good, broken


def read_mapping(
    file: Path | None, name: str, system: System, stream: str, profile: Profile
) -> tuple[Made | None, list[Mistake]]:
    """Read and compile one stream's mapping; or None and its mistakes."""
    if file is None:
        where = f"config/mappings/{name}/{stream}.yaml"
        cure = f"Draft one with `crmhub mapping new {name} {stream}`, or take `{stream}` out of the system's streams."
        return None, [Mistake(where, 1, "", f"there is no mapping for {name}/{stream}", cure)]
    document = open_document(file)
    written, mistakes = check_document(document, StreamMapping)
    if written is None:
        return None, mistakes
    try:
        made = compile_mapping(
            written,
            stream=stream,
            profile=profile,
            types=field_types.field_type,
            region=system.region,
            timezone=system.timezone,
        )
    except CuredError as wrong:
        return None, [document.mistake((), wrong.message, wrong.cure)]
    return (written, made), []
