from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from connectors import registry
from connectors.registry import BrokenConnector, UnknownConnector, connector, names
from connectors.source import HubSource
from connectors.web_forms.settings import Settings

REGISTERED = """
from connectors.settings import ConnectorSettings
class Settings(ConnectorSettings): ...
"""
SOURCE = """
from connectors.source import HubSource
class Source(HubSource):
    name = "acme"
    def probe(self, settings): return ""
    def readers(self, settings): return ()
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of a package that somebody else registered."""
    folder = tmp_path / "acme_crm"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "settings.py").write_text(REGISTERED)
    (folder / "source.py").write_text(SOURCE)
    points = [EntryPoint("acme", "acme_crm", registry.ENTRY_POINTS), EntryPoint("web_forms", "acme_crm", "x")]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == "crmhub.connectors" else [])
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for module in [one for one in sys.modules if one.partition(".")[0] == "acme_crm"]:
        del sys.modules[module]


def test_a_folder_is_a_connector_by_its_name() -> None:
    assert "web_forms" in names()
    found = connector("web_forms")
    assert (found.name, found.package) == ("web_forms", "connectors.web_forms")
    assert found.settings is Settings
    assert issubclass(found.source, HubSource)
    assert found.writer is None
    assert found.receive is not None
    assert found.has_sandbox
    assert found.limits(Settings(product="typeform"))


@pytest.mark.parametrize("name", ["population", "sandboxes", "contract"])
def test_what_is_no_system_is_no_connector(name: str) -> None:
    assert name not in names()


def test_an_unknown_name_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(UnknownConnector, match=r"Did you mean web_forms\?") as unknown:
        connector("webforms")
    assert unknown.value.suggestion == "web_forms"
    with pytest.raises(UnknownConnector, match=r"Known: .*web_forms"):
        connector("xyz")


@pytest.mark.usefixtures("acme")
def test_a_registered_package_is_a_connector_and_a_folder_wins_over_it() -> None:
    assert "acme" in names()
    found = connector("acme")
    assert (found.package, found.writer, found.receive, found.has_sandbox) == ("acme_crm", None, None, False)
    assert found.limits(found.settings()) == ()
    assert connector("web_forms").package == "connectors.web_forms"


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("source.py", "import no_such_library", "cannot be imported"),
        ("source.py", "", "has no Source"),
        ("settings.py", "class Settings: ...", "has no class Settings made from ConnectorSettings"),
        ("writer.py", "import no_such_library", "cannot be imported"),
        ("webhook.py", "", "has no receive"),
    ],
)
def test_a_package_that_cannot_be_used_is_named_with_its_module(acme: Path, file: str, text: str, why: str) -> None:
    (acme / file).write_text(text)
    with pytest.raises(BrokenConnector, match=why) as broken:
        connector("acme")
    assert broken.value.module == f"acme_crm.{file.removesuffix('.py')}"


def test_a_registered_package_that_is_not_installed_breaks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("ghost", "no_such_package", registry.ENTRY_POINTS)]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group else [])
    assert "ghost" in names()
    assert connector("web_forms").name == "web_forms"
    with pytest.raises(BrokenConnector, match="ghost"):
        connector("ghost")
