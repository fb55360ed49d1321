"""`crmhub match explain` and `evaluate`: why, why not, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.console.conftest import OUYANG
from tests.console.hands import Shell
from tests.system.world import World

PAIRS = "system_a,stream_a,id_a,system_b,stream_b,id_b,match"
STREAMS = {"zoho_crm": "Contacts", "fxiaoke": "ContactObj"}


def sources(shell: Shell, text: str) -> list[dict[str, str]]:
    """Return the records of all profiles that a search finds."""
    found = shell.ask("profiles", "search", text)["items"]
    return [source for one in found for source in one["sources"]]


def name(source: dict[str, str]) -> str:
    return f"{source['system']}/{source['stream']}/{source['id']}"


def pair_row(a: dict[str, str], b: dict[str, str], match: int) -> str:
    return ",".join([*name(a).split("/"), *name(b).split("/"), str(match)])


def written(folder: Path, header: str, rows: Sequence[str]) -> str:
    file = folder / "labels.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return str(file)


def evaluated(shell: Shell, labels: str, *more: str) -> tuple[int, dict[str, Any]]:
    answer = shell.on("match", "evaluate", "--labels", labels, "--json", *more)
    return answer.code, answer.json


def test_a_joined_pair_is_explained_by_its_comparisons(look: Shell) -> None:
    a, b = sources(look, OUYANG["email"])
    found = look.ask("match", "explain", name(a), name(b))
    assert found["decision"] == "auto"
    assert found["together"]
    assert found["because"] == "one customer by their own evidence"
    assert {step["field"] for step in found["comparisons"]} >= {"prior", "phones", "emails", "name"}
    assert sum(step["bits"] for step in found["comparisons"]) == pytest.approx(found["weight"], abs=0.01)
    (link,) = found["links"]
    assert (link["kind"], link["weight"]) == ("model", pytest.approx(found["weight"], abs=0.001))
    assert "emails" in found["found_by"]


def test_a_pair_is_the_same_whichever_is_named_first(look: Shell) -> None:
    a, b = map(name, sources(look, "诸葛明远"))
    forth, back = look.ask("match", "explain", a, b), look.ask("match", "explain", b, a)
    assert forth["weight"] == back["weight"]
    assert forth["comparisons"] == back["comparisons"]


def test_a_pair_in_the_band_says_what_would_settle_it(look: Shell) -> None:
    one, other = (item["profile_id"] for item in look.ask("profiles", "search", "诸葛明远")["items"])
    found = look.ask("match", "explain", one, other)
    assert (found["decision"], found["together"]) == ("review", False)
    assert "until a steward decides" in found["because"]
    assert {change["decision"] for change in found["changes"]} & {"auto", "apart"}


def test_strangers_were_never_compared(look: Shell) -> None:
    (a,), (b,) = sources(look, "司马青衫"), sources(look, "令狐若水")
    found = look.ask("match", "explain", name(a), name(b))
    assert found["decision"] == "apart"
    assert "no blocking rule" in found["because"]
    assert found["links"] == []
    said = look.on("match", "explain", name(a), name(b))
    assert "no blocking rule" in said.out


@pytest.mark.usefixtures("synced")
def test_a_stewards_word_is_the_reason_from_then_on(shell: Shell) -> None:
    a, b = map(name, sources(shell, "诸葛明远"))
    (review,) = shell.ask("review", "list")["items"]
    shell.ask("review", "decide", review["id"], "--no-match", "--reason", "two people", "--by", "li")
    found = shell.ask("match", "explain", a, b)
    assert found["because"] == "apart by a steward's word (li)"
    assert [(link["kind"], link["author"]) for link in found["links"] if link["kind"] != "model"] == [("cannot", "li")]
    shell.ask("merge", a, b, "--reason", "one after all", "--by", "wang")
    assert shell.ask("match", "explain", a, b)["because"] == "one customer by a steward's or a system's word"


def test_the_waterfall_is_a_picture_without_values(look: Shell, tmp_path: Path) -> None:
    a, b = map(name, sources(look, OUYANG["email"]))
    file = tmp_path / "why.svg"
    assert look.on("match", "explain", a, b, "--picture", str(file)).code == 0
    drawn = file.read_text("utf-8")
    texts = [one.text for one in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 (our own)
    assert any("weight: auto" in str(text) for text in texts)
    assert any("emails: equal mailbox" in str(text) for text in texts)
    assert OUYANG["email"] not in drawn
    assert OUYANG["family"] not in drawn


def test_unknown_records_and_profiles_are_named(look: Shell) -> None:
    (a,) = map(name, sources(look, "司马青衫"))
    for wrong in ("zoho_crm/Contacts/none", "01ARZ3NDEKTSV4RRFFQ69G5FAV"):
        answer = look.on("match", "explain", a, wrong)
        assert (answer.code, answer.out) == (1, "")
        assert wrong in answer.err
    same = look.on("match", "explain", a, a)
    assert same.code == 1
    assert "same record" in same.err


def test_labelled_pairs_measure_the_profiles(look: Shell, tmp_path: Path) -> None:
    (a, b), (c, d) = sources(look, OUYANG["email"]), sources(look, "诸葛明远")
    labels = written(tmp_path, PAIRS, [pair_row(a, b, 1), pair_row(c, d, 1), pair_row(a, c, 0)])
    code, found = evaluated(look, labels)
    assert code == 0
    assert found["pairs"] == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3, abs=1e-6)}
    assert found["clusters"]["precision"] < 1
    (miss,) = found["misses"]
    assert {name(miss["records"]["a"]), name(miss["records"]["b"])} == {name(c), name(d)}
    assert "until a steward decides" in miss["because"]
    tried = {one["bits"]: one["pairs"] for one in found["by_threshold"]}
    assert tried[found["threshold"]] == found["pairs"]
    assert max(one["recall"] for one in tried.values()) == 1.0
    assert list(tried) == sorted(tried)


def test_labelled_customers_measure_the_same(look: Shell, tmp_path: Path) -> None:
    people = {"ouyang": sources(look, OUYANG["email"]), "zhuge": sources(look, "诸葛明远")}
    rows = [f"{name(one).replace('/', ',')},{customer}" for customer, found in people.items() for one in found]
    code, found = evaluated(look, written(tmp_path, "system,stream,id,customer", rows))
    assert code == 0
    assert (found["pairs"]["precision"], found["pairs"]["recall"]) == (1.0, 0.5)
    assert found["clusters"]["recall"] == 0.5
    assert found["wrong"] == {"false_merges": 0, "misses": 1}


def test_a_false_merge_is_shown_with_its_reason(look: Shell, tmp_path: Path) -> None:
    a, b = sources(look, OUYANG["email"])
    _code, found = evaluated(look, written(tmp_path, PAIRS, [pair_row(a, b, 0)]))
    assert found["pairs"]["precision"] == 0
    (merge,) = found["false_merges"]
    assert merge["because"] == "one customer by their own evidence"
    assert any(step["bits"] > 5 for step in merge["comparisons"])


def test_bad_labels_are_named_with_their_lines_and_the_others_count(look: Shell, tmp_path: Path) -> None:
    (a, b), (c, d) = sources(look, OUYANG["email"]), sources(look, "诸葛明远")
    ghost = {"system": "zoho_crm", "stream": "Contacts", "id": "ghost"}
    rows = [
        pair_row(a, b, 1),
        pair_row(a, ghost, 1),
        pair_row(c, d, 7),
        pair_row(c, c, 1),
        pair_row(b, a, 0),
        ",,,,,,1",
    ]
    code, found = evaluated(look, written(tmp_path, PAIRS, rows))
    assert code == 1
    assert found["labels"] | {"of_other_entities": 0} == {"rows": 6, "used": 1, "of_other_entities": 0, "problems": 5}
    said = {problem["line"]: problem["why"] for problem in found["problems"]}
    assert said[3] == "the hub knows no record zoho_crm/Contacts/ghost"
    assert "neither 1 nor 0" in said[4]
    assert "twice" in said[5]
    assert "contradicts line 2" in said[6]
    assert "empty" in said[7]


def test_a_no_that_other_rows_make_impossible_is_named(look: Shell, tmp_path: Path) -> None:
    (a, b), (c, _d) = sources(look, OUYANG["email"]), sources(look, "诸葛明远")
    rows = [pair_row(a, b, 1), pair_row(b, c, 1), pair_row(a, c, 0)]
    code, found = evaluated(look, written(tmp_path, PAIRS, rows))
    assert code == 1
    assert [(one["line"], "left out" in one["why"]) for one in found["problems"]] == [(4, True)]


@pytest.mark.parametrize(
    ("content", "why"),
    [("a,b\n1,2\n", "has the columns `a,b`"), (PAIRS + "\n", "has no rows"), ("", "has the columns `none`")],
)
def test_a_file_that_is_no_labels_is_a_wrong_command_line(look: Shell, tmp_path: Path, content: str, why: str) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(content, encoding="utf-8")
    answer = look.on("match", "evaluate", "--labels", str(file))
    assert (answer.code, answer.out) == (2, "")
    assert why in answer.err


def test_the_thresholds_are_drawn(look: Shell, tmp_path: Path) -> None:
    a, b = sources(look, OUYANG["email"])
    labels, file = written(tmp_path, PAIRS, [pair_row(a, b, 1)]), tmp_path / "thresholds.svg"
    assert look.on("match", "evaluate", "--labels", labels, "--chart", str(file)).code == 0
    curves = list(ET.fromstring(file.read_text("utf-8")).iter("{http://www.w3.org/2000/svg}polyline"))  # noqa: S314 (our own)
    assert len(curves) == 3


@pytest.mark.usefixtures("here")
def test_labels_of_records_that_nobody_has_pulled_are_refused(shell: Shell, tmp_path: Path, here: World) -> None:
    assert here.folder == shell.project
    labels = written(tmp_path, "system,stream,id,customer", ["zoho_crm,Contacts,1,x"])
    answer = shell.on("match", "evaluate", "--labels", labels)
    assert answer.code == 1
    assert "line 2: the hub knows no record zoho_crm/Contacts/1" in answer.err
