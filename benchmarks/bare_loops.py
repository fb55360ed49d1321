"""The yardstick of benchmarks/connectors.py: for each system the loop that a person would write with `requests`.

It signs in (but for Zendesk, where two sign-ins would kill each other), walks the documented pages of the largest size,
parses the JSON and counts the records; nothing is retried, checked, kept or resumed. Writing, it does what the API
makes necessary for a record that people may have changed: look, write, wait for the job where there is one, and look
again where the answer to the write does not show the record. Its calls for a pull, and `overhead`, are the least that
the API makes possible; so is `least_to_push`.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any

import requests

from connectors.udesk.sign_in import signature

Row = Mapping[str, Any]
BATCH = 100


class Loop:
    """One system's loop; *config* is the connector's block, *fields* what is listed where names must be given."""

    stream: str
    field: str
    """The text field that the benchmark writes."""
    page: int
    overhead = 1
    """Calls of a pull beside its pages: signing in, above all."""
    signs_in = 1
    """Calls of `least_to_push` that are for signing in."""

    def __init__(self, config: Mapping[str, Any], fields: Sequence[str]) -> None:
        self.config, self.fields = config, fields
        self.base = str(config["base_url"])
        self.calls = 0
        self.session = requests.Session()
        self.session.trust_env = False
        self.sign_in()

    def sign_in(self) -> None:
        """Set what every call carries."""

    def call(self, method: str, path: str, **facts: Any) -> Any:  # noqa: ANN401 (any JSON)
        """Make a call and return its JSON; {} for an empty answer."""
        self.calls += 1
        answer = self.session.request(method, path if "://" in path else self.base + path, timeout=60, **facts)
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def pages(self) -> Iterator[Sequence[Row]]:
        """Yield everything, page by page."""
        raise NotImplementedError

    def write(self, changes: Mapping[str, str]) -> int:
        """Write id -> text into `field`; return how many records show it afterwards."""
        raise NotImplementedError

    @classmethod
    def least_to_push(cls, records: int) -> float:
        """Return the least calls for a push."""
        raise NotImplementedError


class Zoho(Loop):
    """List with page tokens; write by the hundred."""

    stream, field, page = "Contacts", "Title", 200
    overhead = 3
    """Signing in; the fields, whose names every list must give; the deleted ones."""

    def sign_in(self) -> None:
        """Exchange the refresh token."""
        asked = {name: self.config[name] for name in ("client_id", "client_secret", "refresh_token")}
        url = f"{self.config['accounts_url']}/oauth/v2/token"
        token = self.call("POST", url, data={"grant_type": "refresh_token", **asked})["access_token"]
        self.session.headers["Authorization"] = f"Zoho-oauthtoken {token}"

    def pages(self) -> Iterator[Sequence[Row]]:
        """Walk the tokens, oldest change first."""
        order = {"sort_by": "Modified_Time", "sort_order": "asc"}
        asked: dict[str, Any] = {"fields": ",".join(self.fields[:50]), "per_page": self.page, **order}
        while True:
            answer = self.call("GET", "/crm/v8/Contacts", params=asked)
            yield answer["data"]
            if not answer["info"]["more_records"]:
                return
            asked["page_token"] = answer["info"]["next_page_token"]

    def write(self, changes: Mapping[str, str]) -> int:
        """Look, write, look again."""
        shown = 0
        for batch in _batches(changes):
            ids = {"ids": ",".join(batch), "fields": "Modified_Time,Title", "per_page": BATCH}
            self.call("GET", "/crm/v8/Contacts", params=ids)
            rows = [{"id": one, "Title": changes[one]} for one in batch]
            self.call("PUT", "/crm/v8/Contacts", json={"data": rows, "trigger": []})
            after = self.call("GET", "/crm/v8/Contacts", params=ids)["data"]
            shown += sum(one["Title"] == changes[one["id"]] for one in after)
        return shown

    @classmethod
    def least_to_push(cls, records: int) -> float:
        """A look, a write and a look for each hundred: the answer to a write shows no values."""
        return 1 + 3 * ceil(records / BATCH)


class Fxiaoke(Loop):
    """Queries by `_id`; one record a write."""

    stream, field, page = "ContactObj", "job_title", 100
    overhead = 2
    """Signing in, and the newest time of change before a read of more than a page."""
    X = "/cgi/crm/v2/data"

    def sign_in(self) -> None:
        """Ask for a token."""
        asked = {"appId": "app_id", "appSecret": "app_secret", "permanentCode": "permanent_code"}
        body = {name: self.config[key] for name, key in asked.items()}
        told = self.call("POST", "/cgi/corpAccessToken/get/V2", json=body)
        self.auth = {
            "corpAccessToken": told["corpAccessToken"],
            "corpId": told["corpId"],
            "currentOpenUserId": self.config["open_user_id"],
        }

    def ask(self, action: str, data: Mapping[str, Any], **flags: Any) -> Any:  # noqa: ANN401 (any JSON)
        """Make one call with the sign-in in its body."""
        path = f"{self.X}/{action}?thirdTraceId={uuid.uuid4()}"
        return self.call("POST", path, json={**self.auth, **flags, "data": dict(data)})

    def query(self, filters: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Return the first hundred rows in the order of `_id`."""
        search = {
            "limit": BATCH,
            "offset": 0,
            "filters": list(filters),
            "orders": [{"fieldName": "_id", "isAsc": True}],
        }
        data = {"dataObjectApiName": self.stream, "find_explicit_total_num": False, "search_query_info": search}
        rows: list[Row] = self.ask("query", data)["data"]["dataList"]
        return rows

    def pages(self) -> Iterator[Sequence[Row]]:
        """Walk by `_id`."""
        rows = self.query(())
        while rows:
            yield rows
            last = {"field_name": "_id", "operator": "GT", "field_values": [rows[-1]["_id"]]}
            rows = self.query((last,)) if len(rows) == BATCH else []

    def write(self, changes: Mapping[str, str]) -> int:
        """Look at a hundred, write each, look again."""
        shown = 0
        for batch in _batches(changes):
            named = ({"field_name": "_id", "operator": "IN", "field_values": list(batch)},)
            self.query(named)
            for one in batch:
                values = {"_id": one, "dataObjectApiName": self.stream, self.field: changes[one]}
                data = {"object_data": values, "details": {}}
                self.ask("update", data, triggerApprovalFlow=False, triggerWorkFlow=False)
            shown += sum(row[self.field] == changes[row["_id"]] for row in self.query(named))
        return shown

    @classmethod
    def least_to_push(cls, records: int) -> float:
        """A call for each record, two looks for each hundred; what the object's choices are."""
        return 2 + records + 2 * ceil(records / BATCH)


