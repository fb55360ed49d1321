"""Two stewards of different departments, over things of the one, of the other, of both and of none: one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from console.access import passwords
from console.access.user import Role
from console.web.pages.reviews import question
from flows.deletion_requests import deletion_asked, request_deletion
from flows.departments import departments_of, departments_of_acts
from flows.hub import Hub
from flows.profile_acts import edit
from flows.profile_edits import Edit, create_profile
from flows.profile_view import as_it_is, profile_page
from flows.stewards import comment_review, review_page, undo_acts
from golden_record.store import inbox, users
from tests.console.web.desk import PASSWORD, Desk, Hand, add_users
from tests.console.web.served import Served, serving
from tests.system.world import typed, world

SALES, SERVICE = "sales", "service"
OWNERS = {"zoho_crm": SALES, "fxiaoke": SERVICE}
OTHER = {SALES: SERVICE, SERVICE: SALES}
WHOSE = ("sales", "service", "both", "none")
NEVER = "of another page"
"""A stamp that fits nothing: an act that is let pass is refused by it, and changes nothing."""

Case = tuple[Any, ...]
"""Method, path, and what is sent along."""
PROFILE: tuple[Case, ...] = (
    ("GET", "/profiles/{p}"),
    ("GET", "/profiles/{lower}"),
    ("GET", "/profiles/{p}/edit"),
    ("POST", "/profiles/{p}/edit"),
    ("POST", "/profiles/{lower}/edit/effect"),
    ("GET", "/profiles/{p}/split"),
    ("POST", "/profiles/{p}/split"),
    ("POST", "/profiles/{lower}/split/effect"),
    ("POST", "/profiles/{p}/unmerge"),
    ("GET", "/profiles/{p}/merge?with={p}"),
    ("POST", "/profiles/{p}/merge?with={p}"),
    ("POST", "/profiles/{lower}/delete"),
    ("POST", "/reveal", {"profile": "{p}", "field": "emails"}),
    ("GET", "/api/profiles/{p}"),
    *(("GET", f"/api/profiles/{{p}}/{one}") for one in ("page", "history", "story", "interactions", "duplicates")),
    ("GET", "/api/profiles/{lower}/at?at=2026-01-01T00:00:00Z"),
    ("POST", "/api/profiles/{lower}/edit", {"set": {"job_title": ["x"]}, "reason": "x", "stamp": NEVER}),
    ("POST", "/api/profiles/{p}/edit/effect", {"set": {"job_title": ["x"]}}),
    ("GET", "/api/profiles/{p}/merge/effect?other={p}"),
    ("POST", "/api/profiles/{p}/merge", {"other": "{p}", "reason": "x"}),
    ("POST", "/api/profiles/{p}/apart", {"other": "{lower}", "reason": "x"}),
    ("POST", "/api/profiles/{p}/split", {"records": [{"system": "a", "stream": "b", "id": "c"}], "reason": "x"}),
    ("POST", "/api/profiles/{p}/split/effect", {"records": [{"system": "a", "stream": "b", "id": "c"}], "reason": "x"}),
    ("POST", "/api/profiles/{p}/unmerge", {"former": "{p}", "reason": "x"}),
    ("POST", "/api/profiles/{p}/delete-request", {"reason": "x"}),
)
"""Every route about one profile; all but the last are asked for what no profile takes, so that they change nothing."""
REVIEW: tuple[Case, ...] = (
    ("GET", "/reviews/{r}"),
    ("POST", "/reviews/{r}/effect", {"decision": "match"}),
    ("POST", "/reviews/{r}/decide", {"decision": "match", "stamp": NEVER}),
    ("POST", "/reviews/{r}/comment", {"words": ""}),
    ("POST", "/reviews/{r}/defer", {"until": "never"}),
    ("POST", "/reviews/{r}/take"),
    ("POST", "/reviews/{r}/release"),
    ("POST", "/reviews/{r}/reveal"),
    ("GET", "/api/reviews/{r}"),
    ("GET", "/api/reviews/{r}/page"),
    ("POST", "/api/reviews/{r}/effect", {"decision": "match"}),
    ("POST", "/api/reviews/{r}/decide", {"decision": "match", "reason": "x", "stamp": NEVER}),
    ("POST", "/api/reviews/{r}/comment", {"words": "seen"}),
    ("POST", "/api/reviews/{r}/defer", {"until": "2001-01-01T00:00:00Z", "reason": "x"}),
    ("POST", "/api/reviews/{r}/take", {"minutes": 1}),
    ("POST", "/api/reviews/{r}/release"),
)
RECORD: tuple[Case, ...] = (
    ("GET", "/runs/{run}/record?system={system}&stream={stream}&id={id}"),
    ("GET", "/api/runs/{run}/trace?system={system}&stream={stream}&id={id}"),
)
WRITE: tuple[Case, ...] = (
    ("POST", "/writes/{w}", {"act": "dismiss", "reason": ""}),
    ("POST", "/api/writes/{w}/retry"),
)


@dataclass
class Things:
    """The desk, and by whose they are: profiles, reviews, a record of each, and a waiting write to each system."""

    desk: Desk
    profiles: dict[str, dict[str, Any]]
    reviews: dict[str, str]
    writes: dict[str, str]
    run: str

    def names(self, whose: str) -> dict[str, str]:
        """Return what the paths of the table are filled with."""
        profile = self.profiles[whose]
        record = (profile["sources"] or [{"system": "by_hand", "stream": "none", "id": "none"}])[0]
        found = {"p": profile["profile_id"], "lower": profile["profile_id"].lower(), "run": self.run, **record}
        return found | {"r": self.reviews.get(whose, "0" * 26), "w": self.writes.get(whose, "0" * 26)}


def namesakes(system: str, family: str) -> list[Any]:
    """Two records of one system that may be one customer: they share a name and a switchboard."""
    name = {"family": family, "given": "明远", "full_name": f"{family}明远", "phone": "+862162345601"}
    mobiles = ("+8613911113301", "+8613911115502")
    return [typed(system, "contact", f"{family}{place}", {**name, "mobile": one}) for place, one in enumerate(mobiles)]


def people() -> list[Any]:
    """A customer of each department and one of both, all with a mail; namesakes within a department and across."""
    mail = {"email": "xiaowen.ouyang@huaxin-cable.cn"}
    sales = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", **mail}
    service = {"family": "司徒", "given": "建军", "full_name": "司徒建军", "email": "jianjun.situ@huaxin-cable.cn"}
    both = {"family": "独孤", "given": "求败", "full_name": "独孤求败", "email": "q.dugu@huaxin-cable.cn"}
    across = [
        namesakes("zoho_crm", "皇甫")[0],
        namesakes("fxiaoke", "皇甫")[1],
    ]
    return [
        typed("zoho_crm", "contact", "sales", sales),
        typed("fxiaoke", "contact", "service", service),
        typed("zoho_crm", "contact", "both", {**both, "mobile": "+8613622220002"}),
        typed("fxiaoke", "contact", "both", {**both, "mobile": "+8613622220002"}),
        *namesakes("zoho_crm", "夏侯"),
        *namesakes("fxiaoke", "诸葛"),
        *across,
    ]


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Things]:
    """Writes to both systems are refused for now, so that every customer stays where they are and writes wait."""
    folder = tmp_path_factory.mktemp("departments") / "project"
    with world(folder, people(), departments=OWNERS) as made:
        made.change_yaml("matching.yaml", lambda said: said["person"]["thresholds"].update(auto=16))
        made.control("/_faults", [{"system": one, "kind": "fail_rows", "rate": 1.0} for one in OWNERS])
        run = made.sync()["run_id"]
        with serving(made.folder, work=False) as served:
            add_users(served)
            for department in (SALES, SERVICE):
                add_user(served, department)
            yield found_things(Desk(served, made), run)


def add_user(served: Served, department: str) -> None:
    """Add somebody who is bound to one department, and whom no role stops."""
    with served.hub.store.write() as connection:
        users.add(
            connection,
            department,
            shown=department,
            roles=[Role.STEWARD, Role.OPS],
            departments=[department],
            sensitive=False,
            password=passwords.kept(PASSWORD),
            must_change=False,
            now=served.hub.now(),
        )


def found_things(desk: Desk, run: str) -> Things:
    """Look up by their names and records what is whose."""
    hub = desk.served.hub
    create_profile(hub, "person", {"name": ["闻人无忌"], "emails": ["w@huaxin-cable.cn"]}, author="li", reason="met")
    named = {"欧阳晓雯": "sales", "司徒建军": "service", "独孤求败": "both", "闻人无忌": "none"}
    items = profile_page(hub, entity="person", after=None, limit=100, show=as_it_is)["items"]
    profiles = {whose: one for one in items for name, whose in named.items() if name in str(one["fields"].get("name"))}
    reviews = {}
    for one in review_page(hub, status="open", after=None, limit=100, show=as_it_is)["items"]:
        owners = {OWNERS[record["system"]] for record in one["records"]}
        reviews["both" if len(owners) > 1 else owners.pop()] = one["id"]
    writes = {OWNERS[one["system"]]: one["id"] for one in desk.served.get("/api/writes").json()["items"]}
    return Things(desk, profiles, reviews, writes, run)


def ask(hand: Hand, method: str, path: str, body: Any) -> int:
    """Ask as somebody who signed in; a body goes as JSON to the API, as a form to pages."""
    headers = {"X-Form-Token": hand.form_token("/account")}
    sent = {"json": body} if path.startswith("/api/") and body is not None else {"data": body or {}}
    answer = hand.request(method, hand.url + path, headers=headers, allow_redirects=False, timeout=90, **sent)
    return answer.status_code


def filled(said: Any, names: dict[str, str]) -> Any:
    """Fill the names of things into a path or a body."""
    if isinstance(said, dict):
        return {name: filled(one, names) for name, one in said.items()}
    return said.format(**names) if isinstance(said, str) else said


def test_the_things_are_whose_they_are_said_to_be(things: Things) -> None:
    hub = things.desk.served.hub
    owners = {
        whose: set(departments_of(hub, [source["system"] for source in one["sources"]]))
        for whose, one in things.profiles.items()
    }
    assert owners == {"sales": {SALES}, "service": {SERVICE}, "both": {SALES, SERVICE}, "none": set()}
    assert set(things.reviews) == {"sales", "service", "both"}
    assert set(things.writes) == {"sales", "service"}


@pytest.mark.parametrize("who", [SALES, SERVICE])
@pytest.mark.parametrize("whose", WHOSE)
def test_a_route_about_one_thing_refuses_those_of_other_departments_and_lets_its_own_pass(
    things: Things, who: str, whose: str
) -> None:
    hand, names = things.desk.session(who), things.names(whose)
    refused = whose == OTHER[who]
    table: list[Case] = [*PROFILE, *RECORD]
    table += REVIEW if whose in things.reviews else ()
    table += WRITE if whose in things.writes else ()
    wrong = []
    for method, path, *body in table:
        status = ask(hand, method, filled(path, names), filled(body[0], names) if body else None)
        if (status == 403) != refused or status >= 500:
            wrong.append((method, path, status))
    assert wrong == []
    asked = deletion_asked(things.desk.served.hub, names["p"])
    assert (asked is None) == refused
    if asked is not None:
        undo_acts(things.desk.served.hub, [asked.act_id], author=who, reason="only tried")


@pytest.mark.parametrize("who", [SALES, SERVICE])
def test_lists_hold_what_is_theirs_or_nobodys(things: Things, who: str) -> None:
    hand, other = things.desk.session(who), things.names(OTHER[who])
    mine = [things.names(one) for one in (who, "both")]
    found = {one["profile_id"] for one in hand.see("/api/profiles?entity=person").json()["items"]}
    assert {one["p"] for one in [*mine, things.names("none")]} <= found
    assert other["p"] not in found
    assert other["p"] not in str(hand.see(f"/api/profiles?q={other['p']}").json())
    assert other["p"] not in hand.see("/profiles").text
    for path in ("/api/reviews", "/api/reviews?status=all", "/api/queue", "/reviews"):
        text = hand.see(path).text
        assert [one["r"] in text for one in [*mine, other]] == [True, True, False], path
    for path in ("/api/writes", "/api/plan"):
        answer = hand.see(path).json()
        assert {OWNERS[one["system"]] for one in answer.get("items", answer.get("writes"))} == {who}
    assert other["w"] not in hand.see("/writes").text
    for path in ("/api/quality/list", "/quality/list"):
        assert hand.see(path).status_code == 200
        assert hand.see(f"{path}?department={OTHER[who]}").status_code == 403


def test_an_act_on_two_profiles_or_several_systems_asks_for_both(things: Things) -> None:
    hand, mine, other = things.desk.session(SALES), things.names("both"), things.names("service")
    record = "{system}/{stream}/{id}".format(**other)
    for name in (other["p"], other["lower"], record):
        body = {"other": name, "reason": "x"}
        status = 422 if name == record else 403  # over the API, profiles are named by their ids only
        assert ask(hand, "POST", f"/api/profiles/{mine['p']}/merge", body) == status
        assert ask(hand, "POST", f"/api/profiles/{mine['p']}/apart", body) == status
        assert hand.see(f"/api/profiles/{mine['p']}/merge/effect?other={name}").status_code == status
        assert ask(hand, "POST", f"/profiles/{mine['p']}/merge", {"with": name}) == 403
        assert hand.see(f"/profiles/{mine['p']}/merge?with={name}").status_code == 403
    assert ask(hand, "POST", f"/api/profiles/{mine['p']}/unmerge", {"former": other["p"], "reason": "x"}) == 403
    assert ask(hand, "POST", f"/profiles/{mine['p']}/unmerge", {"former": other["p"]}) == 403
    for systems in ([], ["fxiaoke"], ["zoho_crm", "fxiaoke"]):
        assert ask(hand, "POST", "/api/plans", {"systems": systems}) == 403
        assert ask(hand, "POST", "/api/sync", {"systems": systems}) == 403
        assert ask(hand, "POST", "/plans", {"system": systems}) == 403
    assert ask(hand, "POST", "/today/sync", {"system": "fxiaoke"}) == 403
    assert ask(hand, "POST", "/api/plans", {"systems": ["zoho_crm"]}) == 202


def test_only_whose_plan_it_is_leaves_writes_out_approves_or_pushes_it(things: Things) -> None:
    everybody = things.desk.session("ops")
    assert ask(everybody, "POST", "/api/plans", {"systems": ["fxiaoke"]}) == 202
    plan = everybody.see("/api/plans").json()["items"][0]["plan_id"]
    bodies = {"leave-out": {"ids": ["x"]}, "approve": {"reason": "x"}, "push": None}
    for who, allowed in ((SALES, False), (SERVICE, True)):
        for act, body in bodies.items():
            form = {"write": "x", "reason": "x"}
            for status in (
                ask(things.desk.session(who), "POST", f"/api/plans/{plan}/{act}", body),
                ask(things.desk.session(who), "POST", f"/plans/{plan}/{act}", form),
            ):
                assert (status != 403) == allowed, (who, act, status)


def test_a_posted_event_is_tried_again_by_those_of_its_system_only(things: Things) -> None:
    hub = things.desk.served.hub
    with hub.store.write() as connection:
        event = failed_event(hub, connection)
    sales, service = (things.desk.session(one) for one in (SALES, SERVICE))
    assert ask(sales, "POST", f"/api/events/{event}/retry", None) == 403
    assert ask(sales, "POST", f"/systems/zoho_crm/events/{event}/retry", None) == 403
    assert ask(service, "POST", f"/api/events/{event}/retry", None) == 202


def failed_event(hub: Hub, connection: sa.Connection) -> str:
    """Keep what Fxiaoke posted, and let it have failed."""
    content = inbox.Content(problems=("unreadable",))
    kept = inbox.keep(connection, hub.store.vault, "fxiaoke", "posted-once", content, hub.now())
    inbox.end(connection, [kept.event_id], inbox.FAILED, hub.now())
    return kept.event_id


def test_acts_are_taken_back_only_by_those_whose_customers_they_were_about(things: Things) -> None:
    hub, service = things.desk.served.hub, things.names("service")
    done = [
        edit(hub, service["p"], Edit({"job_title": ["经理"]}), author="li", reason="said so"),
        request_deletion(hub, service["p"], author="li", reason="asked for it"),
    ]
    for one in done:
        for name in (one.run_id, one.acts[0]):
            assert departments_of_acts(hub, name) == [{SERVICE}]
            assert ask(things.desk.session(SALES), "POST", "/api/undo", {"ids": [name], "reason": "x"}) == 403
            assert ask(things.desk.session(SALES), "POST", f"/acts/{name}/undo", {}) == 403
    assert ask(things.desk.session(SERVICE), "POST", "/api/undo", {"ids": [done[0].run_id], "reason": "x"}) == 200
    assert ask(things.desk.session(SERVICE), "POST", f"/acts/{done[1].acts[0]}/undo", {}) == 303


def test_a_comment_is_taken_back_only_by_those_of_its_question(things: Things) -> None:
    done = comment_review(things.desk.served.hub, things.reviews["sales"], author="li", words="see their contract")
    assert departments_of_acts(things.desk.served.hub, done.run_id) == [{SALES}]
    assert ask(things.desk.session(SERVICE), "POST", "/api/undo", {"ids": [done.run_id], "reason": "x"}) == 403


def test_nothing_is_read_of_a_question_before_its_values_are_refused(
    things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(question, "review_seen", lambda _hub, name, *_said, **_named: read.append(name))
    assert ask(things.desk.session(SALES), "POST", f"/reviews/{things.reviews['service']}/reveal", {}) == 403
    assert read == []
