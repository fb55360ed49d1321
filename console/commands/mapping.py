"""`crmhub mapping`. Room: console."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from console.mapping_difference import print_difference
from console.options import HERE, JsonOption, MaskOption, ProjectOption, hub_of, system_of, systems_of
from console.say import document, line, note
from console.table import short, table, text_of
from flows.contracts import waiting
from flows.drift import accept, look
from flows.hub import ConfiguredSystem, Hub
from flows.mapping_diff import NeverSynced, mapping_diff
from flows.mapping_work import (
    UnknownStream,
    draft,
    lint_json,
    mapping_files,
    preview_json,
    sample,
    schemas_of,
    shipped_text,
    test_json,
)
from flows.profile_view import view_of
from flows.project import Made, Project, mapping_file, read_mapping, read_project
from mapping.field_types import registry as field_types
from mapping.schema import mapping_schema, profile_schema

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="YAML mappings.")

SystemsArgument = Annotated[list[str] | None, typer.Argument(metavar="[SYSTEM]...", show_default="all")]


@app.command()
def lint(
    systems: SystemsArgument = None,
    discover: Annotated[
        bool, typer.Option("--discover", help="Ask the systems for their fields, and check against them.")
    ] = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Check every mapping; all mistakes with file, line and cure."""
    read = _project(project, systems)
    catalogs = None
    if discover:
        with hub_of(project) as hub:
            catalogs = schemas_of(systems_of(hub, systems))
    found = lint_json(mapping_files(read, systems or (), catalogs))
    found["warnings"] = [str(one) for one in read.warnings]
    if as_json:
        document(found)
    else:
        for one in found["files"]:
            for mistake in one["mistakes"]:
                where = f" {mistake['path']}:" if mistake["path"] else ""
                line(
                    f"{one['file']}:{mistake['line']}:{where} {mistake['level']}: {mistake['message']}."
                    f" {mistake['cure']}".rstrip()
                )
        for warning in found["warnings"]:
            line(f"warning: {warning}")
        broken = sum(not one["ok"] for one in found["files"])
        line(f"{len(found['files'])} mappings, {broken} cannot be used")
    return 0 if all(one["ok"] for one in found["files"]) else 2


