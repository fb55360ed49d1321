"""Let a signal that ends the program wait until the transaction at hand is over.

Room: golden_record, shell. Ctrl-C and SIGTERM become an exception between any two steps of the main thread. In the
middle of a transaction it would leave the connection, and with it SQLite's one write lock, in the hands of the
exception itself: what then tidies up (the run's end, its leases) would wait for its own process until it gave up.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _MainThread:
    """How deep the main thread is in blocks that nothing may cut in two, and the signal that waits for their end."""

    depth = 0
    waiting: Callable[[], Any] | None = None


@contextmanager
def whole() -> Iterator[None]:
    """Let no signal cut the block in two, where `signals_wait` is in force: it takes effect at the block's end."""
    if threading.current_thread() is not threading.main_thread():  # signals reach the main thread alone
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
