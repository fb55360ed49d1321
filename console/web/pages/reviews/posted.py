"""What a posted form says: a decision, picks per field, a pin with its date. Room: console; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

from flows.decisions import Decision, FieldWord, Kind

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
LONGEST: Final = 10_000
"""Characters of a typed value; longer texts are no value of any field."""
_PICK, _TYPED = "pick.", "typed."


class Unreadable(ValueError):
    """A form that no page of ours sends."""


def decision_of(
    form: Mapping[str, str], columns: Sequence[Mapping[str, str]], field: str | None, now: datetime
) -> Decision:
    """Return the decision that a form states.

    *columns* are the records as the page numbers them: a pick names the number, so that no value travels.

    Raises:
        Unreadable: it states none, or names a column that the page does not have.
    """
    kind: Kind | None = next((one for one in KINDS if one == form.get("decision")), None)
    if kind is None:
        raise Unreadable
    number = form.get("n", "")
    if kind == "pick" and number == "typed":
        kind = "value"
    words = words_of(form, columns)
    if kind == "value":
        typed = form.get("value", "").strip()[:LONGEST]
        words = {field: FieldWord(values=(typed,) if typed else ())} if field else {}
    if kind == "pick" and not number.isdecimal():
        raise Unreadable
    pinned = form.get("pin") == "yes"
    return Decision(
        kind,
        int(number) if kind == "pick" else None,
        words if kind in {"match", "value"} else {},
        pinned,
        until_of(form.get("until", ""), now) if pinned else None,
    )


def words_of(form: Mapping[str, str], columns: Sequence[Mapping[str, str]]) -> dict[str, FieldWord]:
    """Return the words on fields that a form states: `pick.<field>` is a column's number, or `typed`."""
    found: dict[str, FieldWord] = {}
    for name, text in form.items():
        if not name.startswith(_PICK) or not text or text == "rule":
            continue
        field = name.removeprefix(_PICK)
        if text == "typed":
            typed = form.get(_TYPED + field, "").strip()[:LONGEST]
            found[field] = FieldWord(values=(typed,) if typed else ())
            continue
        place = int(text) - 1 if text.isdecimal() and len(text) < 3 else -1  # noqa: PLR2004 (1 to 99)
        if not 0 <= place < len(columns):
            raise Unreadable
        one = columns[place]
        found[field] = FieldWord((one["system"], one["stream"], one["id"]))
    return found


def until_of(text: str, now: datetime) -> datetime | None:
    """Return when a pin or a deferral ends: a day (its end, UTC) or `+7` for so many days; None where nothing is said.

    Raises:
        Unreadable: it is no day.
    """
    text = text.strip()
    if not text:
        return None
    if text.startswith("+") and text[1:].isdecimal() and len(text) < 5:  # noqa: PLR2004 (days of 27 years)
        return now + timedelta(days=int(text[1:]))
    try:
        day = datetime.strptime(text[:10], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Unreadable from None
    return day + timedelta(days=1)