class Zendesk(Loop):
    """The cursor export; jobs of a hundred."""

    stream, field, page, overhead, signs_in = "users", "notes", 1000, 0, 0
    JOBS = 30
    """That may be under way at once."""

    def sign_in(self) -> None:
        """Go on with the hub's access token: whoever asks for another kills it."""
        self.session.headers["Authorization"] = f"Bearer {self.config['access_token']}"

    def pages(self) -> Iterator[Sequence[Row]]:
        """Walk the export."""
        asked: dict[str, Any] = {"start_time": 0, "per_page": self.page, "include": "identities"}
        while True:
            answer = self.call("GET", "/api/v2/incremental/users/cursor.json", params=asked)
            yield answer["users"]
            if answer["end_of_stream"]:
                return
            asked = {"cursor": answer["after_cursor"], "per_page": self.page, "include": "identities"}

    def write(self, changes: Mapping[str, str]) -> int:
        """Look, send as many jobs as may be under way, wait, look again."""
        shown, batches = 0, list(_batches(changes))
        for start in range(0, len(batches), self.JOBS):
            wave, jobs = batches[start : start + self.JOBS], []
            for batch in wave:
                self.call("GET", "/api/v2/users/show_many.json", params={"ids": ",".join(batch)})
                rows = [{"id": int(one), "notes": changes[one]} for one in batch]
                jobs.append(
                    self.call("PUT", "/api/v2/users/update_many.json", json={"users": rows})["job_status"]["id"]
                )
            while jobs:
                told = self.call("GET", "/api/v2/job_statuses/show_many.json", params={"ids": ",".join(jobs)})
                jobs = [one["id"] for one in told["job_statuses"] if one["status"] in {"queued", "working"}]
                time.sleep(0.2 if jobs else 0)
            for batch in wave:
                users = self.call("GET", "/api/v2/users/show_many.json", params={"ids": ",".join(batch)})["users"]
                shown += sum(one["notes"] == changes[str(one["id"])] for one in users)
        return shown

    @classmethod
    def least_to_push(cls, records: int) -> float:
        """A look, a job and a look for each hundred, and one look at each thirty jobs once they have ended."""
        return 3 * ceil(records / BATCH) + ceil(records / BATCH / cls.JOBS)


class Freshdesk(Loop):
    """Pages by `Link`; one record a write, whose answer shows it."""

    stream, field, page, signs_in = "contacts", "job_title", 100, 0
    overhead = 1
    """The deleted ones."""

    def sign_in(self) -> None:
        """Carry the key."""
        pair = base64.b64encode(f"{self.config['api_key']}:X".encode()).decode()
        self.session.headers["Authorization"] = f"Basic {pair}"

    def pages(self) -> Iterator[Sequence[Row]]:
        """Follow the links."""
        url: str | None = f"{self.base}/api/v2/contacts?per_page={self.page}"
        while url:
            self.calls += 1
            answer = self.session.get(url, timeout=60)
            yield answer.json()
            url = answer.links.get("next", {}).get("url")

    def write(self, changes: Mapping[str, str]) -> int:
        """Look and write."""
        shown = 0
        for one, text in changes.items():
            self.call("GET", f"/api/v2/contacts/{one}")
            shown += self.call("PUT", f"/api/v2/contacts/{one}", json={self.field: text})[self.field] == text
        return shown

    @classmethod
    def least_to_push(cls, records: int) -> float:
        """Two calls for each record."""
        return 2 * records


