"""Values of writes as texts, for pages that show what becomes of what. Room: console; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

LONGEST: Final = 300
"""Letters of one value that a page shows; the rest is cut."""


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field of a write: *old* and *new* as texts, None where there is nothing."""

    name: str
    old: str | None
    new: str | None
    rule: str = ""
    source: str = ""
    may_see: bool = False
    """Whether it is masked and the user may have it shown."""


def diffs(
    fields: Mapping[str, Mapping[str, Any]], may_see: Callable[[str], bool] = lambda _field: False
) -> tuple[FieldDiff, ...]:
    """Return the fields of a write, in order of name; one that is empty and stays so is left out.

    *may_see*: whether the user may have a field of the profile shown that is masked.
    """
    return tuple(
        FieldDiff(
            name,
            text_of(one["old"]),
            text_of(one["new"]),
            one.get("rule") or "",
            one.get("source") or "",
            may_see(one.get("field") or ""),
        )
        for name, one in sorted(fields.items())
        if text_of(one["old"]) is not None or text_of(one["new"]) is not None
    )


def text_of(value: object) -> str | None:
    """Return a value as a text; None where it says nothing.

    >>> text_of(["a", None, {"x": "b"}]), text_of([]), text_of(True), text_of(3)
    ('a, b', None, 'true', '3')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = ", ".join(text for one in value if (text := text_of(one)))
    if value is None or value == "":
        return None
    said = str(value)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
