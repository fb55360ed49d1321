"""The database goes away in the middle of the hub's work and comes back: it is named, nothing is lost, work goes on."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.sandboxes.contract import Change
from console.main import EXIT_FAILED, run
from tests.console.web.served import serving, until
from tests.gate import Gate, gate_before
from tests.system.customers import SYSTEMS, Office, by_mail, mail, population, title_of
from tests.system.world import World, world, written

CUSTOMERS = 12


@pytest.fixture(params=["postgres_url", pytest.param("mariadb_url", marks=pytest.mark.soak)])
def gated(request: pytest.FixtureRequest) -> Iterator[tuple[str, Gate]]:
    """A database server behind a gate."""
    with gate_before(str(request.getfixturevalue(request.param))) as made:
        yield made


@contextmanager
def gone_when_stored(here: World, gate: Gate, nth: int) -> Iterator[None]:
    """Shut the gate when the hub has the *nth* record stored: that it is stored, the store does not learn."""
    stored = 0

    def note(change: Change) -> None:
        nonlocal stored
        stored += change.by == "hub"
        if stored == nth:
            gate.shut()

    books = [sandbox.book for sandbox in here.running.sandboxes.values()]
    for book in books:
        book.listeners.append(note)
    try:
        yield
    finally:
        for book in books:
            book.listeners.remove(note)
        assert stored >= nth, "the hub never came so far"


@contextmanager
def gone_when_called(here: World, gate: Gate, nth: int) -> Iterator[None]:
    """Shut the gate when the systems have been called *nth* times: in the middle of the pull."""
    before, over = calls(here), threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            if calls(here) - before >= nth:
                gate.shut()
                return

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        struck = not watching.is_alive()
        over.set()
        watching.join()
        assert struck, "the hub never came so far"


def calls(here: World) -> int:
    return sum(sum(one["calls"].values()) for one in here.control("/_stats").values())


@pytest.mark.slow
def test_a_store_that_goes_away_in_a_sync_is_named_and_the_next_sync_ends_the_work(
    tmp_path: Path, gated: tuple[str, Gate], capfd: pytest.CaptureFixture[str]
) -> None:
    url, gate = gated
    with world(tmp_path, population(CUSTOMERS, 6), systems=tuple(SYSTEMS), store=url) as here:
        office = Office(here, random.Random(6), CUSTOMERS)
        assert run(["migrate", "--project", str(tmp_path)]) == 0
        for gone in (gone_when_called(here, gate, 6), gone_when_stored(here, gate, 3), gone_when_stored(here, gate, 9)):
            capfd.readouterr()
            with gone:
                code = run(["sync", "--project", str(tmp_path)])
            said = capfd.readouterr()
            assert code == EXIT_FAILED
            assert "the store does not answer" in said.err
            assert "Traceback" not in said.out + said.err
            gate.open()
            office.work(edits=2)
        after = here.sync()
        assert (after["status"], after["errors"]) == ("ok", [])
        here.settle()
        assert office.doubles() == office.lost() == office.missing() == []
        here.control("/_stats/reset", {})
        assert written(here.sync()) == 0
        assert set(here.writes().values()) == {0}


@pytest.mark.slow
def test_a_store_that_goes_away_while_serving_is_told_to_senders_and_work_goes_on_when_it_is_back(
    tmp_path: Path, gated: tuple[str, Gate]
) -> None:
    url, gate = gated
    with world(tmp_path, population(CUSTOMERS, 6), systems=tuple(SYSTEMS), store=url) as here:
        here.settle()
        office = Office(here, random.Random(6), CUSTOMERS)
        with serving(tmp_path) as hub:
            for system in SYSTEMS:
                here.control("/_webhooks", {"system": system, "url": f"{hub.base_url}/webhooks/{system}"})
            with gone_when_stored(here, gate, 1):
                office.retitle(1)
                until(lambda: hub.get("/readyz").status_code == 503)
            assert hub.get("/healthz").status_code == 200
            office.retitle(2)  # its post finds no store: the system is asked to come again
            gate.open()
            until(lambda: hub.get("/readyz").status_code == 200)
            office.retitle(3)
            for number in (1, 3):
                until(shown_everywhere(office, number))
            hub.settled()
        here.settle()
        assert office.doubles() == office.lost() == office.missing() == []
        here.control("/_stats/reset", {})
        assert written(here.sync()) == 0


def shown_everywhere(office: Office, number: int) -> Callable[[], bool]:
    """Tell whether every system shows the last title of a customer."""
    address = mail(number)
    return lambda: all(
        title_of(values) == office.titles[address]
        for system in SYSTEMS
        for _id, values in by_mail(office.world, system).get(address, [])
    )
