"""Work of many records shared out to processes of this program, or done here where it is too little for that.

Results come back in the order in which the work was given out, so that who writes them writes the same whatever the
number of processes. A process that is left alone (its parent was killed) reads the end of its pipe and ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

AHEAD = 2
"""Pieces of work given out for each process before their results are taken: one in work, one at hand."""


class HandLost(Exception):
    """A process ended, or could not do its work; what was written so far stands."""


class Hand(Protocol):
    """One worker: its methods take and return what can be sent through a pipe."""

    def close(self) -> None:
        """Let go of what it holds."""


class Hands:
    """Some workers, each made by *make* in a process of its own; with *count* 0, one in this process."""

    def __init__(self, count: int, make: Callable[[], Hand]) -> None:
        self._here = make() if count == 0 else None
        self._free: SimpleQueue[Connection] = SimpleQueue()
        self._pipes: list[Connection] = []
        self._count = count
        self._threads = ThreadPoolExecutor(max(count, 1), thread_name_prefix="hands")
        try:
            for _ in range(count):
                self._start(make)
        except (AssertionError, OSError) as error:  # a daemon may have no children; no more processes to be had
            self.close()
            raise HandLost(f"no process could be started ({type(error).__name__})") from error

    def _start(self, make: Callable[[], Hand]) -> None:
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_serve, args=(theirs, make), daemon=True)
        process.start()
        theirs.close()
        self._pipes.append(ours)
        self._free.put(ours)

    def each(self, method: str, work: Iterable[Given]) -> Iterator[Any]:
        """Yield the result of each piece of *work*, in order; only so many are under way at a time.

        Raises:
            HandLost: a process ended, or its work raised an error.
        """
        if self._here is not None:
            yield from map(getattr(self._here, method), work)
            return
        waiting: deque[Future[Any]] = deque()
        for piece in work:
            waiting.append(self._threads.submit(self._send, method, piece))
            if len(waiting) > AHEAD * self._count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _send(self, method: str, piece: object) -> object:
        pipe = self._free.get()
        try:
            pipe.send((method, piece))
            done, answer = pipe.recv()
        except (EOFError, OSError) as error:
            raise HandLost("a process of the bulk path has ended") from error
        finally:
            self._free.put(pipe)
        if not done:
            raise HandLost(answer)
        return answer

    def close(self) -> None:
        """End the processes."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for pipe in self._pipes:
            pipe.close()
        if self._here is not None:
            self._here.close()


def _serve(pipe: Connection, make: Callable[[], Hand]) -> None:
    """Do what comes through *pipe*, until it ends; an interrupt is the parent's to heed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hand = make()
    try:
        while True:
            method, piece = pipe.recv()
            try:
                answer = True, getattr(hand, method)(piece)
            except Exception as error:  # noqa: BLE001 (named to the parent, which goes on another way)
                answer = False, f"{method}: {type(error).__name__}"
            pipe.send(answer)
    except (EOFError, OSError):
        hand.close()


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
