"""The simulator's queries against a plain reading of the rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.fxiaoke.sandbox.index import Shelves
from connectors.fxiaoke.sandbox.people import People
from connectors.fxiaoke.sandbox.query import Search, read_query
from connectors.fxiaoke.sandbox.rows import Caller, Rows
from connectors.fxiaoke.sandbox.switches import Switches
from connectors.http import Call
from connectors.sandboxes.book import RecordBook
from connectors.sandboxes.clock import VirtualClock
from tests.connectors.fxiaoke.conftest import NEW_YEAR, Start, World, typed

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(world: World) -> Ask:
    """Query ContactObj straight over HTTP; return the envelope."""
    client = world.client()
    signed = client.sign_in.sign(Call("POST", world.settings.root, json={})).json

    def query(stream: str = "ContactObj", *, top: Any = None, data: Any = None, **search: Any) -> dict[str, Any]:
        asked = {"dataObjectApiName": stream, "search_query_info": {"limit": 100, **search}, **(data or {})}
        url = f"{world.settings.root}/cgi/crm/v2/data/query"
        answer = world.http.post(url, json={**signed, **(top or {}), "data": asked}, timeout=5)
        assert answer.status_code == 200
        envelope: dict[str, Any] = answer.json()
        assert envelope["traceId"].startswith("E-O.")
        return envelope

    return query


def rows(envelope: dict[str, Any]) -> list[dict[str, Any]]:
    assert envelope["errorCode"] == 0, envelope
    found: list[dict[str, Any]] = envelope["data"]["dataList"]
    return found


@pytest.mark.parametrize(
    ("search", "code"),
    [
        ({"limit": 101}, 15002),
        ({"offset": 150}, 15002),
        ({"offset": 10100}, 10013),
        ({"offset": 10000}, 0),
        ({"limit": "5", "offset": "5"}, 0),
        ({"limit": 0}, 15002),
        ({"filters": [{"field_name": "nope", "operator": "EQ", "field_values": ["1"]}]}, 10006),
        ({"filters": [{"field_name": "name", "operator": "SOUNDS", "field_values": ["1"]}]}, 15002),
        ({"filters": "text"}, 10006),
    ],
)
def test_a_query_is_checked_as_the_gateway_does(ask: Ask, search: dict[str, Any], code: int) -> None:
    assert ask(**search)["errorCode"] == code


def test_the_total_is_told_by_any_of_three_switches(world: World, ask: Ask) -> None:
    assert ask()["data"]["total"] == 3
    assert ask(data={"find_explicit_total_num": False})["data"]["total"] == 0
    assert ask(top={"returnTotalNum": 1})["data"]["total"] == 3
    assert ask(top={"returnTotalNum": 3})["data"]["total"] == 0
    world.switch(SIM_TOTAL="off")
    assert ask()["data"]["total"] == 0
    assert ask(top={"need_return_count_num": True}, limit=1)["data"]["total"] == 3


def test_empty_fields_are_left_out_unless_asked_for_and_a_projection_narrows(ask: Ask) -> None:
    assert all("mobile5" not in row for row in rows(ask()))
    assert all(row["mobile5"] is None for row in rows(ask(top={"includeNull": True})))
    assert all(row.keys() == {"_id", "name"} for row in rows(ask(fieldProjection=["_id", "name"])))


def test_names_of_looked_up_records_come_beside_their_ids(ask: Ask) -> None:
    shown = rows(ask(filters=[{"field_name": "account_id", "operator": "ISN", "field_values": []}]))
    assert [row["account_id__r"] for row in shown] == ["示例科技有限公司"] * 2


def test_an_employee_who_is_no_administrator_sees_own_rows_only(start: Start) -> None:
    world = start([typed("1", owner="销售甲"), typed("2", owner="销售乙"), typed("3")])
    admin = str(world.settings.open_user_id)
    one = admin[:-1] + "1"
    client = world.client(open_user_id=one)
    names = [row["name"] for row in client.rows("ContactObj", [])]
    assert len(names) == 1


def test_a_wrong_path_and_a_misrouted_object_are_refused_with_200(world: World, ask: Ask) -> None:
    answer = world.http.post(world.settings.root + "/cgi/crm/v2/data/batchCreate", json={}, timeout=5)
    assert (answer.status_code, answer.json()["errorCode"]) == (200, 10006)
    assert ask("member__c")["errorCode"] == 10006
    world.switch(SIM_MISROUTE="accept")
    assert ask("member__c")["errorCode"] == 0


def test_switches_are_shown_and_a_wrong_one_is_named(world: World) -> None:
    url = world.settings.root + "/__sim/config"
    assert world.http.get(url, timeout=5).json()["switches"]["SIM_RETURN_INVALID"] == "on_filter"
    wrong = world.http.post(url, json={"SIM_RETURN_INVALID": "maybe"}, timeout=5)
    assert wrong.status_code == 400
    assert "on_filter" in wrong.json()["error"]


# ------------------------------------------------------------------------------- a law, without HTTP

PEOPLE = People("T", [])
NAMES = ["王伟", "李雷", "Ann", ""]
values = st.sampled_from(NAMES)
held = st.lists(
    st.tuples(values, st.integers(0, 5), st.booleans(), st.text("0123456789abcdef", min_size=4, max_size=6)),
    max_size=25,
    unique_by=lambda row: row[3],
)
wanted = st.one_of(
    st.tuples(st.just("remark"), st.sampled_from(["EQ", "N", "IN", "NIN", "LIKE", "STARTWITH"]), st.just(NAMES[:2])),
    st.tuples(st.just("remark"), st.sampled_from(["IS", "ISN"]), st.just([""])),
    st.tuples(
        st.just("last_modified_time"),
        st.sampled_from(["GT", "GTE", "LT", "LTE", "EQ", "N"]),
        st.integers(0, 5).map(lambda minutes: [str(_stamp(minutes))]),
    ),
    st.tuples(st.just("_id"), st.sampled_from(["GT", "LTE", "IN"]), st.just(["8000"])),
    st.tuples(st.just("life_status"), st.just("N"), st.just(["-"])),
)
orders = st.sampled_from([("_id", True), ("_id", False), ("last_modified_time", True), ("last_modified_time", False)])


def _stamp(minutes: int) -> int:
    return int((NEW_YEAR + timedelta(minutes=minutes)).timestamp() * 1000)


def plainly(operator: str, value: Any, asked: list[str]) -> bool:
    """Say what an operator means, written once more and differently."""
    text = "" if value is None else str(value)
    number = isinstance(value, int)
    low = (value - int(asked[0])) if number else ((text > asked[0]) - (text < asked[0]))
    return {
        "EQ": text == asked[0] and text != "",
        "N": text != asked[0],
        "IN": text in asked and text != "",
        "NIN": text not in asked,
        "LIKE": asked[0] in text,
        "STARTWITH": text.startswith(asked[0]),
        "IS": text == "",
        "ISN": text != "",
        "GT": low > 0,
        "GTE": low >= 0,
        "LT": low < 0,
        "LTE": low <= 0,
    }[operator]


@settings(max_examples=200, deadline=None)
@given(held, st.lists(wanted, max_size=3), orders, st.integers(1, 6), st.sampled_from(["on_filter", "always", "never"]))
def test_indexes_give_what_looking_at_every_row_gives(
    held: list[tuple[str, int, bool, str]],
    filters: list[tuple[str, str, list[str]]],
    order: tuple[str, bool],
    limit: int,
    invalid: str,
) -> None:
    book = RecordBook(VirtualClock(), lambda _stream: "unused")
    for *_, record_id in held:
        book.create("ContactObj", {"name": "x", "remark": "old"}, by="people", at=NEW_YEAR, record_id=record_id)
    switches = Switches({"SIM_RETURN_INVALID": invalid})
    shelves = Shelves(book)
    search, caller = Search(shelves, Rows(shelves, PEOPLE), switches), Caller(PEOPLE.admin, numbers=False)
    info = {
        "filters": [{"field_name": name, "operator": op, "field_values": asked} for name, op, asked in filters],
        "orders": [{"fieldName": order[0], "isAsc": order[1]}],
        "limit": limit,
    }
    query = read_query({"data": {"search_query_info": info}}, "ContactObj", switches, "fieldProjection")
    search.run(query, caller)  # builds the indexes that the changes below must keep right
    for remark, minutes, gone, record_id in held:
        at = NEW_YEAR + timedelta(minutes=minutes)
        book.update("ContactObj", record_id, {"remark": remark or None}, by="people", at=at)
        if gone:
            book.delete("ContactObj", record_id, by="people", at=at)

    def passes(row: tuple[str, int, bool, str]) -> bool:
        remark, minutes, gone, record_id = row
        named = any(name == "life_status" for name, _, _ in filters)
        if gone and not (invalid == "always" or (invalid == "on_filter" and named)):
            return False
        shown = {
            "remark": remark or None,
            "last_modified_time": _stamp(minutes),
            "_id": record_id,
            "life_status": "invalid" if gone else "normal",
        }
        return all(plainly(op, shown[name], asked) for name, op, asked in filters)

    passing = [row for row in held if passes(row)]
    answer = search.run(query, caller)
    got = [row["_id"] for row in answer["dataList"]]
    assert answer["total"] == len(passing)
    assert len(got) == min(limit, len(passing))
    if order[0] == "_id":
        assert got == sorted((row[3] for row in passing), reverse=not order[1])[:limit]
    else:
        stamps = [shelves.of("ContactObj").stamp_of[record_id] for record_id in got]
        best = sorted((_stamp(row[1]) for row in passing), reverse=not order[1])[:limit]
        assert stamps == best
    assert set(got) <= {row[3] for row in passing}


def test_a_narrow_time_window_and_a_deep_page_cost_what_they_show() -> None:
    """Counted in rows looked at, not in seconds."""
    book = RecordBook(VirtualClock(), lambda _stream: "unused")
    for n in range(5_000):
        at = NEW_YEAR + timedelta(seconds=n * 7919 % 5_000)
        book.create("ContactObj", {"name": "x"}, by="people", at=at, record_id=f"{n:08x}")
    shelves, looked = Shelves(book), [0]
    switches = Switches({})
    search = Search(shelves, Rows(shelves, PEOPLE), switches)
    held_back = shelves.row

    def counting(stream: str, record_id: str) -> Any:
        looked[0] += 1
        return held_back(stream, record_id)

    shelves.row = counting  # type: ignore[method-assign]
    window = [{"field_name": "last_modified_time", "operator": "GTE", "field_values": [str(_stamp(0) + 4_990_000)]}]
    deep = [{"field_name": "_id", "operator": "GT", "field_values": [f"{4_800:08x}"]}]
    for filters, shown in ((window, 10), (deep, 100)):
        looked[0] = 0
        info = {"filters": filters, "orders": [{"fieldName": "_id", "isAsc": True}], "limit": 100}
        body = {"data": {"search_query_info": info, "find_explicit_total_num": False}}
        query = read_query(body, "ContactObj", switches, "fieldProjection")
        answer = search.run(query, Caller(PEOPLE.admin, numbers=False))
        assert len(answer["dataList"]) == shown
        assert looked[0] <= 110
