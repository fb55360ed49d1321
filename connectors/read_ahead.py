"""Fetch the next page while the last one is worked on: the network's time and ours pass at once.

Room: connectors. The pages come in their order, one at a time, with the error that ended them behind the last one. Who
stops early has at most two pages fetched for nothing.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from queue import Empty, Queue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.contract import Page

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that an early end waits for a call that is under way; then it is left to end by itself."""


class _End:
    """Behind the last page: what ended the read, or nothing."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def read_ahead(pages: Iterator[Page]) -> Iterator[Page]:
    """Yield *pages*, which are drawn in a thread of their own.

    Raises:
        BaseException: what drawing a page raised, behind all pages before it.
    """
    drawing = _Drawing(pages)
    drawing.start()
    try:
        while not isinstance(found := drawing.ready.get(), _End):
            yield found
        if found.error is not None:
            raise found.error
    finally:
        drawing.stop()


class _Drawing(threading.Thread):
    """Draws pages into `ready`, then the end."""

    def __init__(self, pages: Iterator[Page]) -> None:
        super().__init__(name="read-ahead", daemon=True)
        self.ready: Queue[Page | _End] = Queue(maxsize=1)
        self._pages, self._stopped = pages, threading.Event()

    def run(self) -> None:
        end = _End()
        try:
            for page in self._pages:
                self.ready.put(page)
                if self._stopped.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 (raised where it is awaited)
            end = _End(error)
        close = getattr(self._pages, "close", None)
        if close is not None:
            close()
        if not self._stopped.is_set():
            self.ready.put(end)
        elif end.error is not None:
            log.debug("a page that nobody waits for any more failed (%s)", type(end.error).__name__)

    def stop(self) -> None:
        """Fetch no more; a call that is under way may end within `PATIENCE`."""
        self._stopped.set()
        with contextlib.suppress(Empty):
            self.ready.get_nowait()  # whoever waits for the place of this page sees now that nobody waits
        self.join(PATIENCE)
