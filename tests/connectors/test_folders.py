"""Every system's folder has the same files, with the same names in them (`connectors.contract`)."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import connectors
from connectors.failures import FailureTable
from connectors.registry import connector, names

ROOM = Path(connectors.__file__).parent
NO_SYSTEMS = {"population", "sandboxes"}
"""Folders beside the systems: what stands behind the simulators."""
SYSTEMS = sorted(
    path.name for path in ROOM.iterdir() if (path / "__init__.py").exists() and path.name not in NO_SYSTEMS
)
REQUIRED = {
    "settings": "Settings",
    "client": "Client",
    "source": "Source",
    "webhook": "receive",
    "sandbox": "build",
}
READ_ONLY = {"web_forms", "files", "airbyte"}
"""Systems in which nothing can be written."""
NO_API = {"files", "sql", "airbyte"}
"""Files, databases, programs: no HTTP of ours calls them, they post nothing, and there is nothing to simulate."""
OWN_MODELS = {"airbyte"}
"""Where Airbyte's messages are the matter itself."""


def test_every_folder_is_a_connector() -> None:
    assert set(SYSTEMS) <= set(names())


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_systems_folder_has_the_files_of_the_contract(system: str) -> None:
    wanted = {one: REQUIRED[one] for one in ("settings", "source")} if system in NO_API else dict(REQUIRED)
    wanted |= {} if system in READ_ONLY else {"writer": "Writer"}
    for module, name in wanted.items():
        found = importlib.import_module(f"connectors.{system}.{module}")
        assert hasattr(found, name), f"connectors/{system}/{module}.py has no {name}"
    assert (ROOM / system / "README.md").stat().st_size > 500
    assert importlib.import_module(f"connectors.{system}").__doc__


@pytest.mark.parametrize("system", sorted(set(SYSTEMS) - NO_API))
def test_a_systems_failures_are_tables(system: str) -> None:
    module = importlib.import_module(f"connectors.{system}.failures")
    tables = [one for one in vars(module).values() if isinstance(one, FailureTable)]
    assert tables  # several where its hosts answer differently (sign-in, API)
    assert all(table.rows for table in tables)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_read_only_system_has_no_writer(system: str) -> None:
    assert (connector(system).writer is None) == (system in READ_ONLY)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_calls_itself_by_the_name_of_its_folder(system: str) -> None:
    assert connector(system).source.name == system
    assert connector(system).source.settings_model is connector(system).settings


@pytest.mark.parametrize("system", sorted(set(SYSTEMS) - OWN_MODELS))
def test_only_the_source_speaks_airbyte(system: str) -> None:
    for path in (ROOM / system).rglob("*.py"):
        assert path.name == "source.py" or "airbyte_cdk" not in path.read_text(), path


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_setting_is_described_and_documented(system: str) -> None:
    readme = (ROOM / system / "README.md").read_text()
    for name, described in connector(system).settings.model_fields.items():
        assert described.description, f"{system}: setting {name} has no description"
        assert f"`{name}`" in readme, f"connectors/{system}/README.md does not name the setting {name}"
