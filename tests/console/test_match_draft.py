"""`crmhub match draft`, and the tutorial of docs/matching.md, run as it stands there."""

from __future__ import annotations

import random
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from console.main import run
from flows.new_project import write_project
from tests.console.hands import Shell

PAGE = Path(__file__).parents[2] / "docs" / "matching.md"
FIRST = ("Golden", "Blue", "Old", "Royal", "Little", "Green", "Happy", "Grand", "Silver", "Corner", "Ocean", "Red")
SECOND = ("Dragon", "Lotus", "Garden", "Harbour", "Palace", "Bistro", "Kitchen", "Terrace", "Tavern", "Oyster", "Grill")
STREETS = ("Main St.", "Ocean Ave.", "Sunset Blvd.", "Park Row", "Hill Rd.", "Market St.", "Lake Dr.", "Broadway")
CITIES = ("Los Angeles", "New York", "San Francisco", "Atlanta", "Las Vegas")
KINDS = ("italian", "chinese", "seafood", "american", "french")


def restaurants(count: int, seed: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (customer, row); every second restaurant is listed twice, the second time as another guide writes it."""
    chance = random.Random(seed)
    for number in range(count):
        row = {
            "id": f"a{number}",
            "name": f"{chance.choice(FIRST)} {chance.choice(SECOND)} {chance.choice(SECOND)}",
            "address": f"{chance.randrange(1, 999)} {chance.choice(STREETS)}",
            "city": chance.choice(CITIES),
            "phone": f"{chance.randrange(200, 999)}-{chance.randrange(10**7):07d}",
            "kind": chance.choice(KINDS),
        }
        yield str(number), row
        if number % 2 == 0:
            other = dict(row, id=f"b{number}")
            slip = chance.choice(("name", "address", "phone", "kind", "none"))
            if slip == "name":
                other["name"] = row["name"][:-2] + row["name"][-1]
            elif slip == "address":
                other["address"] = row["address"].replace(".", "").upper()
            elif slip == "phone":
                other["phone"] = row["phone"].replace("-", "/")
            elif slip == "kind":
                other["kind"] = ""
            yield str(number), other


def write_restaurants(folder: Path, count: int = 220, seed: int = 3) -> None:
    rows = list(restaurants(count, seed))
    lines = ["id,name,address,city,phone,kind", *(",".join(row.values()) for _, row in rows)]
    (folder / "restaurants.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    labels = ["system,stream,id,customer", *(f"guide,restaurants,{row['id']},{customer}" for customer, row in rows)]
    (folder / "labels.csv").write_text("\n".join(labels) + "\n", encoding="utf-8")


def steps(page: str) -> Iterator[tuple[str, str, str]]:
    """Yield (what, name, text) of the tutorial: files to write, commands to run."""
    section = page.split("## Your own fields: a model from nothing")[1].split("<!--", maxsplit=1)[0]
    for name, kind, text in re.findall(r"(?:`([^`\n]+)`:\n\n)?```(\w+)\n(.*?)```", section, re.DOTALL):
        if kind == "yaml":
            yield "file", name, text
        else:
            yield from (("command", "", line) for line in text.splitlines() if line.startswith("crmhub "))


def test_the_tutorial_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "places"
    done = 0
    for what, name, text in steps(PAGE.read_text(encoding="utf-8")):
        if what == "file":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
            continue
        assert run(shlex.split(text)[1:]) == 0, (text, capsys.readouterr().err)
        done += 1
        if text.startswith("crmhub init"):
            write_restaurants(folder)
            monkeypatch.chdir(folder)
    assert done == 9
    assert (folder / "thresholds.svg").read_text("utf-8").startswith("<svg")
    found = Shell(folder, capsys).ask("match", "evaluate", "--labels", str(folder / "labels.csv"))
    best = max(one["pairs"]["f1"] for one in found["by_threshold"])
    assert best > 0.97
    assert found["pairs"]["precision"] > 0.98


def test_a_draft_takes_the_place_of_one_model_and_leaves_what_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_project(tmp_path / "p", systems={})
    (tmp_path / "p" / "config" / "profile.yaml").write_text(
        "person:\n  fields:\n    code: {type: identifier, survives: [most_recent]}\n"
        "    age: {type: number, survives: [most_recent]}\n",
        encoding="utf-8",
    )
    shell = Shell(tmp_path / "p", capsys)
    assert shell.on("sync", "--no-push").code == 2, "the shipped model reads fields that this profile does not have"
    report = shell.ask("match", "draft", "--write")
    assert (report["records"], report["taken_out"]) == (0, ["company"])
    written = YAML(typ="safe").load((tmp_path / "p" / "config" / "matching.yaml").read_text("utf-8"))
    assert [one["field"] for one in written["person"]["comparisons"]] == ["code"]
    assert written["person"]["blocking"][0]["fields"] == ["code"]
    assert shell.on("sync", "--no-push").code == 0


def test_without_write_the_draft_is_only_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(tmp_path / "p", systems={})
    before = (tmp_path / "p" / "config" / "matching.yaml").read_text("utf-8")
    shown = Shell(tmp_path / "p", capsys).on("match", "draft").out
    assert YAML(typ="safe").load(shown)["person"]["comparisons"]
    assert (tmp_path / "p" / "config" / "matching.yaml").read_text("utf-8") == before
    assert "no entity `planet`" in Shell(tmp_path / "p", capsys).on("match", "draft", "--entity", "planet").err
