"""Traces go to a collector where one is named: runs, phases and systems, and no customer."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.system.world import typed, world

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222"}


def test_a_sync_is_traced_where_a_collector_is_named(tmp_path: Path) -> None:
    bodies: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with world(tmp_path / "project", [typed("zoho_crm", "contact", "c1", PERSON)]) as here:
            endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}"}
            command = [sys.executable, "-m", "console.main", "sync", "--project", str(here.folder)]
            done = subprocess.run(
                command, env={**os.environ, **endpoint}, capture_output=True, check=False, timeout=120
            )
        server.shutdown()
    assert done.returncode == 0, done.stderr
    spans: dict[bytes, Any] = {}
    for body in bodies:
        said = ExportTraceServiceRequest.FromString(body)
        for resource in said.resource_spans:
            for scope in resource.scope_spans:
                spans |= {one.span_id: one for one in scope.spans}
    names = {one.name for one in spans.values()}
    assert {"sync", "pull zoho_crm", "pull fxiaoke", "resolve", "plan person", "push person fxiaoke"} <= names
    [run] = [one for one in spans.values() if one.name == "sync"]
    assert {one.trace_id for one in spans.values() if one.name.startswith("pull")} == {run.trace_id}
    everything = b"".join(bodies)
    assert [value for value in ("欧阳", "晓雯", "13911112222") if value.encode() in everything] == []
