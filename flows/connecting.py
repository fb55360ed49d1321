"""Connect a system: try a configuration before it is written, then write its block into hub.yaml.

Room: flows. Asks nobody: what is asked, and how, is the console's.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airbyte_cdk.models import Status
from pydantic import BaseModel, SecretStr, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from connectors.errors import ConnectorError
from connectors.ports import WindowBudget
from connectors.registry import Connector
from flows.accounts import StoreTokens
from flows.project import shipped
from golden_record.store.engine import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """One setting to ask for."""

    name: str
    meaning: str
    secret: bool
    needed: bool
    texts: frozenset[str] = frozenset()
    """Where its values are texts, whatever they look like: `string` on its own, `array` in a list."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying a configuration; *streams* are those that it offers, empty where it does not work."""

    ok: bool
    message: str
    streams: tuple[str, ...] = ()


def questions(connector: Connector) -> list[Question]:
    """Return a connector's settings that can be asked for one by one: the needed ones first."""
    found = []
    shapes = connector.settings.model_json_schema().get("properties", {})
    for name, field in connector.settings.model_fields.items():
        if name != "project":
            secret = "Secret" in str(field.annotation)
            texts = frozenset(_texts(shapes.get(name, {})))
            found.append(Question(name, field.description or "", secret, field.is_required(), texts))
    return sorted(found, key=lambda one: not one.needed)


def answered(question: Question, text: str) -> Any:  # noqa: ANN401 (what the setting takes)
    """Return what an answer means: numbers, lists and blocks are written as in YAML, texts as they are."""
    block = text.startswith(("{", "["))
    if not block and (question.secret or "string" in question.texts):
        return text
    try:
        value = YAML(typ="base" if "array" in question.texts else "safe").load(text)
    except YAMLError:
        return text
    return value if isinstance(value, int | float | list | dict) else text


def _texts(shape: Mapping[str, Any]) -> Iterator[str]:
    """Yield where a setting holds texts and never numbers: an organization's id may be all digits."""
    kinds = [shape, *shape.get("anyOf", ())]
    if not any(kind.get("type") in {"integer", "number"} for kind in kinds):
        yield from ("string" for kind in kinds if kind.get("type") == "string")
    for kind in kinds:
        items = kind.get("items")
        if isinstance(items, Mapping) and items.get("type") == "string":
            yield "array"


def mistakes(connector: Connector, config: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with a configuration, without a value."""
    try:
        connector.settings.model_validate(dict(config))
    except ValidationError as wrong:
        return [
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            if one["loc"]
            else one["msg"].removeprefix("Value error, ")
            for one in wrong.errors(include_input=False, include_url=False)
        ]
    return []


def secret_names(connector: Connector, system: str, config: Mapping[str, Any]) -> dict[str, str]:
    """Return setting -> the name under which its secret is kept, for each secret of *config*."""
    secrets = {one.name for one in questions(connector) if one.secret}
    return {name: f"{system}_{name}".upper() for name in config if name in secrets}


def attempt(connector: Connector, system: str, config: Mapping[str, Any], store: Store, folder: Path) -> Tried:
    """Check a configuration and list its streams. A token that the system rotates meanwhile is kept in the store."""
    known = {"project": str(folder)} if "project" in connector.settings.model_fields else {}
    source = connector.source(StoreTokens(store, system), WindowBudget())
    try:
        answer = source.check(log, {**known, **config})
        if answer.status != Status.SUCCEEDED:
            return Tried(ok=False, message=answer.message or "the check failed")
        streams = tuple(one.name for one in source.discover(log, {**known, **config}).streams)
    except ConnectorError as error:
        return Tried(ok=False, message=str(error))
    return Tried(ok=True, message=answer.message or "reached", streams=streams)


def mapped_streams(connector: Connector, system: str, folder: Path, offered: Sequence[str]) -> list[str]:
    """Return the offered streams that have a mapping: the project's own, or the shipped one."""
    places = (folder / "config" / "mappings" / system, shipped() / "mappings" / connector.name)
    there = {file.stem for place in places if place.is_dir() for file in place.glob("*.yaml")}
    return [stream for stream in offered if stream in there]


def write_block(  # noqa: PLR0913 (what a block says)
    folder: Path, system: str, connector: Connector, department: str, config: Mapping[str, Any], streams: Sequence[str]
) -> None:
    """Write a system into hub.yaml, or change the one of this name; what else stands there, comments too, stays.

    A new one that can be written to is in mode `report`: nothing is written before somebody says so.
    """
    file = folder / "config" / "hub.yaml"
    yaml = YAML()
    yaml.indent(mapping=2, sequence=2, offset=0)
    document = yaml.load(file.read_text(encoding="utf-8"))
    if not document.get("systems"):
        document["systems"] = {}
    old = document["systems"].get(system)
    block: dict[str, Any] = old if old is not None else {}
    block |= {"connector": connector.name, "department": department, "config": _plain(config), "streams": list(streams)}
    if connector.writer is not None:
        block.setdefault("push", {"mode": "report"})
    document["systems"][system] = block
    draft = file.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        yaml.dump(document, out)
    draft.replace(file)


def _plain(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in config.items()
        if not isinstance(value, BaseModel)
    }