@app.command("test")
def examples(systems: SystemsArgument = None, project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """Run the examples of every mapping; exit 1 where one comes out otherwise."""
    found = test_json(mapping_files(_project(project, systems), systems or ()))
    if as_json:
        document(found)
    else:
        for one in found["files"]:
            state = "ok" if one["ok"] else "WRONG" if one["usable"] else "cannot be used: crmhub mapping lint"
            line(f"{one['system']}/{one['stream']}: {one['examples']} examples, {state}")
            for each in one["differences"]:
                line(f"  example {each['example']}, {each['where']}:")
                line(f"    - expected {json.dumps(each['expected'], ensure_ascii=False, default=str)}")
                line(f"    + got      {json.dumps(each['got'], ensure_ascii=False, default=str)}")
    if not all(one["usable"] for one in found["files"]):
        return 2
    return 0 if all(one["ok"] for one in found["files"]) else 1


@app.command()
def schema(
    what: Annotated[Literal["mapping", "profile"], typer.Argument(help="Of which file.")] = "mapping",
    project: ProjectOption = HERE,
) -> int:
    """Print the JSON Schema of a YAML file, for completion and checks in an editor."""
    if what == "profile":
        document(profile_schema(tuple(field_types.names())))
        return 0
    here = (project / "config" / "hub.yaml").exists()
    document(mapping_schema(read_project(project.resolve(), os.environ).profile if here else None))
    return 0


@app.command()
def preview(  # noqa: PLR0913 (the command's options)
    system: Annotated[str, typer.Argument(help="Its name in hub.yaml.")],
    stream: Annotated[str, typer.Argument()],
    ids: Annotated[list[str] | None, typer.Option("--id", help="Read this record now.")] = None,
    record: Annotated[Path | None, typer.Option("--record", metavar="FILE", help="A record as JSON.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Records at most.")] = 3,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Show what a mapping makes of records: of those last pulled, of one read now, or of a file's. Changes nothing."""
    with hub_of(project) as hub:
        chosen = system_of(hub, system)
        if stream not in chosen.mappings:
            raise typer.BadParameter(f"{system} has no usable mapping of `{stream}`: see `crmhub mapping lint`")
        records = [_record(record)] if record else sample(hub, chosen, stream, ids or (), limit)
        found = preview_json(chosen, stream, records, view_of(hub, mask=mask))
    if as_json:
        document(found)
        return 0
    for one in found["items"]:
        line(f"record {one['id'] or '-'}{': ' + one['error'] if 'error' in one else ''}")
        rows = [
            (emitted["entity"], name, value["slot"], short(value["raw"]), short(value["value"]), _state(value))
            for emitted in one.get("emits", ())
            for name, values in emitted["fields"].items()
            for value in values
        ]
        if rows:
            table(("entity", "field", "slot", "record", "value", "state"), rows)
    return 0


@app.command("drift")
def drift_command(
    systems: SystemsArgument = None,
    accept_stream: Annotated[
        str | None, typer.Option("--accept", metavar="STREAM", help="Accept this stream's fields as they are now.")
    ] = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Ask the systems for their fields: what has changed, what it touches, what waits to be accepted."""
    with hub_of(project) as hub:
        chosen = systems_of(hub, systems)
        if accept_stream is not None and (
            len(chosen) != 1 or (chosen[0].name, accept_stream) not in hub.project.written
        ):
            raise typer.BadParameter("it goes with one system and one of its mapped streams", param_hint="--accept")
        new_ones = look(hub, chosen, every=timedelta())
        settled = accept(hub, (chosen[0].name, accept_stream)) if accept_stream is not None else 0
        held = [one for one in waiting(hub.store, hub.project) if one.system in {system.name for system in chosen}]
    if as_json:
        said = {"new": new_ones, "waiting": held}
        document({name: [one.to_json() for one in found] for name, found in said.items()} | {"accepted": settled})
        return 0
    for title, found in (("new", new_ones), ("waiting", held)):
        rows = [(title, one.system, one.stream, str(one.drift), one.effect) for one in found]
        if rows:
            table(("", "system", "stream", "change", "contract"), rows)
    line(f"{len(new_ones)} new, {settled} accepted, {len(held)} wait to be accepted")
    return 0


@app.command()
def new(  # noqa: PLR0913 (the command's options)
    system: Annotated[str, typer.Argument(help="Its name in hub.yaml.")],
    stream: Annotated[str, typer.Argument()],
    entity: Annotated[
        str | None, typer.Option("--entity", help="What a record is.", show_default="guessed by the name")
    ] = None,
    push: Annotated[bool, typer.Option("--push", help="Write, too, what the system lets be written.")] = False,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="No draft: a copy of the mapping that ships with the connector.")
    ] = False,
    sample_size: Annotated[int, typer.Option("--sample", min=0, max=5000, help="Records read to check guesses.")] = 200,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to; - prints.", show_default="the project")
    ] = None,
    project: ProjectOption = HERE,
) -> int:
    """Write a mapping of your own: a draft from the system's fields, each guess with its reason, or the shipped one."""
    with hub_of(project) as hub:
        chosen = system_of(hub, system)
        if entity is not None and hub.project.profile.entity(entity) is None:
            raise typer.BadParameter(f"there is no entity `{entity}` in profile.yaml", param_hint="--entity")
        file = out or hub.project.folder / "config" / "mappings" / system / f"{stream}.yaml"
        if str(file) != "-" and file.exists():
            raise typer.BadParameter(f"{file} is there already; name another place with --out, or - to print")
        if shipped:
            text = shipped_text(chosen, stream)
            if text is None:
                raise typer.BadParameter(f"no mapping of `{stream}` ships with {chosen.config.connector}")
        else:
            try:
                text = draft(hub, chosen, stream, entity=entity, push=push, sample_size=sample_size)
            except UnknownStream as unknown:
                known = ", ".join(unknown.known) or "none"
                raise typer.BadParameter(f"{system} offers no stream `{stream}`. Known: {known}") from None
    if str(file) == "-":
        line(text.rstrip())
        return 0
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as wrong:
        raise typer.BadParameter(f"{file} cannot be written: {wrong.strerror}", param_hint="--out") from None
    line(f"Wrote {file}")
    if stream not in chosen.config.streams:
        line(f"Add {stream} to the streams of {system} in config/hub.yaml to put it to use.")
    return 0


@app.command()
def diff(  # noqa: PLR0913 (the command's options)
    system: Annotated[str, typer.Argument(help="Its name in hub.yaml.")],
    stream: Annotated[str, typer.Argument()],
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="A draft; default: the project's own file.")
    ] = None,
    fetch: Annotated[
        int, typer.Option("--fetch", min=0, help="Records read from the system, where the store lacks a new path.")
    ] = 50,
    limit: Annotated[int, typer.Option("--limit", min=0, max=1000, help="Changes listed, of each kind.")] = 10,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Show what an edited mapping would change in records, profiles and planned writes. Changes nothing."""
    with hub_of(project) as hub:
        chosen = system_of(hub, system)
        edited = _edited(hub, chosen, stream, file)
        if edited is None:
            return 2
        try:
            found = mapping_diff(hub, (system, stream), edited, view_of(hub, mask=mask), limit=limit, fetch=fetch)
        except NeverSynced:
            note(f"{system}/{stream} was never synced: there is nothing to compare with. See `crmhub mapping preview`.")
            return 1
    if as_json:
        document({"system": system, "stream": stream, **found.to_json()})
    else:
        print_difference(found)
    return 1 if found.trouble else 0


def _edited(hub: Hub, system: ConfiguredSystem, stream: str, file: Path | None) -> Made | None:
    """Return the mapping to be compared; where it has mistakes, print them and return None."""
    if stream not in system.config.streams:
        raise typer.BadParameter(f"{system.name} has no stream `{stream}` in hub.yaml")
    file = file or mapping_file(hub.project.folder, system.name, system.config, stream)
    made, mistakes = read_mapping(file, system.name, system.config, stream, hub.project.profile)
    for mistake in mistakes:
        line(str(mistake))
    return made


def _state(value: dict[str, Any]) -> str:
    words = [*([] if value["valid"] else ["invalid"]), *([] if value["evidence"] else ["no evidence"])]
    return text_of([*words, *value["issues"]]) if words or value["issues"] else "ok"


def _record(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise typer.BadParameter(f"{file}: {wrong.strerror}", param_hint="--record") from None
    except ValueError:
        raise typer.BadParameter(f"{file} is no JSON", param_hint="--record") from None
    if not isinstance(found, dict):
        raise typer.BadParameter(f"{file} holds no record (a JSON object)", param_hint="--record")
    return found


def _project(folder: Path, systems: list[str] | None) -> Project:
    project = read_project(folder.resolve(), os.environ)
    for name in systems or ():
        if name not in project.hub.systems:
            known = ", ".join(project.hub.systems) or "none"
            raise typer.BadParameter(f"there is no system `{name}` in hub.yaml. Known: {known}")
    return project
