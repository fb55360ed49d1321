from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.contract import DELETED_AT
from connectors.errors import StopSystem, TryAgain
from connectors.zoho_crm.client import Listed
from connectors.zoho_crm.settings import Settings
from connectors.zoho_crm.streams import Cursor, ModuleReader
from connectors.zoho_crm.times import instant
from tests.connectors.zoho_crm.conftest import AT, Start, Zoho, contact, last_state, records


def ids(found: list[Mapping[str, Any]]) -> list[str]:
    return [str(record["id"]) for record in found]


@pytest.mark.parametrize("page_tokens", ["offset", "keyset"])
def test_every_record_comes_once_though_they_are_more_than_zoho_pages_by_number(start: Start, page_tokens: str) -> None:
    zoho = start([contact(n) for n in range(2_450)], page_tokens=page_tokens)
    found = ids(records(zoho.reader().read(None)))
    assert len(found) == len(set(found)) == 2_450


@pytest.mark.parametrize("page_tokens", ["offset", "keyset"])
def test_more_than_a_page_within_one_second_is_walked_by_token(start: Start, page_tokens: str) -> None:
    zoho = start(
        [contact(n, at=AT) for n in range(700)] + [contact(n) for n in range(700, 900)], page_tokens=page_tokens
    )
    found = ids(records(zoho.reader().read(None)))
    assert len(found) == len(set(found)) == 900


@pytest.mark.parametrize("page_tokens", ["offset", "keyset"])
@pytest.mark.parametrize("act", ["edit", "delete"])
def test_a_record_that_changes_or_goes_during_the_walk_hides_no_other(start: Start, page_tokens: str, act: str) -> None:
    zoho = start([contact(n) for n in range(600)], page_tokens=page_tokens)
    pages = zoho.reader().read(None)
    first = next(pages)
    for record in first.records[:5]:
        zoho.edit("Contacts", record["id"], **({"set": {"Title": "Dr"}} if act == "edit" else {"delete": True}))
    seen = set(ids(list(first.records))) | set(ids(records(pages)))
    assert len(seen) == 600


def test_a_record_that_changes_during_the_walk_comes_again_with_its_new_value(start: Start) -> None:
    zoho = start([contact(n) for n in range(300)])
    pages = zoho.reader().read(None)
    moved = next(pages).records[0]["id"]
    zoho.edit("Contacts", moved, set={"Title": "Dr"})
    assert {record["Title"] for record in records(pages) if record["id"] == moved} == {"Dr"}


def test_a_pull_with_nothing_new_is_one_call_for_changes_and_one_for_deletions(zoho: Zoho) -> None:
    state = last_state(zoho.reader().read(None))
    zoho.calls()
    assert records(zoho.reader().read(state)) == []
    assert zoho.calls() == {"GET /crm/v8/Contacts": 1, "GET /crm/v8/Contacts/deleted": 1}


def test_an_edit_and_a_new_record_arrive_with_the_next_pull_and_nothing_else(zoho: Zoho) -> None:
    reader = zoho.reader()
    everything = records(reader.read(None))
    state = last_state(reader.read(None))
    edited = everything[0]["id"]
    zoho.edit("Contacts", edited, set={"Mobile": "13800001111"})
    new = zoho.edit("Contacts", set={"Last_Name": "Neu"})["id"]
    found = {record["id"]: record for record in records(reader.read(state))}
    assert set(found) == {edited, new}
    assert found[edited]["Mobile"] == "13800001111"


def test_a_restart_from_any_page_misses_nothing(start: Start) -> None:
    zoho = start([contact(n) for n in range(700)])
    pages = list(zoho.reader().read(None))
    everything = set(ids([record for page in pages for record in page.records]))
    for cut in range(1, len(pages)):
        kept = set(ids([record for page in pages[:cut] for record in page.records]))
        states = [page.state for page in pages[:cut] if page.state is not None]
        assert kept | set(ids(records(zoho.reader().read(states[-1])))) >= everything


def test_a_deleted_record_comes_as_its_id_and_the_time_it_went(zoho: Zoho) -> None:
    state = last_state(zoho.reader().read(None))
    gone = records(zoho.reader().read(None))[0]["id"]
    zoho.edit("Contacts", gone, delete=True)
    (found,) = records(zoho.reader().read(state))
    assert found.keys() == {"id", DELETED_AT}
    assert found["id"] == gone
    assert abs(datetime.now(UTC) - datetime.fromisoformat(found[DELETED_AT])) < timedelta(minutes=5)


@pytest.mark.parametrize("deleted_paging", ["page", "token"])
def test_more_deletions_than_zoho_pages_by_number_all_come(start: Start, deleted_paging: str) -> None:
    now = datetime.now(UTC)
    flagged = [contact(n, at=now - timedelta(minutes=n)) for n in range(2_100)]
    zoho = start([_deleted(one) for one in flagged], deleted_paging=deleted_paging)
    found = records(zoho.reader().read(None))
    assert len({record["id"] for record in found if DELETED_AT in record}) == 2_100


