from __future__ import annotations

import logging
from typing import Any

import pytest
import responses

from connectors.contract import DELETED_AT
from connectors.errors import StopSystem, TryAgain
from connectors.fxiaoke.client import Client
from connectors.fxiaoke.streams import FxiaokeReader
from tests.connectors.fxiaoke.conftest import NEW_YEAR, Start, World, everything, typed

COMMON_KEYS = {"_id", "name", "last_modified_time"}


def many(count: int) -> list[Any]:
    return [typed(f"{n:05d}", minutes=n * 37 % count, mobile=f"139{n:08d}") for n in range(count)]


def test_a_full_read_gives_every_record_once_past_the_offset_limit(start: Start) -> None:
    """10,100 rows: an offset would end at 10,000."""
    world = start(many(10_100))
    records, state = everything(world.reader())
    assert len(records) == len({record["_id"] for record in records}) == 10_100
    newest = max(record["last_modified_time"] for record in records)
    assert state["last_modified_time"] == str(newest)
    assert world.calls()["query"] == 102 + 1  # the pages, and one question for the newest time


def test_an_idle_pull_is_one_call(start: Start) -> None:
    world = start(many(250))
    _, state = everything(world.reader())
    world.calls()
    records, again = everything(world.reader(), state)
    assert world.calls() == {"query": 1}
    assert len(records) < 10  # the lookback
    assert again["last_modified_time"] == state["last_modified_time"]


def test_an_edit_arrives_alone(world: World) -> None:
    _, state = everything(world.reader())
    edited = world.edit("ContactObj", world.ids()[0], set={"mobile1": "13911112222"})
    records, later = everything(world.reader(), state)
    assert [record["mobile1"] for record in records if record["_id"] == edited] == ["13911112222"]
    assert int(later["last_modified_time"]) > int(state["last_modified_time"])


def test_a_record_that_changes_behind_the_scan_comes_with_the_next_read(start: Start) -> None:
    world = start(many(350))
    pages = world.reader().read(None)
    first = next(pages)
    changed = str(first.records[0]["_id"])
    world.edit("ContactObj", changed, set={"remark": "changed while reading"})
    rest = list(pages)
    records, _ = everything(world.reader(), rest[-1].state)
    assert {record["remark"] for record in records if record["_id"] == changed} == {"changed while reading"}


def test_a_read_that_was_cut_short_goes_on_behind_the_last_page_and_misses_nothing(start: Start) -> None:
    world = start(many(450))
    pages = world.reader().read(None)
    kept = [next(pages), next(pages)]
    early = str(kept[0].records[3]["_id"])
    world.edit("ContactObj", early, set={"remark": "changed between"})
    records, state = everything(world.reader(), kept[-1].state)
    seen = {record["_id"] for page in kept for record in page.records} | {record["_id"] for record in records}
    assert seen == set(world.ids())
    assert any(record["_id"] == early and record.get("remark") for record in records)
    assert len(records) < 450
    assert "after" not in state


def test_a_bulk_change_is_read_again_within_the_lookback_and_not_once_it_has_passed(start: Start) -> None:
    world = start([*(typed(str(n)) for n in range(150)), typed("newest", minutes=2)])
    begin = NEW_YEAR.timestamp()
    first, unsettled = everything(world.reader(now=lambda: begin + 130))
    within, settled = everything(world.reader(now=lambda: begin + 500), unsettled)
    world.calls()
    after, _ = everything(world.reader(now=lambda: begin + 900), settled)
    assert [len(first), len(within), len(after)] == [151, 151, 1]
    assert world.calls() == {"query": 1}


@pytest.mark.parametrize("returned", ["on_filter", "always"])
def test_an_invalidated_record_comes_as_deleted_in_the_same_call(start: Start, returned: str) -> None:
    world = start([typed("1"), typed("2")], switches={"SIM_RETURN_INVALID": returned})
    _, state = everything(world.reader())
    gone = world.edit("ContactObj", world.ids()[0], delete=True)
    world.calls()
    records, _ = everything(world.reader(), state)
    marked = {record["_id"] for record in records if DELETED_AT in record}
    assert marked == {gone}
    assert world.calls() == {"query": 1}


