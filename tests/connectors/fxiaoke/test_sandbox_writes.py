from __future__ import annotations

from typing import Any

from connectors.http import Call
from tests.connectors.fxiaoke.conftest import Start, World, everything, typed


class Raw:
    """Calls without the connector: what another project's client would send."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.signed = world.client().sign_in.sign(Call("POST", world.settings.root, json={})).json

    def __call__(self, path: str, *, top: Any = None, **data: Any) -> dict[str, Any]:
        body = {**self.signed, **(top or {}), "data": data}
        answer: dict[str, Any] = self.world.http.post(self.world.settings.root + path, json=body, timeout=5).json()
        return answer


X, CUSTOM = "/cgi/crm/v2/data", "/cgi/crm/custom/v2/data"


def test_the_life_of_a_record_from_create_to_delete(start: Start) -> None:
    world = start()
    raw = Raw(world)
    owner = [world.settings.open_user_id]
    contact = {"dataObjectApiName": "ContactObj", "name": "李雷", "mobile1": "13900000002", "owner": owner}
    made = raw(f"{X}/create", object_data=contact, details={})
    assert made["errorCode"] == 0
    assert "data" not in made
    one = {"dataObjectApiName": "ContactObj", "objectDataId": made["dataId"]}
    assert raw(f"{X}/get", **one)["data"]["name"] == "李雷"
    assert raw(f"{X}/delete", dataObjectApiName="ContactObj", idList=[made["dataId"]])["errorCode"] != 0
    assert raw(f"{X}/invalid", dataObjectApiName="ContactObj", object_data_id=made["dataId"])["errorCode"] == 0
    shown = raw(f"{X}/get", **one)["data"]
    assert (shown["life_status"], shown["is_deleted"], shown["life_status_before_invalid"]) == (
        "invalid",
        True,
        "normal",
    )
    assert raw(f"{X}/recover", dataObjectApiName="ContactObj", idList=[made["dataId"]])["errorCode"] == 0
    assert raw(f"{X}/get", **one)["data"]["life_status"] == "normal"
    raw(f"{X}/invalid", dataObjectApiName="ContactObj", object_data_id=made["dataId"])
    assert raw(f"{X}/delete", dataObjectApiName="ContactObj", idList=[made["dataId"]])["errorCode"] == 0
    assert raw(f"{X}/get", **one)["errorCode"] != 0
    assert everything(world.reader())[0] == []


def test_required_fields_options_and_relations_are_checked(start: Start) -> None:
    world = start()
    raw = Raw(world)
    owner = [world.settings.open_user_id]

    def code(**fields: Any) -> int:
        answer = raw(f"{X}/create", object_data={"dataObjectApiName": "AccountObj", **fields})
        return int(answer["errorCode"])

    assert code(name="x", owner=owner) == 0
    assert code(owner=owner) == 201112008
    assert code(name="x") == 201112008
    assert code(name="x", owner=owner, account_level="VIP") == 15002
    assert code(name="x", owner=owner, parent_account_id="66aa") == 201112011
    assert code(name="x", owner=["FSUID_nobody"]) == 30027
    assert code(name="x", owner=owner, annual_revenue__c=5) == 201112008
    assert code(name="x", owner=owner, annual_revenue__c="5") == 0
    assert code(name="x", high_seas_id="66aa") == 0


def test_duplicates_are_only_refused_where_the_call_asks_for_it(start: Start) -> None:
    world = start()
    raw = Raw(world)
    account = {"dataObjectApiName": "AccountObj", "name": "示例科技", "owner": [world.settings.open_user_id]}
    first = raw(f"{X}/create", object_data=account)["dataId"]
    refused = raw(f"{X}/create", object_data=account, optionInfo={"isDuplicateSearch": True})
    assert refused["errorCode"] == 15002
    assert refused["data"] == {"isDuplicate": True, "dataList": [{"_id": first}]}
    assert raw(f"{X}/create", object_data=account)["errorCode"] == 0


def test_approval_starts_by_default_and_holds_the_new_values_back(start: Start) -> None:
    world = start([typed("1")], switches={"SIM_APPROVAL": "flow"})
    raw = Raw(world)
    record_id = world.ids()[0]
    change = {"dataObjectApiName": "ContactObj", "_id": record_id, "remark": "new"}
    one = {"dataObjectApiName": "ContactObj", "objectDataId": record_id}
    raw(f"{X}/update", object_data=change)
    held = raw(f"{X}/get", **one)["data"]
    assert (held["life_status"], held.get("remark")) == ("in_change", None)
    raw(f"{X}/update", object_data=change, top={"triggerApprovalFlow": False})
    assert raw(f"{X}/get", **one)["data"]["remark"] == "new"


def test_pool_rows_refuse_changes_until_somebody_chooses_them(start: Start) -> None:
    world = start([typed("1", "lead", flags=["pool"])])
    raw = Raw(world)
    lead = world.ids("LeadsObj")[0]
    change = {"dataObjectApiName": "LeadsObj", "_id": lead, "remark": "x"}
    refused = raw(f"{X}/update", object_data=change)
    assert refused["errorMessage"] == "无此操作的数据权限"
    assert raw(f"{X}/choose", apiName="LeadsObj", objectIds=[lead])["errorCode"] == 0
    assert raw(f"{X}/update", object_data=change)["errorCode"] == 0
    back = {"apiName": "LeadsObj", "objectIds": [lead], "objectPoolId": "66aa", "backReason": "1"}
    assert raw(f"{X}/return", **back)["errorCode"] == 0
    assert raw(f"{X}/update", object_data=change)["errorCode"] != 0


def test_change_owner_reads_capital_data_and_takes_a_list_or_the_odd_text(start: Start) -> None:
    world = start([typed("1", owner="销售甲")])
    raw = Raw(world)
    record_id = world.ids()[0]
    for asked in ([world.settings.open_user_id], "[1000]"):
        entry = {"objectDataId": record_id, "ownerId": asked}
        assert raw(f"{X}/changeOwner", dataObjectApiName="ContactObj", Data=[entry])["errorCode"] == 0
        assert raw(f"{X}/changeOwner", dataObjectApiName="ContactObj", data=[entry])["errorCode"] == 10006


def test_locks_metadata_and_light_queries_answer(world: World) -> None:
    raw = Raw(world)
    record_id = world.ids()[0]
    locking = {"dataObjectApiName": "ContactObj", "dataIds": [record_id], "detailObjStrategy": 0}
    assert raw("/cgi/crm/v2/object/lock", **locking)["errorCode"] == 0
    change = {"dataObjectApiName": "ContactObj", "_id": record_id, "remark": "x"}
    assert raw(f"{X}/update", object_data=change)["errorCode"] != 0
    assert raw("/cgi/crm/v2/object/unlock", **locking)["errorCode"] == 0
    assert raw(f"{X}/update", object_data=change)["errorCode"] == 0
    for asked in ({"top": {"apiName": "ContactObj"}}, {"apiName": "ContactObj"}):
        described = raw("/cgi/crm/v2/object/describe", **asked)["data"]["describe"]
        assert described["fields"]["account_id"]["target_api_name"] == "AccountObj"
    light = {"dataObjectApiName": "ContactObj", "search_query_info": {"limit": 1}, "field_projection": ["name"]}
    assert [row.keys() for row in raw(f"{CUSTOM}/findSimple", **light)["data"]["dataList"]] == [{"name"}]
    assert raw(f"{CUSTOM}/findOne", **light)["data"].keys() == {"name"}


def test_identities_and_the_truth_follow_what_a_hub_creates(world: World) -> None:
    raw = Raw(world)
    owner = [world.settings.open_user_id]
    twin = {"dataObjectApiName": "ContactObj", "name": "x", "mobile1": "+86 139-0000-0001", "owner": owner}
    made = raw(f"{X}/create", object_data=twin)["dataId"]
    truth = world.http.get(world.running.control_url + "/_truth", timeout=5).json()["records"]
    assert {one["customer"] for one in truth if one["id"] == made} == {"c-1"}


def test_what_departments_typed_lands_under_this_systems_names(start: Start) -> None:
    world = start(
        [
            typed(
                "a", "account", company="示例科技", tier="vip", source="exhibition", uscc="91110000X", state="北京市"
            ),
            typed(
                "1",
                refers_to="a",
                mobile="13900000001",
                birthday="1990年5月1日",
                tags=["老客户", "会员"],
                street="路 1 号",
            ),
            typed("l", "lead", source="wechat", company="示例", flags=["invalid"]),
        ]
    )
    raw = Raw(world)

    def row(stream: str) -> dict[str, Any]:
        found = raw(f"{X}/get", dataObjectApiName=stream, objectDataId=world.ids(stream)[0])["data"]
        return dict(found)

    account, contact, lead = row("AccountObj"), row("ContactObj"), row("LeadsObj")
    assert (account["account_level"], account["account_source"], account["address"]) == ("1", "3", "北京市")
    assert account["uniform_social_credit_code"] == "91110000X"
    assert (contact["account_id"], contact["add"]) == (account["_id"], "路 1 号")
    assert (contact["date_of_birth"], contact["tags__c"]) == (641491200000, "老客户,会员")
    assert (lead["source"], lead["source__o"], lead["life_status"]) == ("other", "wechat", "invalid")
    assert {len(account["_id"]), len(contact["_id"])} == {24, 32}


def test_a_record_with_a_chosen_time_of_making_was_changed_now(start: Start) -> None:
    world = start()
    raw = Raw(world)
    fields: dict[str, Any] = {"dataObjectApiName": "ContactObj", "name": "李雷", "owner": [world.settings.open_user_id]}
    fields |= {"create_time": 1_600_000_000_000}
    made = raw(f"{X}/create", top={"hasSpecifyTime": True}, object_data=fields, details={})
    shown = raw(f"{X}/get", dataObjectApiName="ContactObj", objectDataId=made["dataId"])["data"]
    assert shown["create_time"] == 1_600_000_000_000 < shown["last_modified_time"]


def test_employees_are_asked_for_without_an_acting_one(start: Start) -> None:
    world = start()
    raw = Raw(world)
    raw.signed = {name: value for name, value in raw.signed.items() if name != "currentOpenUserId"}
    everyone = raw("/cgi/user/list", top={"departmentId": 999999})["userList"]
    named = raw("/cgi/user/simpleList", top={"departmentId": 999999})["userList"]
    assert [set(one) for one in named] == [{"openUserId", "name"}] * len(everyone)
    assert raw("/cgi/user/get", top={"openUserId": named[0]["openUserId"]})["name"] == named[0]["name"]
    assert raw(f"{X}/query", dataObjectApiName="ContactObj")["errorCode"] != 0
