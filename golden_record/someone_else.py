"""Whether a value that is read back after a write is another person's, or the system's own form of what was sent. Pure.

Room: golden_record. Between a write and its reading back a person may save the record. Taken for the system's form of
what the hub wrote, that edit would be an echo that nobody ever hears of, and the next plan would write over it.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

_EMPTY: tuple[Any, ...] = (None, "", [], {})
_ZONES = timedelta(days=1)
"""How far a system's time zone may move a date."""


def is_someone_elses(sent: Any, before: Any, shown: Any, *, others: bool | None) -> bool:  # noqa: ANN401 (JSON)
    """Say whether a field that shows *shown* after *sent* was written over *before* holds another one's edit.

    *others*: whether somebody else saved the record since, as its system tells by version or stamp; None where it does
    not tell. Then the value decides: systems trim, recase, cut, round and reformat, people write something else. A
    field that is as it was before, or empty, has not taken the value; that is the system's doing as long as nothing
    proves that it is not.

    >>> is_someone_elses("Sales  Manager", "", "SALES MANAGER", others=None)
    False
    >>> is_someone_elses("Sales Manager", "", "Director", others=None)
    True
    >>> is_someone_elses("Sales Manager", "", "Director", others=False)
    False
    """
    if others is False or _same(shown, sent):
        return False
    if others:
        return True
    if shown in _EMPTY or _same(shown, before):
        return False
    if isinstance(sent, Mapping) and isinstance(shown, Mapping):
        held = before if isinstance(before, Mapping) else {}
        return any(is_someone_elses(one, held.get(key), shown.get(key), others=None) for key, one in sent.items())
    known = [*_items(sent), *_items(before)] if _listed(sent) or _listed(shown) else [sent]
    return not all(any(_one_form(one, item) for one in known) for item in _items(shown))


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 (JSON)
    return one == other or (one in _EMPTY and other in _EMPTY) or str(one) == str(other)


def _one_form(sent: Any, shown: Any) -> bool:  # noqa: ANN401 (JSON)
    """Whether a system may show *sent* as *shown*."""
    if isinstance(sent, Mapping) or isinstance(shown, Mapping):
        return bool(sent == shown)
    if (numbers := _both(_number, sent, shown)) is not None:
        return bool(abs(numbers[0] - numbers[1]) < 1)
    if (days := _both(_moment, sent, shown)) is not None:
        return bool(abs(days[0] - days[1]) <= _ZONES)
    wrote, reads = _folded(sent), _folded(shown)
    return wrote == reads or (bool(reads) and wrote.startswith(reads))


def _both(read: Any, one: Any, other: Any) -> tuple[Any, Any] | None:  # noqa: ANN401 (JSON)
    first, second = read(one), read(other)
    return None if first is None or second is None else (first, second)


def _number(value: Any) -> float | None:  # noqa: ANN401 (JSON)
    try:
        return None if isinstance(value, bool) or len(str(value)) > 15 else float(value)  # noqa: PLR2004 (an id or phone)
    except (TypeError, ValueError):
        return None


def _moment(value: Any) -> datetime | None:  # noqa: ANN401 (JSON)
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=None)
    except ValueError:
        return None


def _folded(value: Any) -> str:  # noqa: ANN401 (JSON)
    text = unicodedata.normalize("NFKC", html.unescape(str(value))).casefold()
    return "".join(one for one in text if one.isalnum())


def _listed(value: object) -> bool:
    return isinstance(value, list | tuple)


def _items(value: Any) -> list[Any]:  # noqa: ANN401 (JSON)
    if value in _EMPTY:
        return []
    return list(value) if _listed(value) else [value]