@pytest.mark.parametrize(
    "switches", [{"SIM_RETURN_INVALID": "never"}, {"SIM_INVALID_BUMPS": "no"}], ids=["never shown", "no bump"]
)
def test_where_no_incremental_query_shows_a_deletion_the_sweep_and_fetch_do(
    start: Start, switches: dict[str, str]
) -> None:
    world = start([typed(str(n)) for n in range(3)], switches=switches)
    gone, *live = world.ids()
    world.edit("ContactObj", gone, delete=True)
    swept = {record_id for page in world.reader().sweep() for record_id in page}
    assert swept == set(live)
    fetched = {record["_id"]: DELETED_AT in record for record in world.reader().fetch(world.ids())}
    assert fetched == {gone: True, live[0]: False, live[1]: False}


def test_fetch_takes_a_hundred_ids_to_a_call_and_marks_what_is_not_there(start: Start) -> None:
    world = start(many(120))
    wanted = [*world.ids(), "66aa00000000000000000000"]
    world.reader().schema()
    world.calls()
    records = list(world.reader().fetch(wanted))
    assert [record["_id"] for record in records] == wanted
    assert [DELETED_AT in record for record in records] == [False] * 120 + [True]
    assert world.calls()["query"] == 2 + 1  # a full page is asked for more


@pytest.mark.parametrize(
    "switches",
    [
        {"SIM_TOTAL": "off"},
        {"SIM_ONE_ROW": "map"},
        {"SIM_TRACE_ID": "required"},
        {"SIM_OFFSET_STEP": "accept"},
        {"SIM_MAX_LIMIT": "40", "SIM_LIMIT_OVER": "clamp"},
        {"SIM_EXPIRES_IN": "full"},
    ],
    ids=lambda switches: "+".join(f"{name}={value}" for name, value in switches.items()),
)
def test_reading_bears_every_uncertain_behaviour(start: Start, switches: dict[str, str]) -> None:
    world = start(many(101), switches=switches)
    records, state = everything(world.reader())
    assert {record["_id"] for record in records} == set(world.ids())
    changed = world.edit("ContactObj", world.ids()[50], set={"remark": "x"})
    assert changed in {record["_id"] for record in everything(world.reader(), state)[0]}


@pytest.mark.parametrize("ids", ["number", "open"])
def test_the_header_style_reads_the_same_records(start: Start, ids: str) -> None:
    world = start(many(120), switches={"SIM_HEADER_IDS": ids}, param_style="header")
    records, _ = everything(world.reader())
    assert len(records) == 120
    owners = {owner for record in records for owner in record["owner"]}
    assert owners == ({"1000"} if ids == "number" else {world.block["config"]["config"]["open_user_id"]})


def test_a_custom_object_is_read_on_its_own_path(start: Start) -> None:
    world = start()
    member = world.edit("member__c", set={"name": "会员一", "mobile__c": "13900000001"})
    records, _ = everything(world.reader("member__c"))
    assert [record["_id"] for record in records] == [member]


def test_a_token_that_dies_in_the_middle_is_renewed(start: Start) -> None:
    world = start(many(350))
    pages = world.reader().read(None)
    first = next(pages)
    world.running.sandboxes["fxiaoke"].expire_tokens()
    records = [*first.records, *(record for page in pages for record in page.records)]
    assert len({record["_id"] for record in records}) == 350
    assert world.calls()["V2"] == 2


@pytest.mark.parametrize("code", ["30004", "14001"])
def test_a_refusal_for_frequency_is_waited_out(start: Start, code: str) -> None:
    world = start(many(5))
    busy = {"errorCode": int(code), "errorMessage": "frequency"}
    world.faults({"path": "query$", "kind": "status", "status": 200, "body": busy, "count": 2})
    records, _ = everything(world.reader())
    assert len(records) == 5
    assert [pause for pause in world.asleep if pause >= 20.0] == world.asleep
    assert len(world.asleep) == 2
    assert world.budget.told == [("/cgi/crm/v2/data/query", 20.0)] * 2


