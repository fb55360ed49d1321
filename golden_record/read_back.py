"""What the hub knows of a record after a confirmed write: what it wrote, as read back, and no more.

Room: golden_record, the pure half. A record is read back as it is now, with whatever people did there since it was last
pulled. That must not slip into the shadow: the next pull would find nothing new, and nobody would ever be heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mapping.canonical import canonical
from mapping.system_path import system_path
from mapping.values import Emitted, FieldState

Emit = Callable[[Mapping[str, Any]], Emitted | None]
"""What the mapping makes of the written entity in a payload; None where it yields none."""


def known_after(
    before: Mapping[str, Any],
    read_back: Mapping[str, Any],
    written: Iterable[str],
    sent: Mapping[str, frozenset[str]],
    emit: Emit,
) -> dict[str, Any]:
    """Return the payload that the shadow gets after an update.

    Args:
        before: the shadow's payload.
        read_back: mapped paths as the record shows them now, the written ones at least.
        written: the system's fields that were written (plain paths).
        sent: profile field -> keys of the values that were sent for it.
        emit: reads a payload.

    Where nothing but the write can have changed the record, all of *read_back* is taken (a system may move a value to
    another slot by itself, as Zendesk does with a replaced mail); else only what was written.
    """
    whole = {**before, **read_back}
    return whole if _is_the_hubs(emit(before), emit(whole), sent) else _overlaid(before, read_back, written)


def _is_the_hubs(before: Emitted | None, after: Emitted | None, sent: Mapping[str, frozenset[str]]) -> bool:
    if before is None or after is None:
        return before is after
    for name in before.fields.keys() | after.fields.keys():
        was, now = _keys(before.fields.get(name)), _keys(after.fields.get(name))
        if name in sent and not now <= was | sent[name]:
            return False
        if name not in sent and now != was:
            return False
    return True


def _keys(state: FieldState | None) -> frozenset[str]:
    return frozenset(canonical(one.value.value) for one in state.values) if state else frozenset()


def _overlaid(before: Mapping[str, Any], read_back: Mapping[str, Any], written: Iterable[str]) -> dict[str, Any]:
    known = dict(before)
    for text in written:
        steps = system_path(text).steps or (text,)
        here: dict[str, Any] = known
        there: Any = read_back
        for step in steps[:-1]:
            inner = here.get(step)
            here[step] = dict(inner) if isinstance(inner, Mapping) else {}
            here, there = here[step], there.get(step) if isinstance(there, Mapping) else None
        if isinstance(there, Mapping) and steps[-1] in there:
            here[steps[-1]] = there[steps[-1]]
    return known
