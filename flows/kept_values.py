"""Did a system that answered success store what it was sent? Pure.

Room: flows. Only reading back tells. A form of the value (trimmed, cut off, re-cased) counts as the value; what a
person wrote meanwhile is theirs (`edited_meanwhile`). What is left is the system's own doing: the old value still
there, a text that lost its signs on the way, or, where the system tells that nobody else saved the record, any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from flows.partial_writes import keys_in, shows
from golden_record.someone_else import is_someone_elses
from golden_record.store.outbox import FieldWrite, Write
from mapping.compile import CompiledMapping
from mapping.system_path import ABSENT, system_path

_LOST = frozenset("?\ufffd")
"""What stands for a sign that was lost on its way through a wrong character set."""
_EMPTY: tuple[Any, ...] = (None, "", [], {}, ())


def unkept(
    write: Write,
    mapping: CompiledMapping,
    record: Mapping[str, Any],
    *,
    others: bool | None,
) -> dict[str, FieldWrite]:
    """Return the fields of a write for which *record*, read back after it, shows that the system did not as it said.

    *others*: whether somebody else saved the record meanwhile, as its system tells; None where it does not.
    """
    emit = mapping.emits[write.emit]
    found: dict[str, FieldWrite] = {}
    for path, one in write.fields.items():
        shown = system_path(path).read(record)
        if shown is ABSENT or shows(shown, one.new) or not _is_the_systems(one, shown, others):
            continue
        compiled, sent = emit.fields.get(one.profile_field), write.sent_keys.get(one.profile_field)
        if compiled is None or not sent or not keys_in(compiled, record) >= set(sent):
            found[path] = one
    return found


def _is_the_systems(one: FieldWrite, shown: Any, others: bool | None) -> bool:  # noqa: ANN401, FBT001 (JSON)
    if is_damaged(one.new, shown) or shows(shown, one.old):
        return True  # where somebody put the old value back in that moment, it stays, and is named
    if is_someone_elses(one.new, one.old, shown, others=others):
        return False
    return shown in _EMPTY or is_someone_elses(one.new, one.old, shown, others=None)


def is_damaged(sent: Any, shown: Any) -> bool:  # noqa: ANN401 (JSON)
    """Tell whether a text is what was sent but for signs that were lost: nobody types that.

    >>> [is_damaged("采购 A", one) for one in ("?? A", "采? A", "采购 B", "采购 A")]
    [True, True, False, False]
    """
    if not isinstance(sent, str) or not isinstance(shown, str) or len(sent) != len(shown) or sent == shown:
        return False
    return all(was == now or now in _LOST for was, now in zip(sent, shown, strict=True))


def still_shows(old: Any, record: Mapping[str, Any], path: str) -> bool:  # noqa: ANN401 (any JSON)
    """Tell whether a field shows what stood there before the write."""
    return shows(system_path(path).read(record), old)


def lacking(fields: Mapping[str, FieldWrite], record: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the values that a record was to show and does not; a value that was to go is none of them."""
    found: dict[str, list[Any]] = {}
    for path, one in fields.items():
        shown = system_path(path).read(record)
        wanted = list(one.new) if isinstance(one.new, list | tuple) else [one.new]
        found[path] = [value for value in wanted if not (isinstance(shown, list) and value in shown)]
    return {path: values for path, values in found.items() if values}


def without(write: Write, names: Collection[str]) -> Write:
    """Return the write without some of its fields, and without the values that were sent for these alone."""
    fields = {path: one for path, one in write.fields.items() if path not in names}
    left = {one.profile_field for one in fields.values()}
    gone = {write.fields[path].profile_field for path in names} - left
    return replace(write, fields=fields, sent_keys={k: v for k, v in write.sent_keys.items() if k not in gone})


def as_shown(write: Write, names: Collection[str], mapping: CompiledMapping, record: Mapping[str, Any]) -> Write:
    """Return the write as if the fields *names* had been sent what *record* shows: that is no person's word."""
    fields = mapping.emits[write.emit].fields
    profile_fields = {write.fields[path].profile_field for path in names} & fields.keys()
    sent = {name: tuple(sorted(keys_in(fields[name], record))) for name in sorted(profile_fields)}
    return replace(write, sent_keys={**write.sent_keys, **sent})
