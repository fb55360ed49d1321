"""`crmhub match bulk`: the model through Splink, and the links back; on Spark where Java and pyspark are."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from flows.hub import open_hub
from flows.match_in_bulk import Wanted, match_in_bulk
from flows.new_project import write_project
from golden_record.bulk.workbench import workbench
from golden_record.matching.frequencies import count_frequencies
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.snapshot import every_evidence
from golden_record.store import tables as t
from tests.console.hands import Shell
from tests.console.test_match_train import people

no_spark = pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None or shutil.which("java") is None,
    reason="needs pyspark (`uv sync --group spark`) and Java 17",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a file of customers."""
    streams = {"customers": {"path": "people.csv", "key": "customer_id"}}
    config = {"connector": "files", "department": "sales", "config": {"streams": streams}, "streams": ["customers"]}
    write_project(tmp_path / "project", systems={"shop": config})
    (tmp_path / "project" / "people.csv").write_text(people(), encoding="utf-8")
    return tmp_path / "project"


@pytest.fixture
def shop(folder: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(folder, capsys)


def joined(shell: Shell) -> dict[str, str]:
    """Return record -> profile."""
    profiles = shell.ask("profiles", "list", "--limit", "1000")["items"]
    return {source["id"]: one["profile_id"] for one in profiles for source in one["sources"]}


def test_a_resolved_base_weighs_the_same_through_splink(shop: Shell) -> None:
    assert shop.on("sync", "--no-push").code == 0
    before = joined(shop)
    found = shop.ask("match", "bulk", "--engine", "duckdb")
    assert found["changed"] == {"new": 0, "gone": 0, "other_weight": 0}
    assert (found["records"], found["links"] > 100, found["candidate_pairs"] >= found["links"]) == (240, True, True)
    assert joined(shop) == before


def test_links_that_were_lost_come_back_and_are_settled(shop: Shell, folder: Path) -> None:
    assert shop.on("sync", "--no-push").code == 0
    before = joined(shop)
    with open_hub(folder, {}) as hub, hub.store.write() as connection:
        lost = connection.execute(t.links.delete()).rowcount
        connection.execute(t.normalised_records.update().values(dirty=3))
    dry = shop.ask("match", "bulk", "--dry-run")
    assert (dry["changed"]["new"], dry["dry_run"], "profiles" in dry) == (lost, True, False)
    with open_hub(folder, {}) as hub, hub.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.links)) == 0
    assert "links kept" in shop.on("match", "bulk").out
    assert joined(shop) == before


def test_an_entity_without_a_model_and_a_folder_that_is_none_are_named(shop: Shell) -> None:
    assert "no model for `interaction`" in shop.on("match", "bulk", "--entity", "interaction").err
    answer = shop.on("match", "bulk", "--engine", "spark", "--folder", "/nowhere/at/all")
    assert (answer.code, "is no folder" in answer.err) == (2, True)


def test_what_is_written_for_another_engine_holds_no_text_that_one_only_compares(shop: Shell, folder: Path) -> None:
    assert shop.on("sync", "--no-push").code == 0
    with open_hub(folder, {}) as hub:
        model = hub.rules.models["person"]
        evidences = list(every_evidence(hub.store, "person", EvidenceCache(hub.store.vault, hub.rules)))
        with workbench(model, count_frequencies(model, evidences), evidences) as bench:
            bench.write_keyed(folder, lambda text: hub.store.vault.digest("export", text).hex())
            read, columns = bench.splink.columns.read, bench.splink.columns
    table = pq.read_table(folder / "records.parquet")
    keyed = [name for name in (*columns.texts, *columns.terms) if name not in read]
    written = str(table.select(keyed).to_pydict()) + str(pq.read_table(folder / "blocks.parquet").to_pydict())
    shown = {
        text for one in evidences for values in one.features.values() for value in values for text in value.values()
    }
    assert len(keyed) > 5
    assert not [text for text in shown if len(text) > 2 and text in written]


@no_spark
@pytest.mark.slow
def test_spark_weighs_as_the_hub_does(shop: Shell, folder: Path) -> None:
    assert shop.on("sync", "--no-push").code == 0
    with open_hub(folder, {}) as hub:
        found = match_in_bulk(hub, Wanted("person", "spark", master="local[2]", folder=folder))
    assert found["changed"] == {"new": 0, "gone": 0, "other_weight": 0}
    assert found["links"] > 100


@pytest.mark.skipif(importlib.util.find_spec("pyspark") is not None, reason="pyspark is there")
def test_without_pyspark_one_is_told_what_to_install(shop: Shell) -> None:
    answer = shop.on("match", "bulk", "--engine", "spark")
    assert (answer.code, "uv sync --group spark" in answer.err) == (1, True)
