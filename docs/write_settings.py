"""Write docs/settings.md from the models that read the settings, so that the page cannot go stale; a test compares.

Run as `make docs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, HttpUrl, Secret, SecretStr
from pydantic.fields import FieldInfo

from connectors import registry
from flows.alerts.settings import Alerts, Hook, Mail, Robot, When
from flows.hub_config import Ceilings, Console, HubConfig, Oidc, Pull, Push, Retention, System

PAGE = Path(__file__).parent / "settings.md"

HEAD = """# Settings

<!-- generated from the models: make docs -->

`config/hub.yaml` says which systems the hub connects. An unknown key is a mistake and comes with a suggestion; all
mistakes of a file are named at once, with file, line and cure (exit code 2). Any text may be `${NAME}` or
`${NAME:-default}`: it is taken from the environment, which is where secrets belong. Paths are relative to the project.

What a mapping, `profile.yaml` and its fields may say is in [mapping.md](mapping.md).

Two environment variables stand beside the file: `CRMHUB_KEY` holds the key in place of `key_file`, and
`CRMHUB_PROJECT` names the project in place of `--project`.
"""

BLOCKS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("hub.yaml", HubConfig),
    ("`console`", Console),
    ("`oidc` of `console`", Oidc),
    ("A system, under `systems.<name>`", System),
    ("`pull` of a system", Pull),
    ("`push` of a system", Push),
    ("`ceilings` of a push", Ceilings),
    ("`retention`", Retention),
    ("`alerts`", Alerts),
    ("`when` of alerts", When),
    ("`to` of alerts: mail", Mail),
    ("`to` of alerts: a robot", Robot),
    ("`to` of alerts: a signed post", Hook),
)


def page() -> str:
    """Return the whole page."""
    parts = [HEAD]
    parts += [f"## {title}\n\n{table(model)}\n" for title, model in BLOCKS]
    parts.append("## `config` of a system\n\nEach connector has settings of its own; secrets are marked.\n")
    for name in registry.names():
        settings = registry.connector(name).settings
        parts.append(f"### {name}\n\n{table(settings)}\n")
        parts += [f"Each `{inner.__name__}`:\n\n{table(inner)}\n" for inner in _inner(settings)]
    return "\n".join(parts)


def table(model: type[BaseModel]) -> str:
    """Return a table of what a block may say, one line per key."""
    rows = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        cells = (f"`{field.alias or name}`", _kind(field.annotation), _default(field), field.description or "")
        rows.append("| " + " | ".join(re.sub(r"\s+", " ", cell).replace("|", "\\|").strip() for cell in cells) + " |")
    return "\n".join(rows)


def _kind(annotation: Any) -> str:  # noqa: ANN401 (any annotation)
    """Say in words what a value may be."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in {Literal, Union, UnionType}:
        kinds = (f"`{one}`" if origin is Literal else _kind(one) for one in inner if one is not NoneType)
        return " or ".join(dict.fromkeys(kinds))
    if origin is Secret:
        return "a block, secret"
    if origin is not None:
        return {Annotated: "", dict: "name: "}.get(origin, "list of ") + _kind(inner[1 if origin is dict else 0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a block"
    return _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


_WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    SecretStr: "secret",
    HttpUrl: "address",
    AwareDatetime: "time",
    datetime: "time",
    Any: "anything",
    Path: "path",
}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", (), [], {}) or isinstance(value, (BaseModel, SecretStr, Secret)):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (set, frozenset)):
        value = sorted(value)
    if isinstance(value, (tuple, list)):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{value}`"


def _inner(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield the blocks that lie inside a connector's settings."""
    for field in model.model_fields.values():
        for one in (field.annotation, *get_args(field.annotation)):
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield one


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