def test_the_real_limit_refuses_the_hundred_and_first_call_of_twenty_seconds(start: Start) -> None:
    world = start(many(3), limits="real")
    client = world.client()
    for _ in range(100):
        client.page("ContactObj", [])
    with pytest.raises(TryAgain, match="30004"):
        client.page("ContactObj", [])
    world.control("/_clock", {"advance": 20})
    assert client.page("ContactObj", [])[0]


@pytest.mark.parametrize("kind", ["html", "cut", "hang"])
def test_trouble_on_the_way_is_tried_again(start: Start, kind: str) -> None:
    world = start(many(5), read_timeout=0.3)
    world.faults({"path": "query$", "kind": kind, "count": 1})
    records, _ = everything(world.reader())
    assert len(records) == 5


def test_a_host_that_is_no_gateway_stops_the_system_with_a_cure(start: Start) -> None:
    world = start()
    world.faults({"path": "corpAccessToken", "kind": "html", "status": 302})
    with pytest.raises(StopSystem, match="Check base_url"):
        everything(world.reader())


def page_of(rows: Any) -> dict[str, Any]:
    return {"errorCode": 0, "errorMessage": "OK", "data": {"total": 0, "offset": 0, "limit": 100, "dataList": rows}}


@pytest.fixture
def told(world: World) -> Any:
    """Answers made by hand, for what the simulator never says."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        root = world.settings.root
        token = {"errorCode": 0, "corpAccessToken": "T", "corpId": "FSCID_X", "expiresIn": 7200}
        mock.post(f"{root}/cgi/corpAccessToken/get/V2", json=token)
        yield lambda body: mock.post(f"{root}/cgi/crm/v2/data/query", json=body)


def test_rows_without_an_id_or_of_a_wrong_type_are_skipped_and_counted(
    world: World, told: Any, caplog: pytest.LogCaptureFixture
) -> None:
    good = {"_id": "66aa01", "name": "\ud83d😀", "last_modified_time": "1767225600001"}
    odd = {"_id": "66aa02", "last_modified_time": {"oops": 1}}
    told(page_of([{"name": "no id"}, None, "text", {"_id": 5}, good, odd]))
    with caplog.at_level(logging.WARNING):
        records, state = everything(world.reader())
    assert [record["_id"] for record in records] == ["66aa01", "66aa02"]
    assert state["last_modified_time"] == "1767225600001"
    assert "4 rows without an _id" in caplog.text
    assert "no id" not in caplog.text.replace("[no-id]", "")


def test_a_full_page_that_leads_nowhere_ends_the_read_instead_of_turning_in_circles(world: World, told: Any) -> None:
    told(page_of([{"_id": "66aa01", "last_modified_time": 1}] * 100))
    with pytest.raises(TryAgain, match="did not lead on"):
        everything(world.reader())


@pytest.mark.parametrize("body", [{"errorCode": 0}, {"errorCode": 0, "data": None}, {"errorCode": "0", "data": []}])
def test_an_answer_without_rows_is_no_rows(world: World, told: Any, body: Any) -> None:
    told(body)
    records, state = everything(world.reader(), {"last_modified_time": "5", "read_at": 0})
    assert records == []
    assert state["last_modified_time"] == "5"


def test_a_list_where_the_envelope_was_due_is_trouble_not_an_empty_stream(world: World, told: Any) -> None:
    told([])
    with pytest.raises(TryAgain, match="not the API's"):
        everything(world.reader())


def test_objects_without_a_life_status_are_asked_without_it(world: World) -> None:
    reader = FxiaokeReader(world.client(objects_without_life_status=frozenset({"ContactObj"})), "ContactObj")
    assert reader.any_status() == []
    assert len(everything(reader)[0]) == 3


def test_the_schema_follows_the_tenants_description(world: World) -> None:
    fields = world.reader().schema()["properties"]
    assert fields["owner"]["type"] == ["null", "array"]
    assert fields["date_of_birth"]["type"] == ["null", "integer"]
    assert fields["hub_id__c"]["type"] == ["null", "string"]


def test_listing_pages_in_the_order_of_ids_without_gaps(world: World) -> None:
    client: Client = world.client()
    rows, more = client.page("ContactObj", [])
    assert [row["_id"] for row in rows] == sorted(world.ids())
    assert not more
    assert all(row.keys() >= COMMON_KEYS for row in rows)
