"""What the command line prints: one JSON document on stdout where asked, everything else for people on stderr.

Room: console.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console

people = Console(stderr=True, highlight=False, soft_wrap=True)
"""Where people read along: progress, summaries of commands that print JSON, errors."""


def document(value: Any) -> None:  # noqa: ANN401 (any JSON value)
    """Print one JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def line(text: str = "") -> None:
    """Print a line of the answer on stdout."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Tell the person at the terminal something beside the answer."""
    people.print(text, markup=False)
