"""The simulator keeps to Zoho's documented answers, for clients that are not ours too."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import requests

from connectors.sandboxes.clock import VirtualClock
from connectors.sandboxes.contract import SandboxOptions
from connectors.zoho_crm.sandbox.answers import Refused
from connectors.zoho_crm.sandbox.quota import Quota
from connectors.zoho_crm.sandbox.switches import Switches
from tests.connectors.zoho_crm.conftest import AT, Start, Zoho, contact, records

API = "/crm/v8"


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("/Contacts", {}, (400, "REQUIRED_PARAM_MISSING")),
        ("/Contacts", {"fields": ",".join(f"F{n}" for n in range(51))}, (400, "LIMIT_EXCEEDED")),
        ("/Contacts", {"fields": "Email", "page": "11"}, (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED")),
        ("/Contacts", {"fields": "Email", "page": "1", "page_token": "x"}, (400, "AMBIGUITY_DURING_PROCESSING")),
        ("/Contacts", {"fields": "Email", "page_token": "x"}, (400, "INVALID_DATA")),
        ("/Contacts", {"fields": "Email", "per_page": "201"}, (400, "INVALID_DATA")),
        ("/contacts", {"fields": "Email"}, (400, "INVALID_MODULE")),
        ("/Contacts/deleted", {"type": "some"}, (400, "PATTERN_NOT_MATCHED")),
        ("/Contacts/search", {}, (400, "EXPECTED_PARAM_MISSING")),
        ("/Contacts/no/such/path", {}, (404, "INVALID_URL_PATTERN")),
    ],
)
def test_wrong_reads_are_refused_as_documented(
    zoho: Zoho, path: str, params: dict[str, str], expected: tuple[int, str]
) -> None:
    assert code(zoho.get(API + path, **params)) == expected


def test_calls_without_a_good_token_are_refused(zoho: Zoho) -> None:
    url = zoho.config["base_url"] + API + "/Contacts?fields=Email"
    assert code(zoho.http.get(url, timeout=5)) == (401, "AUTHENTICATION_FAILURE")
    assert code(zoho.http.get(url, headers={"Authorization": "Bearer x"}, timeout=5)) == (401, "AUTHENTICATION_FAILURE")
    assert code(zoho.http.get(url, headers={"Authorization": "Zoho-oauthtoken x"}, timeout=5)) == (401, "INVALID_TOKEN")


def test_a_token_lives_an_hour(zoho: Zoho) -> None:
    signed = zoho.signed()
    zoho.control("POST", "/_clock", {"advance": 3601})
    answer = zoho.http.get(zoho.config["base_url"] + API + "/org", headers=signed, timeout=5)
    assert code(answer) == (401, "INVALID_TOKEN")


def test_nothing_found_is_204_and_nothing_newer_304_both_without_a_body(zoho: Zoho) -> None:
    empty = zoho.get(API + "/Deals", fields="Deal_Name")
    newer = zoho.get(API + "/Contacts", {"If-Modified-Since": "2099-01-01T00:00:00+08:00"}, fields="Email")
    unknown = zoho.get(API + "/Contacts/5725767000000999999")
    assert [(one.status_code, one.content) for one in (empty, newer, unknown)] == [(204, b""), (304, b""), (204, b"")]


def test_if_modified_since_is_inclusive_to_the_second(start: Start) -> None:
    zoho = start([contact(n, at=AT + timedelta(seconds=n)) for n in range(3)])
    since = (AT + timedelta(seconds=1)).isoformat()
    answer = zoho.get(API + "/Contacts", {"If-Modified-Since": since}, fields="First_Name", sort_by="Modified_Time")
    assert [row["First_Name"] for row in answer.json()["data"]] == ["Ann2", "Ann1"]


def test_a_page_token_is_bound_to_its_call_and_its_day(start: Start) -> None:
    zoho = start([contact(n) for n in range(5)])
    asked = {"fields": "Email", "per_page": "2"}
    token = zoho.get(API + "/Contacts", **asked).json()["info"]["next_page_token"]
    assert zoho.get(API + "/Contacts", **asked, page_token=token).json()["info"]["count"] == 2
    other = {"fields": "Phone", "per_page": "2"}
    assert code(zoho.get(API + "/Contacts", **other, page_token=token)) == (400, "TOKEN_BOUND_DATA_MISMATCH")
    zoho.control("POST", "/_clock", {"advance": 86_401})
    assert code(zoho.get(API + "/Contacts", **asked, page_token=token)) == (400, "EXPIRED_VALUE")


def test_the_info_block_has_all_its_keys(zoho: Zoho) -> None:
    info = zoho.get(API + "/Contacts", fields="Email", per_page="2").json()["info"]
    assert set(info) == {
        "call", "per_page", "next_page_token", "count", "sort_by", "page", "previous_page_token",
        "page_token_expiry", "sort_order", "email", "more_records",
    }  # fmt: skip
    assert (info["sort_by"], info["sort_order"], info["more_records"]) == ("id", "desc", True)


def post(zoho: Zoho, path: str, *rows: dict[str, Any], **more: Any) -> Any:
    url = zoho.config["base_url"] + API + path
    return zoho.http.post(url, json={"data": list(rows), **more}, headers=zoho.signed(), timeout=5)


def test_inserts_answer_201_207_or_400_by_what_became_of_the_rows(zoho: Zoho) -> None:
    good, bad = {"Last_Name": "A"}, {"First_Name": "B"}
    assert [post(zoho, "/Leads", *rows).status_code for rows in ([good], [good, bad], [bad])] == [201, 207, 400]
    assert code(post(zoho, "/Leads", *[good] * 101)) == (400, "INVALID_DATA")
    assert post(zoho, "/Leads", bad).json()["data"][0]["details"]["json_path"] == "$.data[0].Last_Name"


@pytest.mark.parametrize(
    ("field", "value", "facts"),
    [
        ("Email", "nobody", {"expected_data_type": "email"}),
        ("Mobile", "138*1234", {"expected_data_type": "phone"}),
        ("Last_Name", "x" * 81, {"maximum_length": 80}),
        ("Email_Opt_Out", "yes", {"expected_data_type": "boolean"}),
        ("Website", "acme.com", {"expected_data_type": "website"}),
        ("Owner", "me", {"expected_data_type": "jsonobject"}),
        ("No_of_Employees", "5", {"expected_data_type": "integer"}),
    ],
)
def test_values_are_checked_by_the_field(zoho: Zoho, field: str, value: Any, facts: dict[str, Any]) -> None:
    (element,) = post(zoho, "/Leads", {"Last_Name": "A", field: value}).json()["data"]
    assert element["code"] == "INVALID_DATA"
    assert element["details"].items() >= {"api_name": field, **facts}.items()


def test_an_upsert_says_what_it_matched_on(zoho: Zoho) -> None:
    row = {"Last_Name": "A", "Email": "u@a.example"}
    first = post(zoho, "/Leads/upsert", row, duplicate_check_fields=["Email"]).json()["data"][0]
    second = post(zoho, "/Leads/upsert", row).json()["data"][0]
    assert [(one["action"], one["duplicate_field"]) for one in (first, second)] == [
        ("insert", None),
        ("update", "Email"),
    ]
    assert first["details"]["id"] == second["details"]["id"]
    assert code(post(zoho, "/Leads/upsert", row, duplicate_check_fields=["Mobile"])) == (400, "INVALID_DATA")


def test_a_unique_value_that_is_taken_names_its_record(zoho: Zoho) -> None:
    row = {"Last_Name": "A", "Crmhub_Binding": "B1"}
    made = post(zoho, "/Leads", row).json()["data"][0]["details"]["id"]
    refused = post(zoho, "/Leads", {**row, "Crmhub_Binding": "b1"}).json()["data"][0]
    assert refused["code"] == "DUPLICATE_DATA"
    assert refused["details"]["id"] == refused["details"]["duplicate_record"]["id"] == made


def test_search_lags_and_its_equals_contains(zoho: Zoho) -> None:
    post(zoho, "/Leads", {"Last_Name": "Haversham"})
    asked = {"criteria": "(Last_Name:equals:versha)"}
    assert zoho.get(API + "/Leads/search", **asked).status_code == 204
    zoho.control("POST", "/_clock", {"advance": 6})
    assert zoho.get(API + "/Leads/search", **asked).json()["data"][0]["Last_Name"] == "Haversham"


def coql(zoho: Zoho, query: str) -> Any:
    url = zoho.config["base_url"] + API + "/coql"
    return zoho.http.post(url, json={"select_query": query}, headers=zoho.signed(), timeout=5)


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("First_Name = 'ann1'", ["Ann1"]),
        ("First_Name in ('Ann0', 'Ann2')", ["Ann0", "Ann2"]),
        ("First_Name not in ('Ann0', 'Ann2')", ["Ann1"]),
        ("First_Name like '%2'", ["Ann2"]),
        ("Mobile is null and Modified_Time >= '2026-01-01T10:01:00+08:00'", ["Ann1", "Ann2"]),
        ("(Email = 'ann0@a.example' or Email = 'ann1@a.example') and First_Name != 'Ann0'", ["Ann1"]),
        ("Modified_Time between '2026-01-01T02:00:30Z' and '2026-01-01T02:01:30Z'", ["Ann1"]),
    ],
)
def test_coql_answers_conditions(zoho: Zoho, where: str, names: list[str]) -> None:
    query = f"select First_Name from Contacts where {where} order by Modified_Time asc"  # noqa: S608 (no database)
    rows = coql(zoho, query).json()["data"]
    assert [row["First_Name"] for row in rows] == names
    assert all(row["id"] for row in rows)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select id from Contacts", "SYNTAX_ERROR"),
        ("select id from Contacts where First_Name = 'a' and Email = 'b' and Mobile = 'c'", "SYNTAX_ERROR"),
        ("select id from Contacts where First_Name = 'a' limit 201", "LIMIT_EXCEEDED"),
        ("select Nope from Contacts where First_Name = 'a'", "INVALID_QUERY"),
        ("select Email, Email from Contacts where First_Name = 'a'", "DUPLICATE_DATA"),
        ("select id from Contacts where First_Name = 'a", "SYNTAX_ERROR"),
        ("select id from People where First_Name = 'a'", "INVALID_MODULE"),
    ],
)
def test_coql_refuses_what_zoho_refuses(zoho: Zoho, query: str, expected: str) -> None:
    assert code(coql(zoho, query)) == (400, expected)


def test_with_real_limits_the_eleventh_sign_in_is_denied_for_ten_minutes(start: Start) -> None:
    zoho = start(limits="real")
    for _ in range(10):
        zoho.signed()
    with pytest.raises(KeyError):
        zoho.signed()
    zoho.control("POST", "/_clock", {"advance": 601})
    zoho.signed()


def test_the_credits_of_a_day_run_out_and_what_is_left_is_said_from_half_on() -> None:
    clock = VirtualClock()
    options = SandboxOptions("http://127.0.0.1", 1, clock, (), limits="real")
    quota = Quota(options, Switches.of({"edition": "free"}))

    def spend(method: str, rows: int) -> str | None:
        with quota.taken(method, "/crm/v8/Contacts", rows) as headers:
            return headers.get("X-API-CREDITS-REMAINING")

    said = [spend("GET", 1) for _ in range(4_990)]
    assert said[2_498] is None
    assert said[2_499] == "2500"
    assert spend("PUT", 100) == "0"
    with pytest.raises(Refused, match="TOO_MANY_REQUESTS"):
        spend("GET", 1)
    clock.advance(86_401)
    assert spend("GET", 1) is None


def test_an_unknown_switch_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"unknown switches \['colour'\]"):
        Switches.of({"colour": "blue"})


def test_lookups_show_the_name_of_today(zoho: Zoho) -> None:
    account = zoho.get(API + "/Accounts", fields="Account_Name").json()["data"][0]["id"]
    person = zoho.get(API + "/Contacts", fields="Email").json()["data"][0]["id"]
    zoho.edit("Contacts", person, set={"Account_Name": {"id": account}})
    zoho.edit("Accounts", account, set={"Account_Name": "Renamed"})
    shown = zoho.get(API + f"/Contacts/{person}").json()["data"][0]["Account_Name"]
    assert shown == {"name": "Renamed", "id": account}


def test_what_people_typed_in_stands_in_the_fields_of_the_form(start: Start) -> None:
    zoho = start([contact(1, tier="vip", source="referral", owner="赵敏", company="Acme")])
    (shown,) = zoho.get(API + "/Contacts", fields="Rating,Lead_Source,Owner,Account_Name,Created_By").json()["data"]
    assert (shown["Rating"], shown["Lead_Source"]) == ("A", "Employee Referral")
    assert shown["Owner"]["name"] == "赵敏"
    assert shown["Account_Name"]["name"] == "Acme"
    users = zoho.get(API + "/users").json()["users"]
    assert shown["Owner"]["id"] in [user["id"] for user in users]


def test_who_has_only_one_name_has_it_as_the_mandatory_last_name(start: Start) -> None:
    zoho = start([contact(1, family="", given="")])
    assert zoho.get(API + "/Contacts", fields="Last_Name").json()["data"][0]["Last_Name"] == "ann1@a.example"


def test_calls_of_versions_before_v3_may_leave_the_fields_out_and_page_by_number(start: Start) -> None:
    zoho = start([contact(n) for n in range(2_050)])
    assert zoho.get("/crm/v8/Contacts").json()["code"] == "REQUIRED_PARAM_MISSING"
    shown = zoho.get("/crm/v2/Contacts", per_page="50", page="41").json()
    assert len(shown["data"]) == 50
    assert {"Last_Name", "Email", "Owner"} <= set(shown["data"][0])
    assert zoho.get("/crm/v8/Contacts", fields="id", per_page="50", page="41").status_code == 400


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("1988年7月1日", "1988-07-01"), ("1988/7/1", "1988-07-01"), ("7月1日", None), ("1988-13-01", None)],
)
def test_a_date_field_holds_a_day_or_nothing(start: Start, typed: str, kept: str | None) -> None:
    zoho = start([contact(1, birthday=typed)])
    shown = zoho.get("/crm/v8/Contacts", fields="Date_of_Birth").json()["data"]
    assert [one["Date_of_Birth"] for one in shown] == [kept]


def test_an_external_id_in_the_path_or_the_rows_stands_for_its_record(zoho: Zoho) -> None:
    by_it = {"X-EXTERNAL": "Contacts.Crmhub_Binding"}
    record_id = records(zoho.reader().read(None))[0]["id"]
    url, signed = f"{zoho.config['base_url']}/crm/v8/Contacts", zoho.signed()

    def put(path: str, row: dict[str, Any]) -> requests.Response:
        return zoho.http.put(url + path, json={"data": [row]}, headers=signed | by_it, timeout=10)

    zoho.http.put(url, json={"data": [{"id": record_id, "Crmhub_Binding": "H-1"}]}, headers=signed, timeout=10)
    assert zoho.get("/crm/v8/Contacts/H-1", by_it).json()["data"][0]["id"] == record_id
    assert zoho.get("/crm/v8/Contacts/H-2", by_it).status_code == 204
    assert put("/H-1", {"Title": "Dr"}).json()["data"][0]["details"]["id"] == record_id
    assert put("", {"Crmhub_Binding": "H-1", "Department": "R&D"}).json()["data"][0]["status"] == "success"
    assert zoho.stored("Contacts", record_id)["Department"] == "R&D"
    assert put("", {"Crmhub_Binding": "H-9", "Title": "x"}).status_code == 400
    assert zoho.get("/crm/v8/Contacts/H-1", {"X-EXTERNAL": "Contacts.Title"}).status_code == 400
    gone = zoho.http.delete(url, params={"ids": "H-1"}, headers=signed | by_it, timeout=10)
    assert gone.json()["data"][0]["details"]["id"] == record_id


def test_the_conversion_options_name_who_has_the_leads_mail_and_company(zoho: Zoho) -> None:
    lead, contact = (records(zoho.reader(module).read(None))[0] for module in ("Leads", "Contacts"))
    zoho.edit("Leads", lead["id"], set={"Email": contact["Email"]})
    options = zoho.get(f"/crm/v8/Leads/{lead['id']}/__conversion_options").json()["__conversion_options"]
    assert [one["id"] for one in options["Contacts"]] == [contact["id"]]
    assert [one["Account_Name"] for one in options["Accounts"]] == ["Acme"]


def test_an_upload_names_its_use_and_its_organisation_and_is_a_zip(zoho: Zoho) -> None:
    signed, url = zoho.signed(), f"{zoho.config['base_url']}/crm/v8/upload"
    zgid = zoho.get("/crm/v8/org").json()["org"][0]["zgid"]
    named = signed | {"feature": "bulk-write", "X-CRM-ORG": str(zgid)}

    def upload(headers: dict[str, str], content: bytes) -> str:
        return str(zoho.http.post(url, files={"file": ("c.zip", content)}, headers=headers, timeout=10).json()["code"])

    assert upload(signed, b"PK") == "INVALID_REQUEST"
    assert upload(named, b"name,mail") == "INVALID_FILE_FORMAT"


def test_an_import_matches_updates_and_blanks_as_it_is_asked(zoho: Zoho) -> None:
    held = records(zoho.reader().read(None))[0]
    signed, base = zoho.signed(), zoho.config["base_url"]
    zgid = zoho.get("/crm/v8/org").json()["org"][0]["zgid"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("c.csv", f"Email,Title,Born,Home_Phone\n{held['Email']},Dr,31/12/1990,\nnew@b.example,Dr,x,\n")
    headers = signed | {"feature": "bulk-write", "X-CRM-ORG": str(zgid)}
    said = zoho.http.post(f"{base}/crm/v8/upload", files={"file": packed.getvalue()}, headers=headers, timeout=10)
    zoho.edit("Contacts", held["id"], set={"Home_Phone": "1234567"})
    columns = [{"api_name": "Email", "index": 0}, {"api_name": "Title", "index": 1}]
    columns += [
        {"api_name": "Date_of_Birth", "index": 2, "format": "dd/MM/yyyy"},
        {"api_name": "Home_Phone", "index": 3},
    ]
    resource = {"type": "data", "module": {"api_name": "Contacts"}, "file_id": said.json()["details"]["file_id"]}
    body = {"operation": "update", "resource": [resource | {"find_by": "Email", "field_mappings": columns}]}
    job = zoho.http.post(f"{base}/crm/bulk/v8/write", json=body, headers=signed, timeout=10).json()["details"]["id"]
    told = [zoho.get(f"/crm/bulk/v8/write/{job}").json() for _ in range(3)]
    assert [one["status"] for one in told] == ["ADDED", "INPROGRESS", "COMPLETED"]
    file = told[-1]["resource"][0]["file"]
    assert (file["total_count"], file["updated_count"], file["skipped_count"]) == (2, 1, 1)
    stored = zoho.stored("Contacts", held["id"])
    assert (stored["Title"], stored["Date_of_Birth"], stored["Home_Phone"]) == ("Dr", "1990-12-31", None)
    address = told[-1]["result"]["download_url"]
    assert address.startswith(f"{base}/v2/crm/{zgid}/bulk-write/")
    sent = zoho.get(address.removeprefix(base))
    assert sent.headers["Content-Disposition"] == f'attachment; filename="{job}.zip"'
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        lines = archive.read(f"{job}.csv").decode().splitlines()
    assert lines[0] == "Email,Title,Date_of_Birth,STATUS,RECORD_ID,ERRORS"
    assert lines[1].endswith(f",updated,{held['id']},")
    assert lines[2].endswith(",skipped,,INVALID_DATA-id")


def test_a_call_without_a_user_names_its_organisation(zoho: Zoho) -> None:
    asked = {"grant_type": "client_credentials", "scope": "ZohoCRM.modules.ALL"}
    asked |= {name: zoho.config[name] for name in ("client_id", "client_secret")}
    url = f"{zoho.config['base_url']}/oauth/v2/token"
    assert zoho.http.post(url, data=asked, timeout=10).json() == {"error": "missing_org_info"}
    zgid = zoho.get("/crm/v8/org").json()["org"][0]["zgid"]
    said = zoho.http.post(url, data=asked | {"soid": f"ZohoCRM.{zgid}"}, timeout=10).json()
    assert said["access_token"]
    assert "refresh_token" not in said


def test_one_record_and_a_search_show_the_fields_that_were_asked_for(zoho: Zoho) -> None:
    held = records(zoho.reader().read(None))[0]
    one = zoho.get(f"/crm/v8/Contacts/{held['id']}?fields=Email,Last_Name").json()["data"][0]
    assert set(one) == {"id", "Email", "Last_Name"}
    found = zoho.get(f"/crm/v8/Contacts/search?email={held['Email']}&fields=Email").json()["data"]
    assert found == [{"id": held["id"], "Email": held["Email"]}]
    by_ids = zoho.get(f"/crm/v8/Contacts?fields=Email&ids={held['id']}").json()["info"]
    assert set(by_ids) == set(zoho.get("/crm/v8/Contacts?fields=Email").json()["info"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/crm/v8/Contacts/search?criteria=(Nope:equals:a)", (400, "INVALID_QUERY")),
        ("/crm/v8/Contacts/search?word=ab&per_page=x", (400, "INVALID_DATA")),
        ("/crm/v8/settings/duplicate_check_preference?module=Leads", (404, "INVALID_URL_PATTERN")),
    ],
)
def test_calls_that_zoho_cannot_read_are_refused(zoho: Zoho, path: str, expected: tuple[int, str]) -> None:
    assert code(zoho.get(path)) == expected


def test_a_path_asked_by_a_wrong_method_is_405(zoho: Zoho) -> None:
    said = zoho.http.patch(f"{zoho.config['base_url']}/crm/v8/Leads", headers=zoho.signed(), json={}, timeout=10)
    assert code(said) == (405, "INVALID_REQUEST_METHOD")


def test_an_external_id_is_not_changed_through_itself(zoho: Zoho) -> None:
    held = post(zoho, "/Contacts", {"Last_Name": "Hu", "Crmhub_Binding": "H-1"}).json()["data"][0]
    url, by_it = f"{zoho.config['base_url']}/crm/v8/Contacts/H-1", {"X-EXTERNAL": "Contacts.Crmhub_Binding"}
    row = {"data": [{"Crmhub_Binding": "H-2"}]}
    assert code(zoho.http.put(url, headers=zoho.signed() | by_it, json=row, timeout=10)) == (400, "NOT_ALLOWED")
    assert zoho.stored("Contacts", held["details"]["id"])["Crmhub_Binding"] == "H-1"


def test_a_conversion_makes_the_deal_that_it_names(zoho: Zoho) -> None:
    lead = records(zoho.reader("Leads").read(None))[0]
    deal = {"Deal_Name": "First order", "Closing_Date": "2026-04-01", "Stage": "Qualification"}
    said = zoho.http.post(
        f"{zoho.config['base_url']}/crm/v8/Leads/{lead['id']}/actions/convert",
        headers=zoho.signed(),
        json={"data": [{"Deals": deal}]},
        timeout=10,
    ).json()["data"][0]["details"]
    assert said["Deals"]["name"] == "First order"
    made = zoho.get(f"/crm/v8/Deals/{said['Deals']['id']}").json()["data"][0]
    assert (made["Stage"], made["Contact_Name"]["id"]) == ("Qualification", said["Contacts"]["id"])
    assert zoho.get(f"/crm/v8/Leads/{lead['id']}").json()["data"][0]["Converted_Deal"]["id"] == made["id"]


def test_a_merge_takes_each_field_from_one_record(zoho: Zoho) -> None:
    master, child = (one["id"] for one in records(zoho.reader().read(None))[:2])
    asked = {
        "master_record_fields": [{"api_name": "Email"}],
        "data": [{"id": child, "_fields": [{"api_name": "Email"}]}],
    }
    url = f"{zoho.config['base_url']}/crm/v8/Contacts/{master}/actions/merge"
    said = zoho.http.post(url, headers=zoho.signed(), json={"merge": [asked]}, timeout=10)
    assert code(said) == (400, "INVALID_DATA")
    assert zoho.get(f"/crm/v8/Contacts/{child}").status_code == 200


def test_events_are_taken_out_of_a_channel_and_the_last_one_closes_it(zoho: Zoho) -> None:
    url = f"{zoho.config['base_url']}/crm/v8/actions/watch"

    def send(method: str, **said: Any) -> Any:
        row = {"channel_id": "7", **said}
        return zoho.http.request(method, url, headers=zoho.signed(), json={"watch": [row]}, timeout=10).json()["watch"][
            0
        ]

    assert send("PATCH", events=["Contacts.edit"])["code"] == "NOT_SUBSCRIBED"
    send("POST", events=["Contacts.create", "Contacts.edit"], notify_url="https://hub.example/x", token="t")
    added = send("PATCH", events=["Leads.create"])
    assert {one["resource_name"] for one in added["details"]["events"]} == {"Contacts", "Leads"}
    gone = send("PATCH", events=["Contacts.create", "Contacts.edit", "Leads.create"], _delete_events=True)
    assert gone["message"] == "Successfully removed the subscribe details"
    assert zoho.get("/crm/v8/actions/watch").status_code == 204


def test_an_export_holds_names_of_lookups_and_refuses_unknown_criteria_at_once(zoho: Zoho) -> None:
    account = records(zoho.reader("Accounts").read(None))[0]
    held = records(zoho.reader().read(None))[0]
    zoho.edit("Contacts", held["id"], set={"Account_Name": {"id": account["id"]}})
    url = f"{zoho.config['base_url']}/crm/bulk/v8/read"

    def start(comparator: str) -> Any:
        criteria = {"field": {"api_name": "Email"}, "comparator": comparator, "value": held["Email"][:5]}
        asked = {"module": {"api_name": "Contacts"}, "fields": ["Email", "Account_Name.Account_Name"]}
        return zoho.http.post(url, headers=zoho.signed(), json={"query": asked | {"criteria": criteria}}, timeout=10)

    assert code(start("resembles")) == (400, "INVALID_CRITERIA")
    job = start("starts_with").json()["data"][0]["details"]["id"]
    for _ in range(4):
        told = zoho.get(f"/crm/bulk/v8/read/{job}").json()["data"][0]
    with zipfile.ZipFile(io.BytesIO(zoho.get(told["result"]["download_url"]).content)) as archive:
        lines = archive.read(f"{job}.csv").decode().splitlines()
    assert lines == ["Id,Email,Account_Name.Account_Name", f"{held['id']},{held['Email']},Acme"]


def test_a_day_of_an_import_is_written_as_the_job_says_and_in_no_other_form(zoho: Zoho) -> None:
    zgid = zoho.get("/crm/v8/org").json()["org"][0]["zgid"]
    base, headers = zoho.config["base_url"], zoho.signed() | {"feature": "bulk-write", "X-CRM-ORG": str(zgid)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("c.csv", "Last_Name,Date_of_Birth\nLi,12/31/1990\nHe,1990-12-31\n")
    sent = zoho.http.post(f"{base}/crm/v8/upload", files={"file": packed.getvalue()}, headers=headers, timeout=10)
    file_id = sent.json()["details"]["file_id"]
    body = {"operation": "insert", "resource": [{"module": {"api_name": "Contacts"}, "file_id": file_id}]}
    job = zoho.http.post(f"{base}/crm/bulk/v8/write", json=body, headers=headers, timeout=10).json()["details"]["id"]
    file = [zoho.get(f"/crm/bulk/v8/write/{job}").json() for _ in range(3)][-1]["resource"][0]["file"]
    assert (file["added_count"], file["skipped_count"]) == (1, 1)