def _deleted(one: Any) -> Any:
    return type(one)(
        one.key,
        one.system,
        one.kind,
        one.customers,
        one.values,
        one.created_at,
        one.modified_at,
        None,
        frozenset({"deleted"}),
    )


def test_a_merged_away_record_comes_as_deleted_since_zoho_names_no_winner(zoho: Zoho) -> None:
    state = last_state(zoho.reader().read(None))
    loser, winner, _ = ids(records(zoho.reader().read(None)))
    zoho.edit("Contacts", loser, merge_into=winner)
    found = {record["id"]: record for record in records(zoho.reader().read(state))}
    assert DELETED_AT in found[loser]


def test_a_converted_lead_stays_a_live_record_that_names_its_contact(zoho: Zoho) -> None:
    reader = zoho.reader("Leads")
    lead = ids(records(reader.read(None)))[0]
    state = last_state(reader.read(None))
    body: dict[str, Any] = {"data": [{}]}
    url = f"{zoho.config['base_url']}/crm/v8/Leads/{lead}/actions/convert"
    assert zoho.http.post(url, json=body, headers=zoho.signed(), timeout=10).status_code == 200
    (found,) = records(reader.read(state))
    assert found["id"] == lead
    assert found["Converted__s"] is True
    assert found["Converted_Contact"]["id"] in ids(records(zoho.reader().read(None)))
    assert DELETED_AT not in found


def test_a_token_that_dies_during_the_walk_is_renewed_once(start: Start) -> None:
    zoho = start([contact(n) for n in range(900)])
    pages = zoho.reader().read(None)
    found = ids(list(next(pages).records))
    zoho.faults({"kind": "expire_token", "system": "zoho_crm", "path": "/crm/", "count": 1})
    assert len({*found, *ids(records(pages))}) == 900
    assert zoho.control("GET", "/_stats")["zoho_crm"]["calls"]["POST /oauth/v2/token"] == 2


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 429}, {"kind": "status", "status": 503}, {"kind": "html"}, {"kind": "cut"}]
)
def test_passing_trouble_costs_time_and_no_record(start: Start, fault: dict[str, Any]) -> None:
    zoho = start([contact(n) for n in range(500)])
    zoho.faults({"system": "zoho_crm", "path": "/Contacts", "count": 1, **fault})
    # a 429 makes the budget hold the account for the seconds that the table names
    assert len(set(ids(records(zoho.reader().read(None))))) == 500


@pytest.mark.parametrize("kind", ["hang", "html"])
def test_trouble_that_lasts_ends_the_stream_and_not_with_a_traceback_of_html(zoho: Zoho, kind: str) -> None:
    zoho.faults(
        {"system": "zoho_crm", "path": "/Contacts", "kind": kind, "status": 200}
        if kind == "html"
        else {"system": "zoho_crm", "path": "/Contacts", "kind": kind}
    )
    with pytest.raises(TryAgain) as raised:
        records(zoho.reader(read_timeout=0.2).read(None))
    assert "zoho_crm/Contacts" in str(raised.value)


def test_wrong_credentials_stop_the_system_and_say_what_to_do(zoho: Zoho) -> None:
    with pytest.raises(StopSystem, match="crmhub connect") as raised:
        records(zoho.reader(refresh_token="1000.wrong").read(None))
    assert raised.value.code == "invalid_code"
    assert "wrong" not in str(raised.value)


def test_a_missing_scope_stops_the_system_and_names_the_scopes(start: Start) -> None:
    zoho = start(scopes="ZohoCRM.settings.ALL")
    with pytest.raises(StopSystem, match=r"ZohoCRM\.modules\.ALL"):
        records(zoho.reader().read(None))


def test_a_module_that_is_not_there_stops_and_names_the_setting(zoho: Zoho) -> None:
    with pytest.raises(StopSystem, match="modules"):
        records(zoho.reader("contacts").read(None))


@pytest.mark.parametrize("malformed_id", ["INVALID_DATA", "INVALID_URL_PATTERN"])
def test_fetch_gives_full_records_and_marks_those_that_are_gone(start: Start, malformed_id: str) -> None:
    zoho = start(malformed_id=malformed_id)
    kept, gone, _ = ids(records(zoho.reader().read(None)))
    zoho.edit("Contacts", gone, delete=True)
    wanted = [kept, gone, "5725767000000999999", "nonsense"]
    found = list(zoho.reader().fetch(wanted))
    assert ids(found) == wanted
    assert [DELETED_AT in record for record in found] == [False, True, True, True]
    assert found[0] == next(record for record in records(zoho.reader().read(None)) if record["id"] == kept)


def test_fetch_asks_for_a_hundred_records_a_call(start: Start) -> None:
    zoho = start([contact(n) for n in range(250)])
    wanted = ids(records(zoho.reader().read(None)))
    zoho.calls()
    assert len(list(zoho.reader().fetch(wanted))) == 250
    assert zoho.calls() == {"GET /crm/v8/settings/fields": 1, "GET /crm/v8/Contacts": 3}


