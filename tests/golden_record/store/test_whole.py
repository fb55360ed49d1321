from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import partial

import pytest

from golden_record.store.whole import Stopped, signals_wait, stoppable, tidying, whole


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """What Python makes of Ctrl-C; a shell that starts tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def steps_until_stopped(work: Callable[[list[str]], None]) -> list[str]:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), signals_wait():
        work(done)
    return done


def test_a_signal_in_a_transaction_takes_effect_when_that_is_over() -> None:
    def work(done: list[str]) -> None:
        with whole():
            with whole():
                signal.raise_signal(signal.SIGINT)
                done.append("a step")
            done.append("the rest")
        done.append("the next transaction")

    assert steps_until_stopped(work) == ["a step", "the rest"]


def test_a_signal_between_transactions_takes_effect_at_once() -> None:
    def work(done: list[str]) -> None:
        with whole():
            done.append("one")
        signal.raise_signal(signal.SIGINT)
        done.append("two")

    assert steps_until_stopped(work) == ["one"]


def test_a_second_signal_does_not_wait() -> None:
    def work(done: list[str]) -> None:
        with whole():
            signal.raise_signal(signal.SIGINT)
            done.append("patience")
            signal.raise_signal(signal.SIGINT)
            done.append("no more")

    assert steps_until_stopped(work) == ["patience"]


def test_a_transaction_of_another_thread_holds_no_signal_up() -> None:
    inside, leave = threading.Event(), threading.Event()

    def elsewhere() -> None:
        with whole():
            inside.set()
            leave.wait(60)

    def work(done: list[str]) -> None:
        thread.start()
        inside.wait(60)
        signal.raise_signal(signal.SIGINT)
        done.append("went on")

    thread = threading.Thread(target=elsewhere)
    assert steps_until_stopped(work) == []
    leave.set()
    thread.join()


def test_handlers_are_what_they_were_afterwards_and_what_python_does_not_handle_is_left_alone() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with signals_wait():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGTERM, before)


def in_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=copy_context().run, args=(work,))
    thread.start()
    thread.join()


def test_a_thread_that_is_asked_to_end_does_so_before_its_next_transaction_and_then_tidies_up() -> None:
    done: list[str] = []

    def work() -> None:
        try:
            with whole():
                stop.ask()
                done.append("the transaction at hand")
            with whole():
                done.append("another one")
        except Stopped:
            with whole():
                done.append("tidied up")

    with stoppable() as stop:
        in_thread(work)
    assert done == ["the transaction at hand", "tidied up"]


def test_how_work_ended_is_noted_though_its_thread_learns_only_then_that_it_was_asked_to_end() -> None:
    done: list[str] = []

    def work() -> None:
        with tidying(), whole():
            done.append("noted")
        with pytest.raises(Stopped), whole():
            done.append("another one")

    with stoppable() as stop:
        stop.ask()
        in_thread(work)
    assert done == ["noted"]


def test_each_thread_is_told_and_those_of_others_are_not() -> None:
    told: list[str] = []

    def work(name: str) -> None:
        try:
            with whole():
                pass
        except Stopped:
            told.append(name)

    with stoppable() as stop:
        stop.ask()
        for name in ("one", "two"):
            in_thread(partial(work, name))
    in_thread(partial(work, "somebody else's"))
    assert told == ["one", "two"]
