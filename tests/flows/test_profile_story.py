"""A profile tells which records came when, why, who decided what, and what lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.profile_story import story
from flows.profile_view import as_it_is, profile_shown
from flows.stewards import merge, split, undo_acts
from golden_record.elements import Element
from golden_record.stewardship import Said, set_values
from mapping.values import FieldValue
from tests.golden_record.steward_desk import Desk, desk


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, 2, customers=30) as made:
        made.hub.now = lambda: made.clock  # type: ignore[method-assign]  # its own clock
        yield made


def told(here: Desk, profile_id: str) -> dict[str, Any]:
    found = story(here.hub, profile_id, as_it_is)
    assert found is not None
    return found


def of_size(here: Desk, records: int) -> list[str]:
    bound = list(here.shown()["bound"].values())
    return sorted({one for one in bound if bound.count(one) == records})


def test_records_that_evidence_joined_name_the_bits_and_the_other(here: Desk) -> None:
    found = told(here, of_size(here, 2)[0])
    first, second = found["records"]
    assert first["because"] == {"kind": "first"}
    assert second["because"]["kind"] == "evidence"
    assert second["because"]["bits"] >= here.hub.rules.models["person"].thresholds.auto
    assert second["because"]["with"] == {name: first[name] for name in ("system", "stream", "id")}
    assert [turn["kind"] for turn in found["turns"]] == ["created"]


def test_a_merge_is_told_with_its_author_and_reason_and_an_undo_takes_nothing_out_of_the_story(here: Desk) -> None:
    one, other = of_size(here, 1)[:2]
    done = merge(here.hub, one, other, author="li", reason="same voice")
    (kept,) = done.profiles
    found = told(here, other if kept == one else one)  # the id that was merged away leads on
    assert found["profile_id"] == kept
    because = found["records"][1]["because"]
    assert (because["kind"], because["author"], because["reason"]) == ("steward", "li", "same voice")
    assert {"merged", "records_joined", "joined"} <= {turn["kind"] for turn in found["turns"]}
    assert [(act["kind"], act["author"]) for act in found["decisions"]] == [("joined", "li")]
    undo_acts(here.hub, list(done.acts), author="wang", reason="two voices")
    again = told(here, kept)
    assert len(again["records"]) == 1
    assert [act["undone_by"] for act in again["decisions"]] == ["wang"]


def test_what_lost_is_named_with_the_rule_it_lost_to(here: Desk) -> None:
    profile_id = next(one for one in of_size(here, 2) if told(here, one)["values"]["job_title"]["losing"])
    value = told(here, profile_id)["values"]["job_title"]
    (lost,) = value["losing"]
    assert lost["lost_to"] == value["rule"]
    assert {lost["system"], value["system"]} == {"north", "south"}
    shown = profile_shown(here.hub, profile_id, as_it_is)
    assert shown is not None
    assert shown["lineage"]["job_title"]["losing"] == [lost]
    assert lost["value"] != shown["fields"]["job_title"]
    title = FieldValue("总裁", "总裁")
    set_values(here.store, profile_id, {"job_title": Said((Element.of(title),))}, here.new_act())
    here.resolve()
    told_now = told(here, profile_id)
    assert {one["lost_to"] for one in told_now["values"]["job_title"]["losing"]} == {"steward"}
    assert told_now["decisions"][0]["fields"] == ["job_title"]


def test_records_that_were_split_off_are_told_in_their_own_story(here: Desk) -> None:
    profile_id = of_size(here, 2)[0]
    leaving = told(here, profile_id)["records"][1]
    name = "/".join(leaving[part] for part in ("system", "stream", "id"))
    done = split(here.hub, profile_id, [name], author="li", reason="two people")
    (new,) = set(done.profiles) - {profile_id}
    found = told(here, new)
    assert [one["id"] for one in found["records"]] == [leaving["id"]]
    assert "split" in {turn["kind"] for turn in told(here, profile_id)["turns"]}


def test_nobodys_story_is_none(here: Desk) -> None:
    assert story(here.hub, "nobody", as_it_is) is None
