"""Mistakes in YAML: what is wrong, where, and what to do about it.

Room: mapping. Used for every YAML file of a project (hub, profile, matching, mappings).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

NEAR = "Did you mean"
"""How a cure begins that knows the word which was meant."""

DataPath = tuple[str | int, ...]
"""Keys and places from the top of a document down: ("emits", 0, "fields", "phones")."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in a file.

    *line* counts from 1. *level* `warning`: the file still works, but probably not as meant.
    Carries keys and types; values only where they are the operator's own words, never a customer's.
    """

    file: str
    line: int
    path: str
    message: str
    cure: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f" {self.path}:" if self.path else ""
        return f"{self.file}:{self.line}:{where} {self.message}. {self.cure}".rstrip()


class CuredError(ValueError):
    """A `ValueError` for validators that knows its cure; it becomes a `Mistake` with that cure."""

    def __init__(self, message: str, cure: str = "") -> None:
        self.message, self.cure = message, cure
        super().__init__(message)


def errors(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Return the mistakes that keep a file from being used."""
    return [mistake for mistake in mistakes if mistake.level == "error"]


def path_text(path: Iterable[str | int]) -> str:
    """Write a path as people do: `emits[0].fields.phones`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def suggestion(wrong: object, known: Iterable[str], *, noun: str = "keys") -> str:
    """Return a cure for a word that is not known: the nearest one, or all of them."""
    names = sorted(set(known))
    near = get_close_matches(str(wrong), names, n=1, cutoff=0.6)
    if near:
        return f"{NEAR} `{near[0]}`?"
    return f"Known {noun}: {', '.join(names)}." if names else f"There are no {noun} here."
