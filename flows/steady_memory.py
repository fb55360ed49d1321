"""How the garbage collector is held back during bulk work, and why.

Room: flows. A sync makes millions of short-lived small objects and hardly a cycle among them, beside the large tables
that the process keeps for good (phone metadata, mappings, models). The collector's default, a look through the young
objects after every 700 and through all of them now and then, spent a quarter of the plan's CPU on finding nothing
(docs/benchmarks.md).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

YOUNG = 50_000
"""Allocations between two looks through the young objects: some 10 MB."""

_lock = Lock()
_inside = 0
_before = (0, 0, 0)


@contextmanager
def steady_memory() -> Iterator[None]:
    """Collect seldom within the block, and never look again at what was there before; several blocks may overlap."""
    global _inside, _before  # noqa: PLW0603 (the collector is the process' own, and so is what is known of it)
    with _lock:
        if _inside == 0:
            _before = gc.get_threshold()
            gc.freeze()
            gc.set_threshold(YOUNG, *_before[1:])
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                gc.set_threshold(*_before)
                gc.unfreeze()
