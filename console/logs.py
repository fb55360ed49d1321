"""Where log lines go, and in which form: stderr, so that stdout holds the answer alone. Room: console.

`CRMHUB_LOG` chooses the form (`pretty` or `json`), `CRMHUB_LOG_LEVEL` the level. Every line carries the run that it
belongs to. Our own lines hold ids, names of systems and counts; what libraries say may hold anything, so it is stripped
of what looks like a person's; and of an exception only its kind and place are shown.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType

from flows.run_context import current_run

OURS = ("console", "flows", "connectors", "golden_record", "mapping", "crmhub")
FORMS = ("pretty", "json")
_QUIET = ("urllib3", "httpx", "httpcore", "asyncio", "filelock", "alembic", "opentelemetry")
_ADDRESS = re.compile(r"[^\s@\"'<>=]+@[^\s@\"'<>]+")
_QUERY = re.compile(r"\?[^\s\"']+")
_DIGITS = re.compile(r"\+?\d(?:[ -]?\d){6,}")
_FOREIGN_SCRIPT = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")


def configure(*, debug: bool, variables: Mapping[str, str] = os.environ) -> None:
    """Log to stderr; libraries only what went wrong."""
    level = logging.DEBUG if debug else logging.getLevelName(variables.get("CRMHUB_LOG_LEVEL", "warning").upper())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if variables.get("CRMHUB_LOG") == "json" else PrettyLines())
    logging.basicConfig(level=level if isinstance(level, int) else logging.WARNING, handlers=[handler], force=True)
    for noisy in _QUIET:
        logging.getLogger(noisy).setLevel(logging.WARNING)


class PrettyLines(logging.Formatter):
    """Lines for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; where an exception belongs to it, its kind and place below."""
        run = current_run()
        head = f"{_time(record)} {record.levelname} {record.name}" + (f" [{run}]" if run else "")
        return f"{head}: {said(record)}" + "".join(f"\n  {line}" for line in where(record))


class JsonLines(logging.Formatter):
    """One JSON object a line, for whatever collects them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object: time, level, logger, run, message, and where an exception came from."""
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "run": current_run() or None,
            "message": said(record),
        }
        if place := where(record):
            line["exception"] = place
        return json.dumps(line, ensure_ascii=False)


def said(record: logging.LogRecord) -> str:
    """Return a record's message; of a library's only what cannot be a person's."""
    text = record.getMessage()
    return text if record.name.partition(".")[0] in OURS else stripped(text)


def stripped(text: str) -> str:
    """Return *text* without what looks like a mail address, a number of a person, a query, or Chinese names."""
    for pattern in (_ADDRESS, _QUERY, _DIGITS, _FOREIGN_SCRIPT):
        text = pattern.sub("…", text)
    return text


def where(record: logging.LogRecord) -> list[str]:
    """Return the kind of an exception and where it was raised, innermost first; never what it says."""
    kind, _, trace = record.exc_info if isinstance(record.exc_info, tuple) else (None, None, None)
    if kind is None:
        return []
    return [kind.__name__, *_places(trace)]


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(traceback.extract_tb(trace))]


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
