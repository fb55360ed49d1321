"""`crmhub review`, `merge`, `split` and `unmerge`: the steward's word, and undoing it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.conftest import LANDLINE, OUYANG, P2, P3
from tests.console.hands import Shell
from tests.system.world import World

REVIEW = {"id", "kind", "profiles", "records", "field", "candidates", "weight", "status"}


def namesakes(shell: Shell) -> list[dict[str, Any]]:
    return list(shell.ask("profiles", "search", "诸葛明远")["items"])


def the_pair(shell: Shell) -> dict[str, Any]:
    (review,) = shell.ask("review", "list")["items"]
    return dict(review)


@pytest.fixture
def disputed(synced: World, shell: Shell) -> str:
    """Two systems changed one customer's tier, neither knowing of the other; return the review's id."""
    synced.settle()
    sources = shell.ask("profiles", "search", OUYANG["email"])["items"][0]["sources"]
    ids = {one["system"]: one["id"] for one in sources}
    synced.edit("zoho_crm", "Contacts", ids["zoho_crm"], Rating="vip")
    synced.edit("fxiaoke", "ContactObj", ids["fxiaoke"], tier__c="basic")
    synced.sync()
    (review,) = [one for one in shell.ask("review", "list")["items"] if one["kind"] == "value"]
    return str(review["id"])


def test_a_pair_in_the_band_is_asked_about(look: Shell) -> None:
    review = the_pair(look)
    assert set(review) >= REVIEW
    assert (review["kind"], review["status"], review["field"]) == ("duplicate", "open", None)
    assert {one["system"] for one in review["records"]} == {"zoho_crm", "fxiaoke"}
    assert sorted(review["profiles"]) == sorted(one["profile_id"] for one in namesakes(look))
    assert isinstance(review["weight"], float)
    assert look.ask("review", "show", review["id"]) == review


def test_what_a_customer_is_worth_brings_a_question_forward_and_is_named(shell: Shell, synced: World) -> None:
    (before,) = [one for one in shell.ask("review", "list")["items"] if one["kind"] == "duplicate"]
    assert [one["what"] for one in before["presses"]] == ["weight"]
    record = next(one for one in before["records"] if one["system"] == "zoho_crm")
    synced.edit("zoho_crm", "Contacts", record["id"], Rating="vip")
    synced.sync(push=False)
    (after,) = [one for one in shell.ask("review", "list")["items"] if one["kind"] == "duplicate"]
    assert after["id"] == before["id"]
    assert [(one["value"], one["days"]) for one in after["presses"] if one["what"] == "tier"] == [("vip", 3.0)]
    assert after["due_at"] < before["due_at"]
    assert "tier vip" in shell.on("review", "list").out
    assert "3 days sooner for tier vip" in shell.on("review", "show", before["id"]).out


@pytest.mark.usefixtures("synced")
def test_a_match_joins_them_for_good(shell: Shell, synced: World) -> None:
    review = the_pair(shell)
    done = shell.ask("review", "decide", review["id"], "--match", "--reason", "same voice", "--by", "li")
    assert (done["status"], done["decision"]) == ("decided", "match")
    (joined,) = namesakes(shell)
    assert done["profiles"] == [joined["profile_id"]]
    assert len(joined["sources"]) == 2
    synced.sync(full=True, push=False)
    assert namesakes(shell) == [joined]
    closed = shell.ask("review", "show", review["id"])
    assert (closed["status"], closed["author"]) == ("decided", "li")
    assert shell.ask("review", "list")["items"] == []


def test_no_match_is_not_asked_again(shell: Shell, synced: World) -> None:
    shell.ask("review", "decide", the_pair(shell)["id"], "--no-match", "--reason", "two people")
    synced.settle()
    synced.sync(full=True)
    assert len(namesakes(shell)) == 2
    assert shell.ask("review", "list")["items"] == []


@pytest.mark.usefixtures("synced")
def test_what_somebody_else_has_decided_is_refused(shell: Shell) -> None:
    review = the_pair(shell)
    shell.ask("review", "decide", review["id"], "--no-match", "--reason", "two people", "--by", "li")
    answer = shell.on("review", "decide", review["id"], "--match", "--reason", "one", "--by", "wang")
    assert answer.code == 1
    assert "li" in answer.err
    assert "no_match" in answer.err
    assert len(namesakes(shell)) == 2


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--match"], 2),
        (["--reason", "r"], 2),
        (["--match", "--no-match", "--reason", "r"], 2),
        (["--pick", "1", "--reason", "r"], 1),
        (["--value", "x", "--reason", "r"], 1),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(look: Shell, options: list[str], code: int) -> None:
    review = the_pair(look)
    assert look.on("review", "decide", review["id"], *options).code == code
    assert the_pair(look) == review


def test_a_picked_value_goes_to_both_systems(shell: Shell, synced: World, disputed: str) -> None:
    review = shell.ask("review", "show", disputed)
    assert review["field"] == "tier"
    by_value = {one["value"]: one for one in review["candidates"]}
    assert set(by_value) == {"vip", "basic"}
    assert by_value["basic"]["source"]["system"] == "fxiaoke"
    shell.ask("review", "decide", disputed, "--pick", str(by_value["basic"]["n"]), "--reason", "asked them")
    synced.settle()
    ids = {one["system"]: one["id"] for one in review["records"]}
    assert synced.value("zoho_crm", "Contacts", ids["zoho_crm"], "Rating") == "basic"
    assert synced.value("fxiaoke", "ContactObj", ids["fxiaoke"], "tier__c") == "basic"


def test_a_typed_value_wins_over_both(shell: Shell, synced: World, disputed: str) -> None:
    assert shell.on("review", "decide", disputed, "--value", "marvellous", "--reason", "r").code == 2
    shell.ask("review", "decide", disputed, "--value", "prospect", "--reason", "asked them")
    synced.settle()
    (found,) = shell.ask("profiles", "search", OUYANG["email"])["items"]
    assert found["fields"]["tier"] == "prospect"


def test_a_dismissed_question_freezes_nothing_and_the_rule_decides(shell: Shell, synced: World, disputed: str) -> None:
    review = shell.ask("review", "show", disputed)
    assert shell.ask("review", "decide", disputed, "--dismiss", "--reason", "later")["status"] == "dismissed"
    synced.settle()
    ids = {one["system"]: one["id"] for one in review["records"]}
    assert synced.value("zoho_crm", "Contacts", ids["zoho_crm"], "Rating") == "basic"
    assert synced.value("fxiaoke", "ContactObj", ids["fxiaoke"], "tier__c") == "basic"
    assert shell.ask("review", "show", disputed)["status"] == "dismissed"
    assert "value" not in {one["kind"] for one in shell.ask("review", "list")["items"]}


def test_merge_then_unmerge_gives_back_what_was_there(shell: Shell, synced: World) -> None:
    before = namesakes(shell)
    a, b = (one["profile_id"] for one in before)
    (kept,) = shell.ask("merge", a, b, "--reason", "one person")["profiles"]
    (gone,) = {a, b} - {kept}
    assert shell.ask("profiles", "show", kept)["redirected_from"] == [gone]
    assert shell.ask("profiles", "show", gone)["profile_id"] == kept
    assert sorted(shell.ask("unmerge", gone, "--reason", "two after all")["profiles"]) == sorted([a, b])

    def told(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{name: value for name, value in one.items() if name != "updated_at"} for one in found]

    assert told(namesakes(shell)) == told(before)
    synced.sync(full=True, push=False)
    assert told(namesakes(shell)) == told(before)


def test_a_split_after_a_push_parts_what_the_hub_made_too(shell: Shell, synced: World) -> None:
    a, b = (one["profile_id"] for one in namesakes(shell))
    shell.ask("merge", a, b, "--reason", "one person")
    synced.settle()
    (joined,) = namesakes(shell)
    z = next(one for one in joined["sources"] if one["system"] == "zoho_crm")
    shell.ask("split", joined["profile_id"], f"zoho_crm/{z['stream']}/{z['id']}", "--reason", "two after all")
    synced.settle()
    parted = namesakes(shell)
    assert len(parted) == 2
    one, other = ({number for number in found["fields"]["phones"] if number != LANDLINE} for found in parted)
    assert {*one, *other} == {P2, P3}
    assert not one & other
    synced.sync(full=True)
    assert [one["profile_id"] for one in namesakes(shell)] == [one["profile_id"] for one in parted]


def test_acts_that_make_no_sense_are_refused(look: Shell) -> None:
    one, other = namesakes(look)
    source = other["sources"][0]
    stranger = f"{source['system']}/{source['stream']}/{source['id']}"
    own = one["sources"][0]
    for act in (
        ["merge", one["profile_id"], one["profile_id"]],
        ["merge", one["profile_id"], "01ARZ3NDEKTSV4RRFFQ69G5FAV"],
        ["split", one["profile_id"], stranger],
        ["split", one["profile_id"], f"{own['system']}/{own['stream']}/{own['id']}"],
        ["unmerge", one["profile_id"]],
        ["unmerge", "01ARZ3NDEKTSV4RRFFQ69G5FAV"],
    ):
        answer = look.on(*act, "--reason", "r")
        assert answer.code == 1, act
        assert len(answer.err.strip().splitlines()) == 1
    assert namesakes(look) == [one, other]


def test_a_decision_is_undone_and_the_question_is_open_again(shell: Shell, synced: World) -> None:
    before = namesakes(shell)
    review = the_pair(shell)
    done = shell.ask("review", "decide", review["id"], "--match", "--reason", "same voice", "--by", "li")
    assert len(namesakes(shell)) == 1
    (act,) = done["acts"]
    undone = shell.ask("undo", act, "--reason", "another voice", "--by", "wang")
    assert [(one["id"], one["kind"], one["author"]) for one in undone["undone"]] == [(act, "joined", "li")]
    assert [one["profile_id"] for one in namesakes(shell)] == [one["profile_id"] for one in before]
    again = the_pair(shell)
    assert (again["id"], again["status"], again["decision"]) == (review["id"], "open", None)
    assert [(one["kind"], one["undone_by"]) for one in again["acts"]] == [("joined", "wang")]
    answer = shell.on("undo", act, "--reason", "again")
    assert answer.code == 1
    assert "wang" in answer.err
    synced.sync(full=True, push=False)
    assert len(namesakes(shell)) == 2


def test_a_run_of_acts_is_undone_at_once_and_other_runs_are_refused(shell: Shell, synced: World) -> None:
    a, b = (one["profile_id"] for one in namesakes(shell))
    merged = shell.ask("merge", a, b, "--reason", "one person")
    shell.ask("undo", merged["run_id"], "--reason", "two after all")
    assert sorted(one["profile_id"] for one in namesakes(shell)) == sorted([a, b])
    run = synced.sync(push=False)["run_id"]
    assert shell.on("undo", run, "--reason", "r").code == 1
    assert shell.on("undo", merged["run_id"]).code == 2


@pytest.mark.usefixtures("synced")
def test_a_question_in_hand_is_decided_by_nobody_else_and_words_stay_with_it(shell: Shell) -> None:
    review = the_pair(shell)
    assert review["suggestion"]["decision"] == "match"
    assert shell.ask("review", "take", "--by", "li")["id"] == review["id"]
    assert shell.ask("review", "show", review["id"])["held_by"] == "li"
    answer = shell.on("review", "decide", review["id"], "--no-match", "--reason", "r", "--by", "wang")
    assert answer.code == 1
    assert "li works on review" in answer.err
    shell.ask("review", "release", review["id"], "--by", "li")
    said = shell.ask("review", "comment", review["id"], "I wrote to them", "--by", "li")
    shown = shell.ask("review", "show", review["id"])
    assert [(one["kind"], one["reason"]) for one in shown["acts"]] == [("commented", "I wrote to them")]
    off = shell.ask("review", "defer", review["id"], "--until", "2099-01-01", "--reason", "no answer yet")
    assert shell.ask("review", "list")["items"] == []
    shell.ask("undo", *said["acts"], *off["acts"], "--reason", "they answered")
    assert the_pair(shell)["deferred_until"] is None
