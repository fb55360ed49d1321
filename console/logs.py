"""Where log lines go: stderr, so that stdout holds the answer alone. Room: console."""

from __future__ import annotations

import logging
import sys

_QUIET = ("urllib3", "httpx", "httpcore", "asyncio", "filelock", "alembic")


def configure(*, debug: bool) -> None:
    """Log to stderr; libraries only what went wrong."""
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    for noisy in _QUIET:
        logging.getLogger(noisy).setLevel(logging.WARNING)