def test_a_state_that_cannot_be_read_means_from_the_beginning() -> None:
    assert Cursor.of({"modified": "yesterday", "fields": "Email", "deleted": 7}) == Cursor()


def test_a_state_survives_being_kept(zoho: Zoho) -> None:
    state = last_state(zoho.reader().read(None))
    assert Cursor.of(state).state() == state


def test_new_fields_are_noticed_once_the_list_is_old(zoho: Zoho) -> None:
    state = {**last_state(zoho.reader().read(None)), "fields": ["Modified_Time"]}
    zoho.edit("Contacts", ids(records(zoho.reader().read(None)))[0], set={"Title": "Dr"})
    (stale,) = records(zoho.reader().read(state))
    (fresh,) = records(zoho.reader(fields_refresh_seconds=0).read(state))
    assert "Title" not in stale
    assert fresh["Title"] == "Dr"


def test_the_schema_describes_standard_and_custom_fields(zoho: Zoho) -> None:
    reader = zoho.reader()
    properties = reader.schema()["properties"]
    modified = properties["Modified_Time"]
    assert (modified["type"], modified["format"], modified["readOnly"]) == (["string", "null"], "date-time", True)
    assert properties["Last_Name"]["x-required"] is True
    assert set(properties["Rating"]["x-choices"]) == {"A", "B", "C", "D"}
    assert "Crmhub_Binding" in properties
    assert reader.cursor_field == "Modified_Time"


def test_a_sweep_names_every_living_record_once_across_pages(start: Start) -> None:
    zoho = start([contact(n) for n in range(450)])
    reader = zoho.reader()
    pages = list(reader.sweep())
    ids = [one for page in pages for one in page]
    assert [len(page) for page in pages] == [200, 200, 50]
    gone = ids[7]
    zoho.edit("Contacts", gone, delete=True)
    assert {one for page in zoho.reader().sweep() for one in page} == set(ids) - {gone}


def test_an_empty_module_is_swept_in_one_call(start: Start) -> None:
    zoho = start([])
    assert [one for page in zoho.reader("Deals").sweep() for one in page] == []
    assert zoho.calls() == {"POST /crm/v8/coql": 1}


class Told:
    """A Zoho that answers with pages as given; only what a walk asks of a client."""

    def __init__(self, settings: Settings, *pages: list[dict[str, Any]]) -> None:
        self.settings, self.system, self._pages = settings, "zoho_crm", list(pages)

    def fields(self, _module: str) -> list[dict[str, Any]]:
        return [{"api_name": name, "data_type": "text", "json_type": "string"} for name in ("Modified_Time", "City")]

    def page(self, _module: str, _fields: Any, **_asked: Any) -> Listed:
        rows = self._pages.pop(0)
        return Listed(rows, more=bool(self._pages), token="t", server_time=datetime(2026, 6, 1, tzinfo=UTC))

    def deleted(self, _module: str, *, since: Any) -> Iterator[Listed]:
        del since
        yield Listed([], more=False, token=None, server_time=None)


def test_times_of_any_offset_are_one_order_and_the_cursor_is_the_latest_instant(zoho: Zoho) -> None:
    summer = {"id": "3", "Modified_Time": "2026-03-29T03:30:00+02:00"}  # 01:30 UTC, an hour after the clocks went on
    winter = {"id": "2", "Modified_Time": "2026-03-29T02:15:00+01:00"}  # 01:15 UTC, though its text is the smaller
    west = {"id": "1", "Modified_Time": "2026-03-28T20:00:00-05:00"}  # 01:00 UTC
    zulu = {"id": "4", "Modified_Time": "2026-03-29T01:45:00Z"}
    client: Any = Told(zoho.settings(lookback=0, bulk_read_from=0), [west, winter], [summer], [zulu])
    pages = list(ModuleReader(client, "Contacts").read(None))
    assert [row["id"] for row in records(iter(pages))] == ["1", "2", "3", "4"]
    reached = [instant(page.state["modified"]) for page in pages if page.state]
    assert reached[:3] == [datetime(2026, 3, 29, 1, minute, tzinfo=UTC) for minute in (15, 30, 45)]


def test_a_silent_change_comes_with_a_full_read(start: Start) -> None:
    """As a formula's, a looked-up record's new name changes no modification time."""
    zoho = start()
    account, contact_ = (records(zoho.reader(module).read(None))[0] for module in ("Accounts", "Contacts"))
    zoho.edit("Contacts", contact_["id"], set={"Account_Name": {"id": account["id"]}})
    state = last_state(zoho.reader(lookback=0).read(None))
    zoho.edit("Accounts", account["id"], set={"Account_Name": "Acme neu"})
    later = {**state, "modified": "2100-01-01T00:00:00+00:00"}
    assert records(zoho.reader(lookback=0).read(later)) == []
    whole = {one["id"]: one for one in records(zoho.reader().read(None))}
    assert whole[contact_["id"]]["Account_Name"]["name"] == "Acme neu"