class ZohoDesk(Loop):
    """Searches in windows of at most 5,000 records; one record a write, whose answer shows it."""

    stream, field, page = "contacts", "title", 100

    def sign_in(self) -> None:
        """Exchange the refresh token."""
        asked = {name: self.config[name] for name in ("client_id", "client_secret", "refresh_token")}
        url = f"{self.config['accounts_url']}/oauth/v2/token"
        token = self.call("POST", url, data={"grant_type": "refresh_token", **asked})["access_token"]
        self.session.headers.update({"Authorization": f"Zoho-oauthtoken {token}", "orgId": str(self.config["org_id"])})
        self.page = int(self.config.get("page_size", self.page))

    def pages(self) -> Iterator[Sequence[Row]]:
        """Search in the order of change; the next window begins at the last record's time."""
        since, start, last = "2010-01-01T00:00:00.000Z", 0, ""
        while True:
            asked = {"from": start, "limit": self.page, "sortBy": "modifiedTime"}
            asked["modifiedTimeRange"] = f"{since},2100-01-01T00:00:00.000Z"
            rows = self.call("GET", "/api/v1/contacts/search", params=asked).get("data", [])
            yield rows
            if len(rows) < self.page:
                return
            start, last = start + self.page, rows[-1]["modifiedTime"]
            if start >= 5_000:
                since, start = last, 0

    def write(self, changes: Mapping[str, str]) -> int:
        """Look and write."""
        shown = 0
        for one, text in changes.items():
            self.call("GET", f"/api/v1/contacts/{one}")
            shown += self.call("PATCH", f"/api/v1/contacts/{one}", json={self.field: text})[self.field] == text
        return shown

    @classmethod
    def least_to_push(cls, records: int) -> float:
        """Two calls for each record, and the sign-in."""
        return 1 + 2 * records


class Udesk(Loop):
    """Pages by number, at most 10,000 records; one record a write, whose answer shows it."""

    stream, field, page = "customers", "description", 100
    overhead = signs_in = 0

    def call(self, method: str, path: str, **facts: Any) -> Any:  # noqa: ANN401 (any JSON)
        """Sign each call anew."""
        stamp, nonce = str(int(time.time())), uuid.uuid4().hex
        sign = signature(self.config["email"], self.config["api_token"], stamp, nonce)
        signed = {"email": self.config["email"], "timestamp": stamp, "nonce": nonce, "sign_version": "v2", "sign": sign}
        return super().call(method, f"/open_api_v1/{path}", **facts | {"params": {**facts.get("params", {}), **signed}})

    def pages(self) -> Iterator[Sequence[Row]]:
        """Count the pages up."""
        page, last = 1, 1
        while page <= last:
            answer = self.call("GET", "customers", params={"page": page, "page_size": self.page})
            yield answer["customers"]
            page, last = page + 1, answer["meta"]["total_pages"]

    def write(self, changes: Mapping[str, str]) -> int:
        """Look and write."""
        shown = 0
        for one, text in changes.items():
            named = {"type": "id", "content": one}
            self.call("GET", "customers/get_customer", params=named)
            body = {"customer": {self.field: text}}
            answer = self.call("PUT", "customers/update_customer", params=named, json=body)
            shown += answer["customer"][self.field] == text
        return shown

    @classmethod
    def least_to_push(cls, records: int) -> float:
        """Two calls for each record."""
        return 2 * records


class WebForms(Loop):
    """Typeform's responses before a token; nothing is written."""

    stream, field, page, overhead = "entries", "", 1000, 0

    def sign_in(self) -> None:
        """Carry the token."""
        self.session.headers["Authorization"] = f"Bearer {self.config['token']}"

    def pages(self) -> Iterator[Sequence[Row]]:
        """Walk each form from its newest response back."""
        for form in self.config["forms"]:
            asked: dict[str, Any] = {"page_size": self.page, "response_type": "completed"}
            while True:
                answer = self.call("GET", f"/forms/{form}/responses", params=asked)
                yield answer["items"]
                if answer["page_count"] <= 1:
                    break
                asked["before"] = answer["items"][-1]["token"]


LOOPS: Mapping[str, type[Loop]] = {
    "zoho_crm": Zoho,
    "fxiaoke": Fxiaoke,
    "zendesk": Zendesk,
    "freshdesk": Freshdesk,
    "zoho_desk": ZohoDesk,
    "udesk": Udesk,
    "web_forms": WebForms,
}
"""System -> its loop."""


def _batches(changes: Mapping[str, str]) -> Iterator[list[str]]:
    ids = list(changes)
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
