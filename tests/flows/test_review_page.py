"""One question with all that a steward needs, and what an answer would come to before it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.compare_fields import Written, compare
from flows.decisions import Decision, FieldWord, decide
from flows.effect import effect_of_decision
from flows.hub import Hub
from flows.profile_view import as_it_is, masked, profile_shown
from flows.review_page import review_seen
from flows.stewards import review_page, undo_acts
from golden_record.errors import NotDecidable
from golden_record.store.tables import metadata
from tests.console.conftest import LANDLINE, P2, P3, ask_more, people
from tests.system.world import World, world


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two namesakes behind one switchboard are asked about; both systems take pushes."""
    with world(tmp_path_factory.mktemp("asked") / "project", people()) as made:
        ask_more(made).sync(push=False)
        yield made


@pytest.fixture
def hub(asked: World) -> Iterator[Hub]:
    with asked.hub() as opened:
        yield opened


def the_question(hub: Hub) -> dict[str, Any]:
    (one,) = review_page(hub, status="open", after=None, limit=9, show=as_it_is)["items"]
    found = review_seen(hub, one["id"], as_it_is, raw=True)
    assert found is not None
    return found


def whole_store(hub: Hub) -> dict[str, int]:
    """Count what stands in every table, and a hash of it."""
    with hub.store.read() as connection:
        return {
            table.name: hash(tuple(sorted(map(str, connection.execute(sa.select(table)).all()))))
            for table in metadata.sorted_tables
            if table.name != "leases"
        }


def field(shown: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(next(one for one in shown["fields"] if one["field"] == name))


def test_the_records_stand_side_by_side_with_what_a_match_would_make_of_them(hub: Hub) -> None:
    shown = the_question(hub)
    assert {one["system"] for one in shown["columns"]} == {"zoho_crm", "fxiaoke"}
    assert all(one["department"] for one in shown["columns"])
    assert field(shown, "name")["state"] == "equal"
    phones = field(shown, "phones")
    assert phones["state"] == "partly"
    assert {one["value"] for one in phones["proposed"]} == {LANDLINE, P2, P3}


def test_evidence_adds_up_and_what_would_change_the_answer_is_named(hub: Hub) -> None:
    evidence = the_question(hub)["evidence"]
    assert sum(step["bits"] for step in evidence["comparisons"]) == pytest.approx(evidence["weight"], abs=0.05)
    assert all(step["bits"] < 0 for step in evidence["against"])
    assert evidence["changes"]
    assert {one["decision"] for one in evidence["changes"]}.isdisjoint({evidence["decision"]})


def test_masked_no_value_of_a_person_is_in_the_page(hub: Hub) -> None:
    seen = review_seen(hub, the_question(hub)["id"], masked(hub), raw=False)
    text = str(seen)
    for value in (LANDLINE, P2, P3, "诸葛明远"):
        assert value not in text


def test_trying_an_answer_changes_nothing_and_says_what_each_system_would_get(hub: Hub) -> None:
    question = the_question(hub)
    before = whole_store(hub)
    tried = effect_of_decision(hub, question["id"], Decision("match"), author="li", show=as_it_is)
    assert whole_store(hub) == before
    (joined,) = tried["profiles"]
    assert set(joined["fields"]["phones"]) == {LANDLINE, P2, P3}
    written = {one["system"]: one["records"] for one in tried["systems"] if one["records"]}
    new = {system: [f["new"] for r in records for f in r["fields"].values()] for system, records in written.items()}
    assert P3 in new["zoho_crm"]
    assert any(P2 in str(value) for value in new["fxiaoke"])


def test_no_match_shares_nothing_between_the_two_and_lets_each_be_made_where_it_lacks(hub: Hub) -> None:
    tried = effect_of_decision(hub, the_question(hub)["id"], Decision("no_match"), author="li", show=as_it_is)
    assert len(tried["profiles"]) == 2
    records = [record for one in tried["systems"] for record in one["records"]]
    assert {one["kind"] for one in records} == {"create"}
    for one in records:
        sent = str(one["fields"])
        assert (P2 in sent) != (P3 in sent)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "project", people()) as made:
        ask_more(made).sync(push=False)
        yield made


