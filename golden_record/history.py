"""What one record has shown in one field over time, by whose hand, and what follows from it.

Room: golden_record, the pure half. A history is the only thing kept of contributions; everything else about them
(who supports which value, what was withdrawn, what the hub has displaced) is replayed from it, so that it cannot
disagree with itself (docs/decisions/0004-histories.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from golden_record.elements import Element
from golden_record.habits import Alike, never


class Mark(StrEnum):
    """How an entry came about."""

    FIRST_SIGHT = "first"  # shown when the hub first saw the record: contributed at or before its stamp
    OBSERVED = "seen"  # people changed it; the hub saw the change
    PUSHED = "push"  # the hub wrote it and read it back
    DEFAULT = "auto"  # came with a record that the hub made: the system's own doing, nobody's word
    REFORMATTED = "form"  # the system shows what stood there in its own form: nobody's word
    REMAPPED = "map"  # an edited mapping reads the same record differently: values change, stamps do not


@dataclass(frozen=True, slots=True)
class Entry:
    """What the field showed from then on.

    *at* is when people did it (the record's modified time; ms since 1970), *seen* when the hub learned of it.
    *shown* pairs slot and value in slot order. *emptied* names the slots that people left empty with this change;
    *echoes* are keys that a later pull may show in place of *shown* without a person having done anything
    (what the hub sent, where the system shows it differently).
    """

    mark: Mark
    at: int
    seen: int
    shown: tuple[tuple[str, Element], ...]
    emptied: frozenset[str] = frozenset()
    echoes: frozenset[str] = frozenset()


History = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """A value that people of one record gave and have not taken back."""

    element: Element
    at: int
    seen: int
    observed: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What a history comes to.

    *supports*: by key, what people gave here and did not withdraw (what the hub overwrote is still given).
    *shown*: what the field shows now. *refused*: keys that people took out of this record: the hub does not put
    them back here. *cleared*: people emptied the field as their last act, at that time (at, seen); None otherwise.
    *showed*: every key that ever stood here, with the `seen` of the first time, and *base* the keys shown just
    before people's last change. *defaults*: keys that came with a record that the hub made, from nobody.
    """

    supports: Mapping[str, Support] = field(default_factory=dict)
    shown: tuple[tuple[str, Element], ...] = ()
    refused: frozenset[str] = frozenset()
    cleared: tuple[int, int] | None = None
    showed: Mapping[str, int] = field(default_factory=dict)
    base: frozenset[str] = frozenset()
    defaults: frozenset[str] = frozenset()


def observe(  # noqa: PLR0913 (what a pull says of a field)
    history: History,
    shown: Sequence[tuple[str, Element]],
    *,
    at: int,
    seen: int,
    mark: Mark = Mark.OBSERVED,
    alike: Alike = never,
) -> History:
    """Return the history after a pull showed *shown* (valid values only).

    Nothing is added where the record shows what it showed, or an echo of what the hub pushed. What its system has
    reformatted by itself stands there in that form, and stays the word of who gave it.

    Args:
        history: as kept.
        shown: slot and value, in slot order.
        at: when people changed the record (ms).
        seen: when the hub learned of it (ms).
        mark: what a difference means: OBSERVED (people did it), FIRST_SIGHT or DEFAULT (for a field without a history
            in a record not read before), REMAPPED (no person's act: only the reading of the record has changed).
        alike: the system's habits in this field (golden_record.habits).
    """
    now = tuple(shown)
    if not history:
        return (Entry(Mark.FIRST_SIGHT if mark is Mark.REMAPPED else mark, at, seen, now),) if now else history
    last = history[-1]
    if _keys(now) == _keys(last.shown):
        return history if now == last.shown else (*history[:-1], _reslotted(last, now))
    if last.mark in BY_SYSTEM and _is_echo(now, last, alike):
        return (*history[:-1], _reslotted(last, now))
    if mark is Mark.OBSERVED and now and _is_reformatted(now, last, alike):
        return (*history, Entry(Mark.REFORMATTED, last.at, seen, now, echoes=_keys(last.shown) | _keys(now)))
    if mark is Mark.REMAPPED:
        return (*history, Entry(Mark.REMAPPED, last.at, seen, now))
    left = {_place(slot) for slot, _element in now}
    emptied = frozenset(slot for slot, _element in last.shown if slot and _place(slot) not in left)
    return (*history, Entry(Mark.OBSERVED, at, seen, now, emptied))


def push(history: History, shown: Sequence[tuple[str, Element]], *, sent: frozenset[str], seen: int) -> History:
    """Return the history after a confirmed push, read back as *shown*; *sent* are the keys that the hub sent."""
    now = tuple(shown)
    if history and history[-1].mark is Mark.PUSHED and history[-1].shown == now and history[-1].echoes >= sent:
        return history
    return (*history, Entry(Mark.PUSHED, seen, seen, now, echoes=sent | _keys(now)))


def replay(history: History, *, many: bool, keep_cleared: bool) -> Standing:
    """Say what a history comes to.

    Args:
        history: as kept, oldest first.
        many: the field holds a set of values, else one.
        keep_cleared: the field's policy for a cleared value is `ignore` (or `review`, which asks first): emptying a
            slot then takes nothing back. Replacing a value always does.
    """
    if not history:
        return _NOTHING
    if len(history) == 1 and history[0].mark in _PEOPLE:
        return _first(history[0])
    return _replayed(history, many=many, keep_cleared=keep_cleared)


def _replayed(history: History, *, many: bool, keep_cleared: bool) -> Standing:
    supports: dict[str, Support] = {}
    refused: set[str] = set()
    defaults: set[str] = set()
    showed: dict[str, int] = {}
    shown: tuple[tuple[str, Element], ...] = ()
    cleared: tuple[int, int] | None = None
    base: frozenset[str] = frozenset()
    for entry in history:
        before, after = dict_of(shown), dict_of(entry.shown)
        if entry.mark in BY_SYSTEM:
            refused -= after.keys()
        elif entry.mark is Mark.DEFAULT:
            defaults |= after.keys()
        elif entry.mark is Mark.REMAPPED:
            supports = _remapped(supports, before, after, entry)
        else:
            base = frozenset(before)
            added = {key: element for key, element in after.items() if key not in before}
            removed = before.keys() - after.keys()
            emptied = _emptied(shown, entry, removed) if many else (removed if not after else set())
            withdrawn = removed - emptied if keep_cleared else removed
            if not many and (added or withdrawn):
                supports.clear()
            for key in withdrawn:
                supports.pop(key, None)
            refused = (refused | withdrawn) - added.keys() if many else set()
            for key, element in added.items():
                supports[key] = Support(element, entry.at, entry.seen, entry.mark is Mark.OBSERVED)
            cleared = (entry.at, entry.seen) if emptied and not after else None
        for key in after:
            showed.setdefault(key, entry.seen)
        shown = entry.shown
    return Standing(supports, shown, frozenset(refused), cleared, showed, base, frozenset(defaults))


_NOTHING = Standing()
"""What an empty history comes to."""
_PEOPLE = (Mark.FIRST_SIGHT, Mark.OBSERVED)
BY_SYSTEM = (Mark.PUSHED, Mark.REFORMATTED)
"""What stands there by the hub's hand, or in a form that its system gave it."""


def _first(entry: Entry) -> Standing:
    """Say what people's first word comes to: most histories hold no other."""
    observed = entry.mark is Mark.OBSERVED
    supports: dict[str, Support] = {}
    showed: dict[str, int] = {}
    for _slot, element in entry.shown:
        supports[element.key] = Support(element, entry.at, entry.seen, observed)
        showed[element.key] = entry.seen
    return Standing(supports, entry.shown, showed=showed)


def dict_of(shown: Sequence[tuple[str, Element]]) -> dict[str, Element]:
    """Return shown values by key."""
    return {element.key: element for _slot, element in shown}


def to_json(history: History) -> list[Any]:
    """Return the stored form."""
    return [
        [
            entry.mark.value,
            entry.at,
            entry.seen,
            [[slot, element.to_json()] for slot, element in entry.shown],
            sorted(entry.emptied),
            sorted(entry.echoes),
        ]
        for entry in history
    ]


def from_json(kept: list[Any]) -> History:
    """Read the stored form."""
    return tuple(
        [
            Entry(
                _MARKS[mark],
                at,
                seen,
                tuple([(slot, Element.from_json(element)) for slot, element in shown]),
                frozenset(emptied) if emptied else _NONE,
                frozenset(echoes) if echoes else _NONE,
            )
            for mark, at, seen, shown, emptied, echoes in kept
        ]
    )


_MARKS = {mark.value: mark for mark in Mark}
_NONE: frozenset[str] = frozenset()


def _keys(shown: Sequence[tuple[str, Element]]) -> frozenset[str]:
    return frozenset(element.key for _slot, element in shown)


def _is_echo(now: Sequence[tuple[str, Element]], last: Entry, alike: Alike) -> bool:
    keys = _keys(now)
    if not keys or len(keys) != len(_keys(last.shown)):
        return False
    spare = sorted(last.echoes - keys)  # two shown values are never forms of one: the other is somebody's
    for key in sorted(keys - last.echoes):
        form = next((echo for echo in spare if alike(echo, key)), None)
        if form is None:
            return False
        spare.remove(form)
    return True


def _is_reformatted(now: Sequence[tuple[str, Element]], last: Entry, alike: Alike) -> bool:
    """Whether each new value is the system's form of the one in its place; a slot may hold several, in order."""
    return len(now) == len(last.shown) and all(
        slot == place and (before.key == element.key or alike(before.key, element.key))
        for (place, before), (slot, element) in zip(last.shown, now, strict=True)
    )


def _place(slot: str) -> str:
    """Return the place that a slot belongs to: a list is one place, whichever of its items moved up."""
    return slot.partition("[")[0]


def _reslotted(last: Entry, now: tuple[tuple[str, Element], ...]) -> Entry:
    return Entry(last.mark, last.at, last.seen, now, last.emptied, last.echoes)


def _emptied(shown: Sequence[tuple[str, Element]], entry: Entry, removed: set[str]) -> set[str]:
    """Tell which removed elements stood in a slot that was merely emptied; the others were replaced or taken out."""
    return {element.key for slot, element in shown if element.key in removed and slot in entry.emptied}


def _remapped(
    supports: Mapping[str, Support], before: Mapping[str, Element], after: Mapping[str, Element], entry: Entry
) -> dict[str, Support]:
    """Carry the stamps of what people gave over to the values that the new mapping makes of it.

    What the hub had put there and is read otherwise now stays nobody's word.
    """
    kept = {key: support for key, support in supports.items() if key in after or key not in before}
    gone = [support for key, support in supports.items() if key in before and key not in after]
    if not gone and before.keys() - after.keys():
        return kept
    oldest = min(gone, key=lambda support: support.at, default=None)
    for key, element in after.items():
        if key not in before and key not in kept:
            kept[key] = (
                Support(element, oldest.at, oldest.seen, oldest.observed)
                if oldest
                else Support(element, entry.at, entry.seen, observed=False)
            )
    return kept
