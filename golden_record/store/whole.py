"""Let a signal that ends the program wait until the transaction at hand is over.

Room: golden_record, shell. Ctrl-C and SIGTERM become an exception between any two steps of the main thread. In the
middle of a transaction it would leave the connection, and with it SQLite's one write lock, in the hands of the
exception itself: what then tidies up (the run's end, its leases) would wait for its own process until it gave up.

Where the signal's handler must stay another's, the work goes on in a thread of its own, which no signal reaches; it is
asked to end (`stoppable`), and does so before its next transaction.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """Whoever is at work here was asked to end; what tidies up may use the store."""


class Stop:
    """Asks all threads at work in the block of `stoppable` to end; each is told once."""

    def __init__(self) -> None:
        self._asked = False
        self._mine = threading.local()

    def ask(self) -> None:
        """Let each thread end before its next transaction."""
        self._asked = True

    def heed(self) -> None:
        """Go on only if nobody asked, or this thread knows it already and is tidying up."""
        if self._asked and not getattr(self._mine, "told", False) and not _TIDYING.get():
            self._mine.told = True
            raise Stopped


_STOP: ContextVar[Stop | None] = ContextVar("stop", default=None)
_TIDYING: ContextVar[bool] = ContextVar("tidying", default=False)


@contextmanager
def tidying() -> Iterator[None]:
    """Let no request to end keep the block from its transactions: it notes how something ended."""
    before = _TIDYING.set(True)
    try:
        yield
    finally:
        _TIDYING.reset(before)


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Let other threads, started with a copy of the block's context, be asked to end by what is yielded."""
    stop = Stop()
    before = _STOP.set(stop)
    try:
        yield stop
    finally:
        _STOP.reset(before)


class _MainThread:
    """How deep the main thread is in blocks that nothing may cut in two, and the signal that waits for their end."""

    depth = 0
    waiting: Callable[[], Any] | None = None


@contextmanager
def whole() -> Iterator[None]:
    """Let no signal cut the block in two, where `signals_wait` is in force: it takes effect at the block's end.

    Raises:
        Stopped: this thread was asked to end; the block is not begun.
    """
    if threading.current_thread() is not threading.main_thread():  # signals reach the main thread alone
        stop = _STOP.get()
        if stop is not None:
            stop.heed()
        yield
        return
    _MainThread.depth += 1
    try:
        yield
    finally:
        _MainThread.depth -= 1
        if _MainThread.depth == 0 and _MainThread.waiting is not None:
            act, _MainThread.waiting = _MainThread.waiting, None
            act()


@contextmanager
def signals_wait() -> Iterator[None]:
    """Within the block SIGINT and SIGTERM do what they did before, after the transaction at hand; a second one at once.

    Does nothing outside of the main thread, and for a signal that Python does not handle.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {sign: handler for sign in SIGNALS if callable(handler := signal.getsignal(sign))}
    for sign, handler in before.items():
        signal.signal(sign, partial(_arrived, handler))
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _arrived(handler: Handler, sign: int, frame: FrameType | None) -> None:
    if _MainThread.depth == 0 or _MainThread.waiting is not None:
        _MainThread.waiting = None
        handler(sign, frame)
    else:
        _MainThread.waiting = partial(handler, sign, None)
