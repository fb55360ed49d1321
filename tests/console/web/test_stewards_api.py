"""`/api/reviews` and `/api/profiles`: each act once with its undo, and what is refused, without its values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.console.web.desk import Desk
from tests.console.web.stewards_desk import PAIRS, SCRIPT, stewards_desk

NOBODY = "0" * 26
WHY = {"reason": "seen side by side"}
RECORD = {"system": "zoho_crm", "stream": "Contacts", "id": "none"}
LATER = "2099-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A queue with pairs and a value in dispute; each test undoes what it did or has a pair of its own."""
    with stewards_desk(tmp_path_factory.mktemp("api") / "project") as made:
        yield made


def get(desk: Desk, path: str) -> Any:
    answer = desk.served.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ask(desk: Desk, path: str, body: Any, status: int = 200) -> Any:
    answer = desk.served.ask(path, body)
    assert answer.status_code == status, answer.text
    return answer.json()


def queue(desk: Desk, kind: str) -> list[str]:
    return [one["id"] for one in get(desk, f"/api/queue?kind={kind}&limit=100")["items"]]


def family(desk: Desk, name: str) -> list[dict[str, Any]]:
    """Return the profiles of a family, in order of id."""
    items = get(desk, "/api/profiles?entity=person&limit=200")["items"]
    return [one for one in items if str(one["fields"].get("name", "")).startswith(name)]


def undone(desk: Desk, run_id: str) -> None:
    """Take a run's acts back; a second time is refused."""
    ask(desk, "/api/undo", {"ids": [run_id], **WHY})
    ask(desk, "/api/undo", {"ids": [run_id], **WHY}, 409)


# ------------------------------------------------------------------------------------------------ reviews


def test_a_pair_is_looked_at_tried_decided_and_taken_back(desk: Desk) -> None:
    review = queue(desk, "duplicate")[0]
    page = get(desk, f"/api/reviews/{review}/page")
    effect = ask(desk, f"/api/reviews/{review}/effect", {"decision": "match"})
    assert len(effect["profiles"]) == 1
    assert get(desk, f"/api/reviews/{review}")["status"] == "open"
    answer = {"decision": "match", "stamp": page["stamp"], **WHY}
    done = ask(desk, f"/api/reviews/{review}/decide", answer)
    assert get(desk, f"/api/reviews/{review}")["decision"] == "match"
    again = ask(desk, f"/api/reviews/{review}/decide", answer, 409)
    assert "closed" in str(again)
    undone(desk, done["run_id"])
    assert get(desk, f"/api/reviews/{review}")["status"] == "open"


def test_a_value_is_picked_or_given_and_what_is_none_is_refused_without_it(desk: Desk) -> None:
    [review] = queue(desk, "value")
    path = f"/api/reviews/{review}/decide"
    field = get(desk, f"/api/reviews/{review}")["field"]
    wrong = ask(desk, path, {"decision": "value", "words": {field: {"values": [SCRIPT]}}, **WHY}, 422)
    assert SCRIPT not in str(wrong)
    assert ask(desk, path, {"decision": "pick", "n": 99, **WHY}, 409)
    undone(desk, ask(desk, path, {"decision": "pick", "n": 1, **WHY})["run_id"])
    done = ask(desk, path, {"decision": "value", "words": {field: {"values": ["vip"]}}, "pin": True, **WHY})
    undone(desk, done["run_id"])


def test_a_question_is_taken_released_put_off_and_commented_on(desk: Desk) -> None:
    review = queue(desk, "duplicate")[1]
    assert ask(desk, f"/api/reviews/{review}/take", {"minutes": 5})["id"] == review
    assert get(desk, f"/api/reviews/{review}/page")["held_by"] == "test"
    assert ask(desk, f"/api/reviews/{review}/release", None)["id"] == review
    assert get(desk, f"/api/reviews/{review}/page")["held_by"] is None
    done = ask(desk, f"/api/reviews/{review}/defer", {"until": LATER, **WHY})
    assert review not in queue(desk, "duplicate")
    assert review in [one["id"] for one in get(desk, "/api/queue?deferred=true")["items"]]
    undone(desk, done["run_id"])
    assert review in queue(desk, "duplicate")
    ask(desk, f"/api/reviews/{review}/comment", {"words": f"their sister {SCRIPT}"})
    assert SCRIPT in str(get(desk, f"/api/reviews/{review}/page"))
    taken = ask(desk, "/api/reviews/take", {"minutes": 1})["id"]
    ask(desk, f"/api/reviews/{taken}/release", None)


