"""Read more records than a simulator could hold: made up as they are asked for, by a server in a process of its own.

    python -m benchmarks.endless --read zoho_crm --records 1000000

Reads them all through the hub's source and prints `{"read": n, "megabytes": m}`: the most memory that the reading
process took, with the interpreter and all libraries. `files` reads a CSV file of that length and `sql` a SQLite table.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer

from connectors import registry
from connectors.ports import MemoryTokenStore, WindowBudget

BEGAN = datetime(2000, 1, 1, tzinfo=UTC)
NOTHING: tuple[int, Any, dict[str, str]] = (204, None, {})
Said = tuple[int, Any, dict[str, str]]
"""Status, JSON, headers."""


def _at(number: int) -> str:
    return (BEGAN + timedelta(seconds=number)).isoformat()


def zoho_crm(path: str, query: Mapping[str, str], head: Mapping[str, str], body: Any, total: int) -> Said:  # noqa: ANN401 (any JSON)
    """Contacts that changed one a second."""
    del query, body
    if path == "/oauth/v2/token":
        return 200, {"access_token": "t", "expires_in": 36_000, "token_type": "Bearer"}, {}
    if path.endswith("/settings/fields"):
        names = ("id", "Last_Name", "Email", "Mobile", "Description", "Modified_Time")
        kinds = {"id": "bigint", "Modified_Time": "datetime", "Description": "textarea"}
        told = [{"api_name": one, "data_type": kinds.get(one, "text"), "field_label": one} for one in names]
        return 200, {"fields": told}, {}
    if path != "/crm/v8/Contacts":
        return NOTHING
    since = head.get("If-Modified-Since")
    start = max(0, int((datetime.fromisoformat(since) - BEGAN).total_seconds())) if since else 0
    ids = range(start, min(start + 200, total))
    rows = [
        {
            "id": str(10**17 + one),
            "Last_Name": f"Wang {one}",
            "Email": f"w{one}@kunde.example",
            "Mobile": f"+86138{one:08d}",
            "Description": "Met at the exhibition. " * 4,
            "Modified_Time": _at(one),
        }
        for one in ids
    ]
    more = ids.stop < total
    return 200, {"data": rows, "info": {"more_records": more, "next_page_token": "x" if more else None}}, {}


def fxiaoke(path: str, query: Mapping[str, str], head: Mapping[str, str], body: Any, total: int) -> Said:  # noqa: ANN401 (any JSON)
    """Contacts by their id."""
    del query, head
    well = {"errorCode": 0, "errorMessage": "OK"}
    if path == "/cgi/corpAccessToken/get/V2":
        return 200, {**well, "corpAccessToken": "t", "corpId": "c", "expiresIn": 7200}, {}
    search = body["data"]["search_query_info"]
    start, size = 0, int(search["limit"])
    for one in search["filters"]:
        if one["field_name"] == "_id":
            start = int(one["field_values"][0], 16) + 1
    if search["orders"][0]["fieldName"] != "_id":
        start = total - 1
    rows = [
        {
            "_id": f"{one:024x}",
            "name": f"王{one}",
            "mobile1": f"138{one:08d}",
            "email": f"w{one}@kunde.example",
            "remark": "在展会上认识，希望收到报价。" * 4,
            "last_modified_time": 1_600_000_000_000 + one * 1000,
            "life_status": "normal",
        }
        for one in range(start, min(start + size, total))
    ]
    return 200, {**well, "data": {"total": 0, "offset": 0, "limit": size, "dataList": rows}}, {}


def zendesk(path: str, query: Mapping[str, str], head: Mapping[str, str], body: Any, total: int) -> Said:  # noqa: ANN401 (any JSON)
    """Users with one mail each."""
    del head, body
    if path == "/oauth/tokens":
        return 200, {"access_token": "a", "refresh_token": "r", "expires_in": 36_000}, {}
    start = int(query.get("cursor", "0"))
    ids = range(start, min(start + 1000, total))
    users = [
        {
            "id": one + 1,
            "name": f"Wang {one}",
            "email": f"w{one}@kunde.example",
            "role": "end-user",
            "active": True,
            "notes": "Met at the exhibition. " * 4,
            "updated_at": (BEGAN + timedelta(seconds=one)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for one in ids
    ]
    owned = [
        {"id": one, "user_id": one + 1, "type": "email", "value": f"w{one}@kunde.example", "primary": True}
        for one in ids
    ]
    told = {"users": users, "identities": owned, "after_cursor": str(ids.stop), "end_of_stream": ids.stop >= total}
    return 200, told, {}


def freshdesk(path: str, query: Mapping[str, str], head: Mapping[str, str], body: Any, total: int) -> Said:  # noqa: ANN401 (any JSON)
    """Contacts by page."""
    del body
    if query.get("state") == "deleted":
        return 200, [], {}
    page = int(query.get("page", "1"))
    ids = range((page - 1) * 100, min(page * 100, total))
    rows = [
        {
            "id": one + 1,
            "name": f"Wang {one}",
            "email": f"w{one}@kunde.example",
            "description": "Met at the exhibition. " * 4,
            "updated_at": _at(one),
        }
        for one in ids
    ]
    link = f'<http://{head["Host"]}{path}?per_page=100&page={page + 1}>; rel="next"'
    return 200, rows, {"Link": link} if ids.stop < total else {}


def web_forms(path: str, query: Mapping[str, str], head: Mapping[str, str], body: Any, total: int) -> Said:  # noqa: ANN401 (any JSON)
    """Responses of one Typeform, the newest first."""
    del path, head, body
    newest, size = int(query.get("before", str(total))), int(query["page_size"])
    ids = range(newest - 1, max(newest - 1 - size, -1), -1)
    items = [
        {
            "token": str(one),
            "response_id": str(one),
            "submitted_at": (BEGAN + timedelta(seconds=one)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "answers": [
                {"type": "email", "email": f"w{one}@kunde.example", "field": {"ref": "email", "type": "email"}},
                {"type": "text", "text": "A quote, please. " * 4, "field": {"ref": "message", "type": "long_text"}},
            ],
        }
        for one in ids
    ]
    return 200, {"items": items, "total_items": newest, "page_count": -(-newest // size)}, {}


SERVED: dict[str, Callable[[str, Mapping[str, str], Mapping[str, str], Any, int], Said]] = {
    "zoho_crm": zoho_crm,
    "fxiaoke": fxiaoke,
    "zendesk": zendesk,
    "freshdesk": freshdesk,
    "web_forms": web_forms,
}
SHAPES = (*SERVED, "files", "sql")
"""What can be read without end."""
STREAMS = {
    "zoho_crm": "Contacts",
    "fxiaoke": "ContactObj",
    "zendesk": "users",
    "freshdesk": "contacts",
    "web_forms": "entries",
    "files": "customers",
    "sql": "customers",
}


def _serve(shape: str, total: int) -> None:
    """Answer until standard input ends; the first line says where."""

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length) if length else b""
            body = json.loads(raw) if raw[:1] == b"{" else None
            query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
            status, told, headers = SERVED[shape](asked.path, query, dict(self.headers), body, total)
            content = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 (the handler's own names)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()


@contextmanager
def _somewhere(shape: str, total: int) -> Iterator[dict[str, Any]]:
    """Yield the configuration of a system with that many records."""
    with tempfile.TemporaryDirectory(prefix="crmhub-bench-") as folder:
        if shape == "files":
            with (Path(folder) / "c.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerow(("id", "name", "email", "note"))
                csv.writer(file).writerows(_rows(total))
            yield {"project": folder, "streams": {"customers": {"path": "*.csv", "key": "id"}}}
        elif shape == "sql":
            with closing(sqlite3.connect(Path(folder) / "shop.db")) as database, database:
                database.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT, note TEXT)")
                database.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", _rows(total))
            streams = {"customers": {"table": "customers", "key": "id"}}
            yield {"url": f"sqlite:///{folder}/shop.db", "streams": streams}
        else:
            command = [sys.executable, "-m", "benchmarks.endless", "--serve", shape, "--records", str(total)]
            child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            try:
                yield _config(shape, (child.stdout.readline() if child.stdout else "").strip())
            finally:
                child.kill()
                child.wait()


def _rows(total: int) -> Iterator[tuple[int, str, str, str]]:
    return ((one, f"Wang {one}", f"w{one}@kunde.example", "Met at the exhibition. " * 4) for one in range(total))


def _config(shape: str, url: str) -> dict[str, Any]:
    client = {"client_id": "c", "client_secret": "secret", "refresh_token": "first"}
    no_limit = {"calls_per_minute": 0}
    return {
        "zoho_crm": {**client, "accounts_url": url, "base_url": url, "modules": ["Contacts"], "bulk_read_from": 0},
        "fxiaoke": {"app_id": "a", "app_secret": "s", "permanent_code": "p", "open_user_id": "u", "calls_per_20s": 0},
        "zendesk": {**client, **no_limit, "export_calls_per_minute": 0},
        "freshdesk": {"api_key": "key", **no_limit},
        "web_forms": {"product": "typeform", "token": "t", "forms": ["f"], "calls_per_second": 0, "page_size": 1000},
    }[shape] | {"base_url": url}


def main() -> None:
    """Read, and say how much memory that took."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--read", choices=SHAPES, help="none: nothing is done")
    parser.add_argument("--serve", choices=SHAPES, help=argparse.SUPPRESS)
    parser.add_argument("--records", type=int, default=1_000_000)
    options, _ = parser.parse_known_args()
    if options.serve:
        _serve(options.serve, options.records)
    if not options.read:
        return
    stream = {"name": STREAMS[options.read], "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]}
    asked = {"streams": [{"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}]}
    catalog = ConfiguredAirbyteCatalogSerializer.load(asked)
    count = 0
    with _somewhere(options.read, options.records) as config:
        source = registry.connector(options.read).source(MemoryTokenStore(), WindowBudget())
        for message in source.read(logging.getLogger("benchmark"), config, catalog, []):
            count += message.record is not None
            if message.trace is not None and message.trace.error is not None:
                raise SystemExit(message.trace.error.message)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"read": count, "megabytes": round(most, 1)}))


if __name__ == "__main__":
    main()
