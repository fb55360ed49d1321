"""What the hub keeps of one normalised record: a history per field, and what could not be normalised.

Room: golden_record, the pure half.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from golden_record import history as histories
from golden_record.elements import Element
from golden_record.habits import Alike, never, pairs_of
from golden_record.history import History, Mark
from mapping.values import Emitted, FieldState


@dataclass(frozen=True, slots=True)
class Body:
    """*histories* by profile field; *invalid*: field -> reason codes of values that were kept but do not count.

    *pulled*: the record has been seen whole at least once; what it shows newly from then on, people put there.
    """

    histories: Mapping[str, History] = field(default_factory=dict)
    invalid: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pulled: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        kept: dict[str, Any] = {"h": {name: histories.to_json(h) for name, h in self.histories.items() if h}}
        if self.invalid:
            kept["x"] = {name: list(issues) for name, issues in self.invalid.items()}
        if self.pulled:
            kept["p"] = 1
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], only: Container[str] | None = None) -> Body:
        """Read the stored form; *only*: the histories of these fields alone, for whoever looks at no others."""
        return cls(
            {name: histories.from_json(h) for name, h in kept["h"].items() if only is None or name in only},
            {name: tuple(issues) for name, issues in kept.get("x", {}).items()},
            bool(kept.get("p")),
        )


Habits = Callable[[int, str], Alike]
"""(place of the entity, field) -> the system's habits there."""


def no_habits(_emit: int, _field: str) -> Alike:
    """Know of no habit."""
    return never


def contribute(  # noqa: PLR0913 (what a pull says, all named)
    body: Body | None,
    emitted: Emitted,
    *,
    at: int,
    seen: int,
    remapped: bool = False,
    fresh: Container[str] = frozenset(),
    habits: Habits = no_habits,
) -> Body:
    """Return the body after a pull of its record.

    Args:
        body: as kept; None at first sight of the record.
        emitted: what the mapping made of the record now.
        at: when people changed the record (ms), as its system says.
        seen: when the hub learned of it (ms).
        remapped: the record is the same as before, only the mapping was edited.
        fresh: fields that the mapping did not read before: what they show at first, people may have put there long ago.
        habits: how the record's system reformats a field of an entity (its place, the field).

    A field that the record did not carry (absent) keeps its history. An invalid value is no statement: what the
    field's people gave before stands.
    """
    before = body or Body()
    found = dict(before.histories)
    invalid = dict(before.invalid)
    for name, state in emitted.fields.items():
        if state.presence == "absent":
            continue
        invalid.pop(name, None)
        if bad := _invalid(state):
            invalid[name] = bad
        shown = _shown(state, found.get(name, ()))
        if shown is not None:
            history = found.get(name, ())
            only_read_now = remapped or (not history and name in fresh)
            mark = _mark(body, history, remapped=only_read_now, derived=state.derived)
            alike = habits(emitted.emit, name)
            if after := histories.observe(history, shown, at=at, seen=seen, mark=mark, alike=alike):
                found[name] = after
    return replace(before, histories=found, invalid=invalid, pulled=True)


def _mark(body: Body | None, history: History, *, remapped: bool, derived: bool) -> Mark:
    """Say what a difference in a field means."""
    if remapped or derived:
        return Mark.REMAPPED
    if history or (body is not None and body.pulled):
        return Mark.OBSERVED
    return Mark.FIRST_SIGHT  # also of a record that the hub made and has not seen whole: a default, or a person's word


def remap(body: Body, emitted: Emitted, *, at: int, seen: int) -> Body:
    """Return the body after its record, unchanged, was read anew under an edited mapping."""
    return replace(contribute(body, emitted, at=at, seen=seen, remapped=True), pulled=body.pulled)


def confirm(
    body: Body | None, emitted: Emitted, sent: Mapping[str, frozenset[str]], *, seen: int, whole: bool = False
) -> Body:
    """Return the body after a confirmed push.

    What a record that the hub made shows beside that was put there by its system (a default, a look-up's name): it is
    nobody's word.

    Args:
        body: as kept; None where the hub created the record.
        emitted: the record as read back, mapped.
        sent: the profile fields that were written -> the keys that were sent for them.
        seen: when it was confirmed (ms).
        whole: the record was made just now and read back whole, so that what it shows newly later is people's word.
    """
    before = body or Body()
    found = dict(before.histories)
    for name, keys in sent.items():
        state = emitted.fields.get(name)
        if state is None or state.presence == "absent":
            continue
        found[name] = histories.push(found.get(name, ()), _valid(state), sent=keys, seen=seen)
    if body is None and whole:
        for name, state in emitted.fields.items():
            if name not in found and state.presence == "value":
                found[name] = histories.observe((), _valid(state), at=seen, seen=seen, mark=Mark.DEFAULT)
    return replace(before, histories=found, pulled=before.pulled or whole)


def lessons(
    body: Body | None, emitted: Emitted, sent: Mapping[str, frozenset[str]]
) -> list[tuple[str, tuple[str, str] | None, frozenset[str]]]:
    """Return what a confirmed push says of the system's habits: (field, written and shown form, values that came back).

    Args:
        body: of the record, before the push.
        emitted: the record as read back, mapped.
        sent: the profile fields that were written -> the keys that were sent for them.
    """
    found = []
    before = body.histories if body is not None else {}
    for name, keys in sent.items():
        state, history = emitted.fields.get(name), before.get(name, ())
        if state is not None and state.presence == "value":
            shown = [element for _slot, element in _valid(state)]
            stood = {element.key for _slot, element in history[-1].shown} if history else set()
            found.append((name, *pairs_of(keys, shown, stood)))
    return found


def _valid(state: FieldState) -> list[tuple[str, Element]]:
    return [(slot.slot, Element.of(slot.value)) for slot in state.values if slot.value.valid]


def _invalid(state: FieldState) -> tuple[str, ...]:
    return tuple(issue for slot in state.values if not slot.value.valid for issue in slot.value.issues or ("invalid",))


def _shown(state: FieldState, history: History) -> list[tuple[str, Element]] | None:
    """Return the valid values that the record shows; where an invalid one took a slot, what stood there stays said."""
    shown = _valid(state)
    bad_slots = {slot.slot for slot in state.values if not slot.value.valid}
    if bad_slots and history:
        shown += [(slot, element) for slot, element in history[-1].shown if slot in bad_slots]
    return shown if shown or history or not bad_slots else None
