"""Personal data is masked until somebody who may asks for it; that act, and its refusal, are noted for good."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

from flows.kept_plans import ask_for_plan
from flows.on_demand import carry_out_next
from golden_record.store import act_notes, audit
from golden_record.store.audit import ACTS
from tests.console.web.desk import Desk


def noted(desk: Desk, kind: str, who: str) -> list[dict[str, Any]]:
    hub = desk.served.hub
    with hub.store.read() as connection:
        found = act_notes.page(connection, hub.store.vault, kind=kind, who=who)
    return [dict(one.content or {}) for one in found]


def profile_with(desk: Desk, field: str) -> dict[str, Any]:
    items = desk.served.get("/api/profiles?limit=200&entity=person").json()["items"]
    return next(one for one in items if field in one["fields"])


def test_a_steward_sees_a_value_and_the_act_is_noted_without_it(console_desk: Desk) -> None:
    profile = profile_with(console_desk, "emails")
    form = {"profile": profile["profile_id"], "field": "emails"}
    answer = console_desk.session("steward").fill("/reveal", form)
    assert answer.status_code == 200
    assert profile["fields"]["emails"][0] in answer.text
    [entry, *_] = noted(console_desk, "value.revealed", "steward")
    assert (entry["who"], entry["field"], entry["of"]) == ("steward", "emails", profile["profile_id"])
    assert profile["fields"]["emails"][0] not in str(entry)
    hub = console_desk.served.hub
    with hub.store.read() as connection:
        assert audit.verify(connection, hub.store.vault, ACTS).sound


def test_a_viewer_is_refused_and_that_is_noted(console_desk: Desk) -> None:
    profile = profile_with(console_desk, "emails")
    form = {"profile": profile["profile_id"], "field": "emails"}
    answer = console_desk.session("viewer").fill("/reveal", form)
    assert answer.status_code == 403
    assert profile["fields"]["emails"][0] not in answer.text
    [entry, *_] = noted(console_desk, "refused", "viewer")
    assert (entry["act"], entry["why"]) == ("values.reveal", "role")


def test_over_the_api_a_signed_in_person_gets_values_masked(console_desk: Desk) -> None:
    profile = profile_with(console_desk, "emails")
    shown = console_desk.session("steward").see(f"/api/profiles/{profile['profile_id']}?mask=false")
    assert shown.status_code == 200
    assert profile["fields"]["emails"][0] not in shown.text


def test_a_masked_value_of_a_write_is_shown_where_it_is_planned_and_noted(console_desk: Desk) -> None:
    here, hub = console_desk.world, console_desk.served.hub
    contact = min(here.records("fxiaoke", "ContactObj"))
    here.edit("fxiaoke", "ContactObj", contact, email="shown.once@kinglee-optics.cn")
    here.sync(push=False)
    plan_id = ask_for_plan(hub, [], by="ops")
    assert carry_out_next(hub, wait=5)
    steward = console_desk.session("steward")
    page = steward.see(f"/plans/{plan_id}?field=emails").text
    assert "shown.once" not in page
    wish = json.loads(unescape(re.findall("hx-post=\"/reveal/write\" hx-vals='([^']*)'", page)[0]))
    assert wish["plan"] == plan_id
    answer = steward.fill("/reveal/write", wish)
    assert (answer.status_code, "shown.once@kinglee-optics.cn" in answer.text) == (200, True)
    [entry, *_] = noted(console_desk, "value.revealed", "steward")
    assert entry["field"] == "emails"
    assert "kinglee" not in str(entry)
    assert console_desk.session("ops").fill("/reveal/write", wish).status_code == 403
    assert "/reveal/write" not in console_desk.session("ops").see(f"/plans/{plan_id}?field=emails").text
    assert steward.fill("/reveal/write", wish | {"field": "no_such"}).status_code == 404
    assert steward.fill("/reveal/write", wish | {"write": "0" * 26, "plan": ""}).status_code == 404
