"""Which run does this thread work for? For log lines and traces. Room: flows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_RUN: ContextVar[str] = ContextVar("crmhub_run", default="")


def current_run() -> str:
    """Return the run's id; empty outside of runs."""
    return _RUN.get()


@contextmanager
def in_run(run_id: str) -> Iterator[None]:
    """Work for this run in the block, and in threads that are started with a copy of its context."""
    before = _RUN.set(run_id)
    try:
        yield
    finally:
        _RUN.reset(before)
