"""Scheduled syncs through real Prefect processes: a server, a runner, and a flow run in a process of its own."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.prefect_flows import StepBroken, _in_own_thread, _safely, counted
from flows.schedule_processes import ScheduleProcesses, prefect_environment
from flows.tally import Tally, Trouble
from golden_record.errors import StoreUnreachable
from golden_record.store import runs
from golden_record.store.whole import tidying, whole
from tests.system.world import World, typed, world

PATIENCE = 240.0
"""Seconds; three Python processes that import Prefect start one after another, perhaps on a busy machine."""
PERSON = {
    "family": "欧阳",
    "given": "晓雯",
    "full_name": "欧阳晓雯",
    "email": "xiaowen.ouyang@huaxin-cable.cn",
    "mobile": "+8613911112222",
}
Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
STEPS = {
    "recover zoho_crm",
    "recover fxiaoke",
    "pull zoho_crm",
    "pull fxiaoke",
    "resolve",
    "plan person",
    "push person zoho_crm",
    "push person fxiaoke",
}
SECRETS = ("欧阳", "晓雯", "huaxin-cable", "13911112222", "139 1111 2222")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """One customer: Zoho knows a job title that Fxiaoke lacks. Both are pulled on the hour, in Shanghai."""
    people = [
        typed("zoho_crm", "contact", "c1", {**PERSON, "job_title": "经理"}),
        typed("fxiaoke", "contact", "c1", PERSON),
    ]
    with world(tmp_path / "project", people) as made:
        pull = {"schedule": "0 * * * *", "timezone": "Asia/Shanghai"}
        made.change_yaml("hub.yaml", lambda hub: [one.update({"pull": pull}) for one in hub["systems"].values()])
        yield made


def until(true: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < deadline, "this never came to hold"
        time.sleep(0.2)
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_scheduled_sync_runs_through_prefect_which_learns_of_no_customer(here: World) -> None:
    processes = ScheduleProcesses(here.folder, {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")})
    processes.start()
    try:
        until(lambda: processes.state == "running")

        def ask(path: str, body: Any = None) -> Any:
            answer = requests.post(f"{processes.api_url}{path}", json=body or {}, timeout=60)
            answer.raise_for_status()
            return answer.json()

        deployment = until(lambda: ask("/deployments/filter"))[0]
        assert deployment["name"] == "fxiaoke+zoho_crm"
        [schedule] = deployment["schedules"]
        assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("0 * * * *", "Asia/Shanghai")
        asked = ask(f"/deployments/{deployment['id']}/create_flow_run")
        only = {"flow_runs": {"id": {"any_": [asked["id"]]}}}
        ended = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
        run = until(lambda: [one for one in ask("/flow_runs/filter", only) if one["state_type"] in ended])[0]
        assert run["state_type"] == "COMPLETED", run["state"]["message"]
        until(lambda: {one["name"] for one in ask("/task_runs/filter", only)} >= STEPS)  # Prefect notes them late
        names = [one["name"] for one in ask("/task_runs/filter", only)]
    finally:
        processes.stop()
    assert len(names) == len(set(names)), "a task for each system and phase, and no more"
    assert here.value(*F, here.only(*F), "job_title") == "经理"
    with here.hub() as hub, hub.store.read() as connection:
        [kept] = runs.newest(connection, 10)
    assert (kept.kind, kept.status) == ("scheduled", "ok")
    assert kept.run_id in run["state"]["message"]
    assert found_in(here.folder / ".prefect", [*SECRETS, *secrets_of(here)]) == []


def secrets_of(here: World) -> list[str]:
    """Return what opens the systems."""
    blocks = here.running.describe()["systems"].values()
    return [
        value
        for one in blocks
        for name, value in one["config"]["config"].items()
        if "secret" in name or "token" in name or "code" in name
    ]


def found_in(folder: Path, texts: list[str]) -> list[tuple[str, str]]:
    """Return which of *texts* lie in which files, in the ways in which JSON and SQLite write them."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert any(file.suffix == ".db" for file in files), "there is no database to search"
    ways = [(text, way) for text in texts for way in (text.encode(), text.encode("unicode_escape"))]
    return [(file.name, text) for file in files for text, way in ways if way in file.read_bytes()]


def test_what_a_broken_step_tells_prefect_holds_no_value() -> None:
    def broken() -> None:
        raise ValueError("13911112222")

    with pytest.raises(StepBroken) as caught:
        _safely("pull", "zoho_crm", broken)
    assert "13911112222" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_trouble_with_the_store_reaches_prefect_so_that_the_task_is_tried_again() -> None:
    def away() -> None:
        raise StoreUnreachable("the store does not answer", "Start it")

    with pytest.raises(StoreUnreachable):
        _safely("pull", "zoho_crm", away)


def test_the_line_about_a_run_is_counts() -> None:
    tally = Tally("r")
    tally.stream("zoho_crm", "Contacts").read = 3
    tally.system("zoho_crm").writes["update"] = 2
    tally.trouble(Trouble("zoho_crm", "Contacts", "1", "code", "text", "cure"))
    assert counted(tally) == "3 read, 0 changed, 2 written, 1 errors"


def test_telemetry_is_off_whatever_the_operator_set(tmp_path: Path) -> None:
    made = prefect_environment(tmp_path, {"PREFECT_SERVER_ANALYTICS_ENABLED": "true", "PREFECT_HOME": "/elsewhere"})
    assert made["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert made["DO_NOT_TRACK"] == "1"
    assert made["PREFECT_HOME"] == "/elsewhere"


def test_a_signal_of_prefects_own_ends_the_work_in_order_and_goes_on_to_prefect() -> None:
    """Prefect takes a signal for a cancellation only where its own handler is in place."""
    handler = signal.getsignal(signal.SIGTERM)
    begun = threading.Event()
    done: list[object] = []

    def work() -> State[Any]:
        done.append(signal.getsignal(signal.SIGTERM) is handler)
        try:
            begun.set()
            while True:
                with whole():
                    time.sleep(0.001)
        finally:
            with tidying(), whole():
                done.append("noted")

    def cancel() -> None:
        begun.wait()
        time.sleep(0.2)  # until the main thread waits; a signal in the start of a thread is Python's own affair
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=cancel).start()
        with pytest.raises(KeyboardInterrupt):
            _in_own_thread(work)
    finally:
        signal.signal(signal.SIGINT, before)
    assert done == [True, "noted"]


def test_what_the_work_comes_to_comes_back_from_its_thread() -> None:
    ended: State[Any] = Completed(message="here")
    assert _in_own_thread(lambda: ended) is ended

    def broken() -> State[Any]:
        raise StoreUnreachable("the store does not answer", "Start it")

    with pytest.raises(StoreUnreachable):
        _in_own_thread(broken)