def test_many_are_decided_by_a_rule_below_a_ceiling_and_undone_as_one(desk: Desk) -> None:
    rule = {"kind": "duplicate"}
    assert ask(desk, "/api/reviews/bulk/sample", rule)["fitting"] == PAIRS
    many = {"rule": rule, "decision": "no_match", **WHY}
    ask(desk, "/api/reviews/bulk", {**many, "ceiling": PAIRS - 1}, 409)
    assert len(queue(desk, "duplicate")) == PAIRS
    done = ask(desk, "/api/reviews/bulk", many)
    assert queue(desk, "duplicate") == []
    undone(desk, done["run_id"])
    assert len(queue(desk, "duplicate")) == PAIRS


# ----------------------------------------------------------------------------------------------- profiles


def test_a_profile_is_made_edited_tried_and_shown_as_it_was(desk: Desk) -> None:
    values = {"name": ["令狐冲"], "emails": ["linghu@huaxin-cable.cn"]}
    made = ask(desk, "/api/profiles", {"values": values, **WHY}, 201)
    assert made["created"]
    path = f"/api/profiles/{made['profile_id']}"
    stamp = get(desk, f"{path}/page")["stamp"]
    change = {"set": {"job_title": ["总监"]}, "pin": True, "until": LATER}
    assert ask(desk, f"{path}/edit/effect", change)["profiles"][0]["fields"]["job_title"] == "总监"
    assert "job_title" not in get(desk, path)["fields"]
    done = ask(desk, f"{path}/edit", {**change, "stamp": stamp, **WHY})
    ask(desk, f"{path}/edit", {**change, "stamp": stamp, **WHY}, 409)
    assert get(desk, path)["fields"]["job_title"] == "总监"
    assert get(desk, f"{path}/at?at={LATER}")["fields"]["job_title"] == "总监"
    assert "job_title" not in str(get(desk, f"{path}/at?at=2001-01-01T00:00:00Z").get("fields"))
    undone(desk, done["run_id"])
    assert "job_title" not in get(desk, path)["fields"]
    known = ask(desk, "/api/profiles", {"values": values, **WHY}, 201)
    assert (known["created"], known["profile_id"]) == (False, made["profile_id"])


def test_a_customer_is_told_by_history_story_interactions_and_likely_duplicates(desk: Desk) -> None:
    one, other = (each["profile_id"] for each in family(desk, "东方"))
    kinds = {each["kind"] for each in get(desk, f"/api/profiles/{one}/history")["items"]}
    assert {"created", "first_sight"} <= kinds
    first = get(desk, f"/api/profiles/{one}/history?limit=1")
    assert get(desk, f"/api/profiles/{one}/history?limit=1&after={first['next']}")["items"] != first["items"]
    assert len(get(desk, f"/api/profiles/{one}/story")["records"]) == 1
    assert get(desk, f"/api/profiles/{one}/interactions")["items"] == []
    [near] = get(desk, f"/api/profiles/{one}/duplicates")["items"]
    assert (near["profile_id"], near["apart"]) == (other, False)
    masked = desk.served.get(f"/api/profiles/{one}/page?mask=true").text
    assert "明远" not in masked
    assert "明远" in desk.served.get(f"/api/profiles/{one}/page").text


def test_two_are_merged_parted_kept_apart(desk: Desk) -> None:
    one, other = (each["profile_id"] for each in family(desk, "公冶"))
    assert len(get(desk, f"/api/profiles/{one}/merge/effect?other={other}")["profiles"]) == 1
    ask(desk, f"/api/profiles/{one}/merge", {"other": other, **WHY})
    [living] = (each["profile_id"] for each in family(desk, "公冶"))
    former = other if living == one else one
    assert get(desk, f"/api/profiles/{former}")["profile_id"] == living
    ask(desk, f"/api/profiles/{living}/unmerge", {"former": former, **WHY})
    assert {each["profile_id"] for each in family(desk, "公冶")} == {one, other}
    ask(desk, f"/api/profiles/{one}/apart", {"other": other, **WHY}, 409)  # who parts two keeps them apart
    one, other = (each["profile_id"] for each in family(desk, "宗政"))
    done = ask(desk, f"/api/profiles/{one}/apart", {"other": other, **WHY})
    [near] = get(desk, f"/api/profiles/{one}/duplicates")["items"]
    assert near["apart"]
    undone(desk, done["run_id"])


