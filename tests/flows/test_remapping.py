"""The job that brings stored records to an edited mapping, on a system that can only be read as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Record
from connectors.files.reader import FilesReader
from flows.hub import open_hub
from flows.new_project import write_project
from flows.remapping import forecast
from flows.sync import Wanted, sync

MAPPING = "key: id\nemits:\n- entity: person\n  fields:\n    name: {pull: name}\n"
ROWS = 620


def synced(folder: Path) -> dict[str, Any]:
    with open_hub(folder, {}) as hub:
        return sync(hub, Wanted()).to_json()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    config = {"streams": {"customers": {"path": "data/*.csv", "key": "id"}}}
    block = {"connector": "files", "department": "sales", "config": config, "streams": ["customers"]}
    write_project(project, systems={"shop": block})
    (project / "data").mkdir()
    rows = "".join(f"{n},Anna Schmidt{n},Manager {n}\n" for n in range(ROWS))
    (project / "data" / "list.csv").write_text("id,name,title\n" + rows, encoding="utf-8")
    mapping = project / "config" / "mappings" / "shop" / "customers.yaml"
    mapping.parent.mkdir(parents=True)
    mapping.write_text(MAPPING, encoding="utf-8")
    return project


def test_a_stream_that_can_only_be_read_through_is_read_through_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert synced(folder)["systems"]["shop"]["streams"]["customers"]["changed"] == ROWS
    mapping = folder / "config" / "mappings" / "shop" / "customers.yaml"
    mapping.write_text(MAPPING + "    job_title: {pull: title}\n", encoding="utf-8")
    asked: list[int] = []
    real = FilesReader.fetch

    def counted(reader: FilesReader, ids: Sequence[str]) -> Iterator[Record]:
        asked.append(len(ids))
        return real(reader, ids)

    monkeypatch.setattr(FilesReader, "fetch", counted)
    with open_hub(folder, {}) as hub:
        (ahead,) = forecast(hub)
    assert (ahead.records, ahead.fetch, ahead.paths) == (ROWS, ROWS, ("title",))
    done = synced(folder)["systems"]["shop"]["remapped"]["customers"]
    assert asked == [ROWS]
    assert (done["fetched"], done["changed"], done["left"]) == (ROWS, ROWS, 0)
    assert "remapped" not in synced(folder)["systems"]["shop"]


def test_records_that_no_file_holds_any_more_are_read_from_what_was_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    synced(folder)
    (folder / "data" / "list.csv").write_text("id,name,title\n1,Anna Schmidt1,Manager 1\n", encoding="utf-8")
    mapping = folder / "config" / "mappings" / "shop" / "customers.yaml"
    mapping.write_text(MAPPING + "    job_title: {pull: title}\n", encoding="utf-8")
    done = synced(folder)["systems"]["shop"]["remapped"]["customers"]
    assert (done["fetched"], done["not_given"], done["left"]) == (1, ROWS - 1, 0)