def test_what_was_tried_is_what_comes_and_a_field_is_picked_with_it_and_both_are_undone(fresh: World) -> None:
    with fresh.hub() as hub:
        question = the_question(hub)
        mine = next(one for one in question["columns"] if one["system"] == "fxiaoke")
        record = (mine["system"], mine["stream"], mine["id"])
        decision = Decision("match", words={"phones": FieldWord(record)}, pin=True)
        before = [profile_shown(hub, one, as_it_is) for one in question["profiles"]]
        (tried,) = effect_of_decision(hub, question["id"], decision, author="li", show=as_it_is)["profiles"]
        done = decide(hub, question["id"], decision, author="li", reason="same voice", stamp=question["stamp"])
        (kept,) = done.profiles
        shown = profile_shown(hub, kept, as_it_is)
        assert shown is not None
        assert shown["fields"] == tried["fields"]
        assert set(shown["fields"]["phones"]) == {LANDLINE, P3}
        assert shown["lineage"]["phones"]["rule"] == "pin"
        assert len(done.acts) == 2
        undo_acts(hub, [done.run_id], author="li", reason="no")
        after = [profile_shown(hub, one, as_it_is) for one in question["profiles"]]
        assert [one and one["fields"] for one in after] == [one and one["fields"] for one in before]
        assert the_question(hub)["id"] == question["id"]


def test_a_page_left_open_over_a_change_decides_nothing(fresh: World) -> None:
    with fresh.hub() as hub:
        question = the_question(hub)
        zoho = next(one for one in question["columns"] if one["system"] == "zoho_crm")
        fresh.edit("zoho_crm", "Contacts", zoho["id"], Title="总监")
    fresh.sync(push=False)
    with fresh.hub() as hub:
        with pytest.raises(NotDecidable) as refused:
            decide(hub, question["id"], Decision("match"), author="li", reason="r", stamp=question["stamp"])
        assert refused.value.why == "changed_since"
        again = the_question(hub)
        assert again["stamp"] != question["stamp"]
        decide(hub, question["id"], Decision("match"), author="li", reason="r", stamp=again["stamp"])
        with pytest.raises(NotDecidable) as closed:
            decide(hub, question["id"], Decision("no_match"), author="wang", reason="r", stamp=again["stamp"])
        assert (closed.value.why, closed.value.facts["by"]) == ("closed", "li")


def test_a_typed_value_that_is_none_of_its_field_keeps_nothing_of_the_decision(fresh: World) -> None:
    with fresh.hub() as hub:
        question = the_question(hub)
        mine = question["columns"][0]
        words = {"birthday": FieldWord((mine["system"], mine["stream"], mine["id"]))}
        with pytest.raises(NotDecidable):
            decide(hub, question["id"], Decision("match", words=words), author="li", reason="r")
        assert the_question(hub)["status"] == "open"


def written(*pairs: tuple[str, str]) -> tuple[Written, ...]:
    return tuple(Written(raw, value) for raw, value in pairs)


@pytest.mark.parametrize(
    ("cells", "state"),
    [
        ([written(("138", "+86138")), written(("138", "+86138"))], "equal"),
        ([written(("138", "+86138")), written(("1 38", "+86138"))], "normalised"),
        ([written(("a", "a")), written(("b", "b"))], "different"),
        ([written(("a", "a"), ("b", "b")), written(("b", "b"))], "partly"),
        ([written(("a", "a")), ()], "one_sided"),
        ([(), ()], "empty"),
        ([written(("a", "a")), (Written("?", "?", valid=False, issues=("invalid",)),)], "one_sided"),
        ([written(("a", "a"), ("b", "b")), written(("b", "b"), ("a", "a"))], "equal"),
    ],
)
def test_fields_compare_by_meaning(cells: list[tuple[Written, ...]], state: str) -> None:
    assert compare(cells) == state
