"""Write a new project: commented YAML that ops own, a key, and what keeps both out of version control.

Room: flows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from connectors import registry
from connectors.registry import Connector
from flows.project import shipped
from golden_record.vault import KeyRing, write_key_ring

GITIGNORE = """# The key, the store and what the store keeps beside it hold customers' data or open it.
.crmhub.key
*.db
*.db-wal
*.db-shm
.env
.prefect/
"""

_HEAD = """# What this hub connects. Every key is described in docs/settings.md; unknown ones are mistakes.
# Values may be ${ENV_NAME} or ${ENV_NAME:-default}: keep secrets in the environment, not here.
# A system without `push` is never written to. The ladder for a new one:
#   mode: report (plan only) -> fill (only empty fields) -> update -> create
"""


class ProjectExists(Exception):
    """There is a project in this folder already."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} is there already; nothing was written")


def write_project(
    folder: Path,
    connectors: Sequence[str] = (),
    *,
    systems: Mapping[str, Any] | None = None,
    store: str = "sqlite:///crmhub.db",
) -> None:
    """Write a project into *folder*.

    Args:
        folder: made where it is not there.
        connectors: a commented block for each, to be filled in; `push` starts in mode `report`.
        systems: blocks that are known already (the sandboxes'), written as they are.
        store: the store's URL.

    Raises:
        ProjectExists: the folder holds a project; nothing was written.
        LookupError: a connector is not known; nothing was written.
    """
    found = [registry.connector(name) for name in connectors]
    hub_file, key_file = folder / "config" / "hub.yaml", folder / ".crmhub.key"
    for file in (hub_file, key_file):
        if file.exists():
            raise ProjectExists(file)
    (folder / "config" / "mappings").mkdir(parents=True, exist_ok=True)
    document = CommentedMap({"store": store, "key_file": ".crmhub.key", "systems": CommentedMap()})
    document.yaml_set_start_comment(_HEAD)
    for connector in found:
        document["systems"][connector.name] = _block(connector)
    for name, block in (systems or {}).items():
        document["systems"][name] = dict(block)
    _write_private(hub_file, document)
    for name in ("profile.yaml", "matching.yaml"):
        (folder / "config" / name).write_text((shipped() / name).read_text(encoding="utf-8"), encoding="utf-8")
    if not (folder / ".gitignore").exists():
        (folder / ".gitignore").write_text(GITIGNORE)
    write_key_ring(key_file, KeyRing.mint())


def _block(connector: Connector) -> CommentedMap:
    name, settings = connector.name, connector.settings
    config = CommentedMap()
    for field, described in settings.model_fields.items():
        if field in settings.example:
            config[field] = settings.example[field]
        elif described.is_required():
            secret = described.annotation is SecretStr or "Secret" in str(described.annotation)
            config[field] = f"${{{name.upper()}_{field.upper()}}}" if secret or described.default is not None else ""
            if described.description:
                config.yaml_add_eol_comment(described.description, field)
    block = CommentedMap(
        {
            "connector": name,
            "department": "sales",
            "config": config,
            "streams": sorted(_mapped(name)) or ["…"],
            "pull": CommentedMap({"schedule": "*/15 * * * *", "lookback": "5m"}),
        }
    )
    if connector.writer is not None:
        block["push"] = CommentedMap({"mode": "report", "create": "when_contactable"})
    block.yaml_add_eol_comment("whose people work in it", "department")
    return block


def _mapped(name: str) -> Iterable[str]:
    folder = shipped() / "mappings" / name
    return (file.stem for file in folder.glob("*.yaml")) if folder.exists() else ()


def _write_private(file: Path, document: CommentedMap) -> None:
    """Write with mode 0600 from the first byte on: a sandbox's block holds its secrets."""
    yaml = YAML()
    yaml.indent(mapping=2, sequence=2, offset=0)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        yaml.dump(document, out)