def test_records_are_split_off_and_come_back_and_a_deletion_is_asked_for_once(desk: Desk) -> None:
    [both] = family(desk, "独孤")
    path, leaving = f"/api/profiles/{both['profile_id']}", {"records": both["sources"][:1], **WHY}
    assert len(ask(desk, f"{path}/split/effect", leaving)["profiles"]) == 2
    done = ask(desk, f"{path}/split", leaving)
    assert len(family(desk, "独孤")) == 2
    undone(desk, done["run_id"])
    assert len(family(desk, "独孤")) == 1
    asked = ask(desk, f"{path}/delete-request", WHY)
    ask(desk, f"{path}/delete-request", WHY, 409)
    undone(desk, asked["run_id"])


# ------------------------------------------------------------------------------------------ what is refused

READ = ("", "/page", "/history", "/story", "/interactions", "/duplicates", f"/at?at={LATER}")
ABOUT_NOBODY = (
    ("/edit", {"set": {"job_title": ["x"]}, **WHY}),
    ("/edit/effect", {"set": {"job_title": ["x"]}}),
    ("/merge", {"other": NOBODY, **WHY}),
    ("/apart", {"other": NOBODY, **WHY}),
    ("/split", {"records": [RECORD], **WHY}),
    ("/split/effect", {"records": [RECORD], **WHY}),
    ("/unmerge", {"former": NOBODY, **WHY}),
    ("/delete-request", WHY),
)
SENSELESS = (
    ("/api/profiles", {"values": {"emails": [SCRIPT]}, **WHY}),
    ("/api/profiles", {"values": {"no_such_field": ["x"]}, **WHY}),
    ("/api/profiles", {"values": {"job_title": ["x" * 10_001]}, **WHY}),
    ("/api/profiles/{p}/edit", WHY),
    ("/api/profiles/{p}/edit", {"set": {"birthday": [SCRIPT]}, **WHY}),
    ("/api/profiles/{p}/edit", {"set": {"job_title": ["x"]}, "until": LATER, **WHY}),
    ("/api/profiles/{p}/edit", {"set": {"job_title": ["x"]}}),
    ("/api/profiles/{p}/edit/effect", {"set": {"emails": [SCRIPT]}}),
    ("/api/profiles/{p}/split", {"records": [], **WHY}),
    ("/api/profiles/{p}/delete-request", {"reason": ""}),
    ("/api/reviews/{r}/decide", {"decision": "burn", **WHY}),
    ("/api/reviews/{r}/decide", {"decision": "match"}),
    ("/api/reviews/{r}/decide", {"decision": "match", "n": 1, **WHY}),
    ("/api/reviews/{r}/take", {"minutes": 0}),
    ("/api/reviews/{r}/defer", {"until": "2099-01-01", **WHY}),
    ("/api/reviews/{r}/comment", {"words": ""}),
    ("/api/reviews/bulk", {"rule": {"kind": "duplicate"}, "decision": "pick", **WHY}),
    ("/api/undo", {"ids": [], **WHY}),
)


def told(answer: requests.Response) -> None:
    """The common shape of errors, and nothing of what was sent."""
    said = answer.json()
    assert {"error", "message", "cure"} <= set(said)
    assert said["message"]
    assert SCRIPT not in answer.text


@pytest.mark.parametrize("path", READ)
def test_reading_a_profile_that_is_not_there_is_404(desk: Desk, path: str) -> None:
    answer = desk.served.get(f"/api/profiles/{NOBODY}{path}")
    assert answer.status_code == 404
    told(answer)


@pytest.mark.parametrize(("path", "body"), ABOUT_NOBODY)
def test_an_act_on_a_profile_that_is_not_there_is_409_and_says_so(desk: Desk, path: str, body: Any) -> None:
    answer = desk.served.ask(f"/api/profiles/{NOBODY}{path}", body)
    assert answer.status_code == 409, answer.text
    told(answer)


def test_a_review_that_is_not_there(desk: Desk) -> None:
    for path in ("", "/page"):
        assert desk.served.get(f"/api/reviews/{NOBODY}{path}").status_code == 404
    bodies = {
        "decide": {"decision": "match", **WHY},
        "effect": {"decision": "match"},
        "take": {},
        "release": None,
        "defer": {"until": LATER, **WHY},
        "comment": {"words": "x"},
    }
    for act, body in bodies.items():
        answer = desk.served.ask(f"/api/reviews/{NOBODY}/{act}", body)
        assert answer.status_code == 409, (act, answer.text)
        told(answer)


@pytest.mark.parametrize(("path", "body"), SENSELESS)
def test_what_cannot_be_meant_is_422_without_what_was_sent(desk: Desk, path: str, body: Any) -> None:
    names = {"p": family(desk, "澹台")[0]["profile_id"], "r": queue(desk, "duplicate")[2]}
    answer = desk.served.ask(path.format(**names), body)
    assert answer.status_code == 422, answer.text
    told(answer)
