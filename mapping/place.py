"""Decide which value stands in which slot: what is there stays, what is new takes a free slot of its kind.

Room: mapping; pure. Slots are sticky, so that a push never shuffles what people see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mapping.slots import OTHER
from mapping.values import FieldValue


@dataclass(frozen=True, slots=True)
class Standing:
    """One slot as the record shows it: *elements* are the canonical texts of its valid values.

    *garbled*: it holds text that no field type understands. *writable* False: its content can be seen, not changed.
    """

    name: str
    kind: str
    writable: bool
    elements: tuple[str, ...]
    occupied: bool
    garbled: bool


@dataclass(frozen=True, slots=True)
class Placement:
    """What must be done: slot -> the element to put there (None: empty it); what fits nowhere; what cannot go."""

    writes: Mapping[str, str | None] = field(default_factory=dict)
    overflow: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()
    """Elements that are no longer wanted, in slots that the mapping does not write."""


def place(standing: Sequence[Standing], desired: Mapping[str, FieldValue]) -> Placement:
    """Place the *desired* elements (key -> value, in order of importance) into the slots (in push order).

    An element that stands somewhere stays there. A slot whose element is no longer desired is free; a slot that holds
    text which no field type understands is not: it is people's. New elements take a free slot of their kind, then one
    for any kind, then any. A freed slot that nothing takes is emptied.
    """
    staying: dict[str, str] = {}
    free: list[Standing] = []
    freed: set[str] = set()
    seen: set[str] = set()
    for slot in standing:
        wanted = [element for element in slot.elements if element in desired]
        rewritten = slot.writable and not slot.garbled and len(wanted) < len(slot.elements)
        seen.update(wanted[:1] if rewritten else wanted)
        if not slot.writable or slot.garbled:
            continue
        if not slot.occupied:
            free.append(slot)
        elif not wanted:
            free.append(slot)
            freed.add(slot.name)
        elif rewritten:
            staying[slot.name] = wanted[0]
    new = {element: value for element, value in desired.items() if element not in seen}
    taken, overflow = _take(free, new)
    emptied = {name: None for name in freed if name not in taken}
    stuck = tuple(
        element for slot in standing if not slot.writable for element in slot.elements if element not in desired
    )
    return Placement({**staying, **taken, **emptied}, tuple(overflow), stuck)


def _take(free: Sequence[Standing], new: Mapping[str, FieldValue]) -> tuple[dict[str, str], list[str]]:
    taken: dict[str, str] = {}
    waiting = list(new)
    for choice in (_of_kind, _open_kind, _any_kind):
        for element in tuple(waiting):
            slot = next((slot for slot in choice(free, new[element]) if slot.name not in taken), None)
            if slot is not None:
                taken[slot.name] = element
                waiting.remove(element)
    return taken, waiting


def _of_kind(free: Sequence[Standing], value: FieldValue) -> Iterator[Standing]:
    kind = value.parts.get("type", "")
    return (slot for slot in free if kind and slot.kind == kind)


def _open_kind(free: Sequence[Standing], value: FieldValue) -> Iterator[Standing]:
    del value
    return (slot for slot in free if slot.kind in ("", OTHER))


def _any_kind(free: Sequence[Standing], value: FieldValue) -> Iterator[Standing]:
    del value
    return iter(free)
