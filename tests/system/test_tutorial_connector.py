"""The connector of the tutorial is installed as the page shows it, and used: nothing but its package and config/."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from connectors.sandboxes.run import RunningSandboxes, start_sandboxes
from docs import write_tutorial_connector as tutorial
from flows.new_project import write_project
from tests.connectors.bazaar import sandbox
from tests.connectors.contract_suite.rigs import person

BLOCK = re.compile(r"^```(\w+) ([^\n]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TEXT = tutorial.PAGE.read_text(encoding="utf-8")


def install(site: Path) -> None:
    """Do what `pip install` does with the package of the page."""
    for _language, name, text in BLOCK.findall(TEXT):
        if name.startswith(tutorial.PACKAGE):
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_text(text, encoding="utf-8")
    project: Any = tomllib.loads(next(text for _, name, text in BLOCK.findall(TEXT) if name == "pyproject.toml"))
    named = project["project"]
    about = site / f"{named['name'].replace('-', '_')}-{named['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {named['name']}\nVersion: {named['version']}\n")
    points = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in each.items())
        for group, each in named["entry-points"].items()
    ]
    (about / "entry_points.txt").write_text("\n".join(points))


def configure(project: Path) -> None:
    """Put the page's YAML into a project."""
    write_project(project, systems={})
    for _language, name, text in BLOCK.findall(TEXT):
        if name.startswith("config/mappings/"):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(text, encoding="utf-8")
    yaml, file = YAML(), project / "config" / "hub.yaml"
    document = yaml.load(file)
    block = next(text for _, name, text in BLOCK.findall(TEXT) if name == "config/hub.yaml systems")
    document["systems"] = YAML().load(block)
    with file.open("w", encoding="utf-8") as out:
        yaml.dump(document, out)


def crmhub(project: Path, site: Path, running: RunningSandboxes, *arguments: str) -> str:
    url = running.describe()["systems"]["bazaar"]["base_url"]
    root = str(Path(__file__).parents[2])
    known = {"PYTHONPATH": f"{site}:{root}", "BAZAAR_URL": url, "BAZAAR_KEY": sandbox.KEY}
    command = [sys.executable, "-m", "console.main", *arguments, "--project", str(project)]
    done = subprocess.run(
        command, env={**os.environ, **known}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_what_the_page_shows_is_installed_and_syncs(tmp_path: Path) -> None:
    project, site = tmp_path / "project", tmp_path / "site"
    install(site)
    configure(project)
    people = [person(number) for number in range(8)]
    with start_sandboxes(["bazaar"], 0, 1, population=people, builders={"bazaar": sandbox.build}) as running:
        said = [
            crmhub(project, site, running, *line.split())
            for line in re.findall(r"^\$ crmhub (.*)$", TEXT, re.MULTILINE)
        ]
        assert "signed in, people can be read" in "".join(said)
        found = crmhub(project, site, running, "profiles", "list", "--json")
        assert found.count('"system": "bazaar"') == len(people)
        assert found.count('"profile_id"') == len(people), "people with like names and mailboxes are not one"


def test_the_page_is_written_from_the_code_that_the_contract_suite_runs() -> None:
    assert tutorial.PAGE.read_text(encoding="utf-8") == tutorial.page(), "run: make docs"


@pytest.mark.parametrize("name", tutorial.FILES)
def test_the_connector_imports_nothing_but_the_connectors_room(name: str) -> None:
    imported = re.findall(r"^from ([a-z_.]+) import", tutorial.source(name), re.MULTILINE)
    ours = [one for one in imported if one.split(".")[0] in {"flows", "golden_record", "mapping", "console", "tests"}]
    assert ours == []
