"""When a system is given up, and when it is tried again; with a clock and a system of the test's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import NotAnswering, TryAgain
from flows.circuit_breaker import LONGEST_PAUSE, CircuitBreaker, Silence

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


class System:
    """A system that is up or not, asked through a breaker as a connector's probe asks it."""

    def __init__(self) -> None:
        self.up, self.asked, self.now = True, 0, NOON
        self.kept: list[Silence | None] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.breaker = CircuitBreaker("crm", self._probe, self.kept.append, lambda: self.now)

    def _probe(self) -> None:
        self.asked += 1
        self.breaker.heed()
        assert self.breaker.patience().for_seconds == 0.0, "the probe is tried once"
        self.meanwhile()
        if not self.up:
            self.breaker.unanswered()
            raise TryAgain("no answer", system="crm", code="unreachable", cure="look")
        self.breaker.answered()

    def call(self, *, answered: bool) -> None:
        self.breaker.heed()
        (self.breaker.answered if answered else self.breaker.unanswered)()


@pytest.fixture
def crm() -> System:
    made = System()
    made.breaker.begin(None)
    return made


def test_after_a_call_in_vain_a_system_that_is_down_is_given_up_for_the_run(crm: System) -> None:
    crm.call(answered=True)
    crm.up = False
    crm.call(answered=False)
    for _call in range(3):
        with pytest.raises(NotAnswering) as stopped:
            crm.call(answered=True)
    assert crm.asked == 1
    assert stopped.value.since == NOON
    assert "crmhub check crm" in str(stopped.value)
    assert crm.kept == [Silence(NOON, NOON)]
    assert crm.breaker.end() == NOON


def test_one_call_in_vain_says_nothing_of_a_system_that_answers_otherwise(crm: System) -> None:
    for _record in range(3):
        crm.call(answered=False)
    crm.call(answered=True)
    assert crm.asked == 3
    assert crm.kept == []
    assert crm.breaker.end() is None


def test_after_a_call_in_vain_no_other_is_tried_twice_until_one_is_answered(crm: System) -> None:
    assert crm.breaker.patience().for_seconds > 1e9
    crm.call(answered=False)
    assert crm.breaker.patience().for_seconds == 0.0
    crm.breaker.heed()  # the probe is answered, and that says nothing about the calls that were not
    assert crm.breaker.patience().for_seconds == 0.0
    crm.call(answered=True)
    assert crm.breaker.patience().for_seconds > 1e9


def test_a_run_begins_with_one_probe_where_the_last_one_found_silence(crm: System) -> None:
    crm.up = False
    crm.now += AN_HOUR
    crm.breaker.begin(Silence(NOON, NOON))
    with pytest.raises(NotAnswering):
        crm.call(answered=True)
    assert crm.kept == [Silence(NOON, NOON + AN_HOUR)], "the silence is as old as it was"
    crm.up = True
    crm.breaker.begin(crm.kept[-1])
    crm.call(answered=True)
    crm.call(answered=True)
    assert crm.asked == 2
    assert crm.kept[-1] is None


@pytest.mark.parametrize(
    ("silent_for", "later", "asked"),
    [
        (timedelta(0), timedelta(seconds=59), 0),
        (timedelta(0), timedelta(seconds=60), 1),
        (timedelta(minutes=5), timedelta(minutes=4), 0),
        (timedelta(minutes=5), timedelta(minutes=5), 1),
        (timedelta(days=2), LONGEST_PAUSE, 1),
        (timedelta(0), timedelta(hours=-7), 1),
    ],
    ids=["too soon", "a minute later", "silent for longer", "as long as it was silent", "for days", "clock put back"],
)
def test_hasty_runs_ask_a_silent_system_now_and_then(
    crm: System, silent_for: timedelta, later: timedelta, asked: int
) -> None:
    crm.up = False
    asked_at = NOON + silent_for
    crm.now = asked_at + later
    crm.breaker.begin(Silence(NOON, asked_at), hasty=True)
    with pytest.raises(NotAnswering):
        crm.call(answered=True)
    assert crm.asked == asked


def test_a_run_that_wants_nothing_of_a_silent_system_does_not_name_it(crm: System) -> None:
    crm.breaker.begin(Silence(NOON, NOON), hasty=True)
    assert crm.breaker.end() is None


def test_an_answer_to_another_thread_counts_while_the_system_is_asked(crm: System) -> None:
    crm.call(answered=False)
    crm.up = False

    def meanwhile() -> None:
        other = threading.Thread(target=crm.breaker.answered)
        other.start()
        other.join()

    crm.meanwhile = meanwhile
    crm.call(answered=True)
    assert crm.kept == []


def test_many_threads_wait_for_one_probe(crm: System) -> None:
    crm.call(answered=False)
    crm.up = False
    stopped: list[NotAnswering] = []

    def call() -> None:
        try:
            crm.call(answered=True)
        except NotAnswering as error:
            stopped.append(error)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(stopped) == 8
    assert crm.asked == 1


def test_outside_of_runs_nothing_is_stopped(crm: System) -> None:
    crm.up = False
    crm.call(answered=False)
    crm.breaker.end()
    for _call in range(3):
        crm.call(answered=False)
    assert crm.asked == 0
