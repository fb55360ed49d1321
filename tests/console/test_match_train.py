"""`crmhub match train`, `versions` and `use`: learn, look, put in force, go back."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from flows.new_project import write_project
from tests.console.hands import Shell

CUSTOMERS = 120
FAMILIES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"


def people() -> str:
    """Return two rows of each customer as CSV; a second row often lacks the mailbox or has another phone."""
    chance = random.Random(5)
    rows = ["customer_id,name,mobile,email"]
    for number in range(CUSTOMERS):
        name = chance.choice(FAMILIES) + chance.choice(GIVEN) + chance.choice(GIVEN)
        phone, mail = f"138{chance.randrange(10**8):08}", f"user{number}@example-{number % 7}.cn"
        rows.append(f"{2 * number},{name},{phone},{mail}")
        other = phone if chance.random() < 0.7 else f"139{chance.randrange(10**8):08}"
        rows.append(f"{2 * number + 1},{name},{other},{mail if chance.random() < 0.8 else ''}")
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a file of customers."""
    made = tmp_path_factory.mktemp("train") / "project"
    streams = {"customers": {"path": "people.csv", "key": "customer_id"}}
    config = {"connector": "files", "department": "sales", "config": {"streams": streams}, "streams": ["customers"]}
    write_project(made, systems={"shop": config})
    (made / "people.csv").write_text(people(), encoding="utf-8")
    return made


@pytest.fixture
def shop(folder: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(folder, capsys)


def in_force(shell: Shell) -> Any:
    return shell.ask("match", "versions")["in_force"]["person"]


def joined(shell: Shell) -> dict[str, str]:
    """Return record -> profile."""
    profiles = shell.ask("profiles", "list", "--limit", "1000")["items"]
    return {source["id"]: one["profile_id"] for one in profiles for source in one["sources"]}


def test_nothing_pulled_is_nothing_to_learn_from(shop: Shell) -> None:
    answer = shop.on("match", "train")
    assert (answer.code, answer.out) == (1, "")
    assert "0 records are too few" in answer.err


def test_training_by_itself_only_reports(shop: Shell) -> None:
    assert shop.on("sync", "--no-push").code == 0
    before = joined(shop)
    found = shop.ask("match", "train")
    assert (found["records"], found["applied"], found["version"]) == (2 * CUSTOMERS, False, None)
    assert found["sessions"]
    mailbox = next(one for one in found["levels"] if one["level"] == "equal mailbox")
    assert 0.9 < mailbox["m"]["new"] <= 1
    assert set(found["pairs"]) >= {"joined", "review", "gained", "lost", "samples"}
    assert len(found["pairs"]["samples"]["lost"]) <= 10
    assert (joined(shop), in_force(shop)["version"]) == (before, "yaml")
    assert shop.ask("match", "versions")["items"] == []


def test_a_version_is_put_in_force_and_taken_back(shop: Shell) -> None:
    said = shop.on("match", "train", "--apply", "--by", "li")
    assert said.code == 0
    assert "Version 1 is in force" in said.out
    assert in_force(shop)["version"] == 1
    (kept,) = shop.ask("match", "versions")["items"]
    assert (kept["version"], kept["author"], kept["in_force"], kept["records"]) == (1, "li", True, 2 * CUSTOMERS)
    weights = shop.ask("match", "explain", "shop/customers/0", "shop/customers/1")["comparisons"]
    assert shop.on("match", "use", "yaml", "--reason", "try the old one", "--by", "wang").code == 0
    assert in_force(shop)["version"] == "yaml"
    assert shop.ask("match", "explain", "shop/customers/0", "shop/customers/1")["comparisons"] != weights
    assert shop.on("match", "use", "1", "--reason", "and back", "--by", "wang").code == 0
    assert shop.ask("match", "explain", "shop/customers/0", "shop/customers/1")["comparisons"] == weights
    acts = shop.ask("match", "versions")["acts"]
    assert [(act["version"], act["author"]) for act in acts] == [(1, "wang"), ("yaml", "wang"), (1, "li")]


def test_profile_ids_stay_when_every_pair_is_weighed_anew(shop: Shell) -> None:
    before = joined(shop)
    assert shop.on("sync", "--no-push").code == 0
    after = joined(shop)
    assert after.keys() == before.keys()
    assert set(after.values()) <= set(before.values()) or len(set(after.values())) > len(set(before.values()))
    assert sum(after[record] == before[record] for record in before) >= 0.95 * len(before)


def test_an_edit_of_the_file_takes_precedence_and_says_so(shop: Shell, folder: Path) -> None:
    file = folder / "config" / "matching.yaml"
    before = file.read_text("utf-8")
    yaml = YAML()
    edited = yaml.load(before)
    edited["person"]["thresholds"]["auto"] = 7
    with file.open("w", encoding="utf-8") as opened:
        yaml.dump(edited, opened)
    answer = shop.on("match", "versions")
    assert "person: yaml is in force; an edit of matching.yaml put version 1 aside" in answer.out
    file.write_text(before, encoding="utf-8")
    assert in_force(shop) == {"version": 1, "put_aside_by_an_edit": None}


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("match", "use", "9", "--reason", "x"), 1, "no model version 9. Versions: 1"),
        (("match", "use", "latest", "--reason", "x"), 2, "neither a version nor `yaml`"),
        (("match", "use", "1"), 2, "say why"),
        (("match", "train", "--entity", "pet"), 1, "no model for `pet`"),
        (("match", "train", "--from-decisions"), 1, "0 pairs that stewards have joined are too few"),
    ],
)
def test_what_cannot_be_done_is_said(shop: Shell, arguments: tuple[str, ...], code: int, why: str) -> None:
    answer = shop.on(*arguments)
    assert (answer.code, answer.out) == (code, "")
    assert why in answer.err.replace("\n", " ")
