from __future__ import annotations

import json
import os
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread

import requests

from connectors.sandboxes.run import start_sandboxes
from connectors.sandboxes.serve import bind
from tests.connectors.sandboxes.conftest import POPULATION, Client
from tests.connectors.sandboxes.tiny import build

BUILDERS = {"tiny": build}


def test_a_kept_state_comes_back_with_history_tokens_and_fresh_ids(tmp_path: Path) -> None:
    with start_sandboxes(["tiny"], 0, 1, state=tmp_path, population=POPULATION, builders=BUILDERS) as running:
        first = Client(running)
        [made] = first.call("POST", "/people", [{"full_name": "Kept", "email": "ann@a.example"}]).json()
        running.sandboxes["tiny"].expire_tokens()
    with start_sandboxes(["tiny"], 0, 1, state=tmp_path, population=POPULATION, builders=BUILDERS) as running:
        second = Client(running)
        second.token = second.call("POST", "/token").json()["token"]
        assert second.token == "t1"
        assert len(second.call("GET", "/people").json()["people"]) == 4
        shown = second.control("GET", "/_record", system="tiny", stream="people", id=made)
        assert shown["history"][0]["by"] == "hub"
        assert second.control("GET", "/_truth")["records"][-1]["customer"] == "ann"
        assert second.call("POST", "/people", [{"full_name": "New"}]).json() == ["000005"]


def two_free_ports() -> int:
    """Return the first of two; below those that systems give out, where other tests at work take theirs."""
    for port in range(20_000 + os.getpid() % 5_000, 30_000, 2):
        with suppress(OSError), bind(port), bind(port + 1):
            return port
    raise AssertionError("no two ports in a row are free")


def test_a_given_port_is_the_control_ports_and_systems_follow() -> None:
    port = two_free_ports()
    with start_sandboxes(["tiny"], 0, 1, port=port, builders=BUILDERS) as running:
        assert running.control_url.endswith(f":{port}")
        assert running.describe()["systems"]["tiny"]["base_url"].endswith(f":{port + 1}")


def test_stopping_frees_a_client_that_is_kept_waiting_and_may_be_repeated() -> None:
    ended: Queue[Exception] = Queue()
    running = start_sandboxes(["tiny"], 0, 1, faults=[{"kind": "hang"}], builders=BUILDERS)
    client = Client(running)

    def wait() -> None:
        try:
            client.call("GET", "/people", timeout=60)
        except requests.ConnectionError as error:
            ended.put(error)

    waiting = Thread(target=wait)
    waiting.start()
    while not client.running.sandboxes or _calls(running.control_url) == 0:
        pass
    running.stop()
    running.stop()
    assert isinstance(ended.get(timeout=20), requests.ConnectionError)
    waiting.join()


def _calls(control_url: str) -> int:
    reads: int = requests.get(control_url + "/_stats", timeout=5).json()["tiny"]["reads"]
    return reads


def test_real_limits_open_again_when_time_is_advanced() -> None:
    with start_sandboxes(["tiny"], 0, 1, limits="real", builders=BUILDERS) as running:
        client = Client(running)
        statuses = [client.call("GET", "/people").status_code for _ in range(11)]
        assert statuses == [200] * 10 + [429]
        client.control("POST", "/_clock", {"advance": 61})
        assert client.call("GET", "/people").status_code == 200


def test_changes_by_people_and_by_the_hub_are_posted_in_order_and_again_after_a_503() -> None:
    seen: Queue[dict[str, str]] = Queue()
    refuse = [True]

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503 if refuse else 204)
            self.end_headers()
            if refuse:
                refuse.clear()
            else:
                seen.put(json.loads(body))

        def log_message(self, *_: object) -> None:
            pass

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=receiver.serve_forever, daemon=True).start()
    with start_sandboxes(["tiny"], 0, 1, population=POPULATION, builders=BUILDERS) as running:
        client = Client(running)
        url = f"http://127.0.0.1:{receiver.server_port}/hook"
        for _ in range(2):
            client.control("POST", "/_webhooks", {"system": "tiny", "url": url})
        client.control("POST", "/_edit", {"system": "tiny", "stream": "people", "id": "000001", "set": {"mobile": "1"}})
        client.call("PUT", "/people/000002", {"mobile": "2"})
        posted = [seen.get(timeout=20) for _ in range(2)]
        assert posted == [
            {"id": "000001", "kind": "update", "by": "people"},
            {"id": "000002", "kind": "update", "by": "hub"},
        ]
        assert seen.empty()
    receiver.shutdown()
    receiver.server_close()
