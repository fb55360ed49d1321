"""What of a write was stored, and what of it its system does not take. Pure.

Room: flows. A write has several fields, a list several values; a system may store some of them and refuse others. What
was stored is the hub's doing and must be known as such; what was refused must not hold back the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from golden_record.store.outbox import FieldWrite, Write
from mapping.canonical import canonical
from mapping.compile import CompiledField, CompiledMapping
from mapping.system_path import Absent, system_path


def stored_part(write: Write, mapping: CompiledMapping, record: Mapping[str, Any]) -> Write | None:
    """Return the write cut down to what *record* shows of it; None where that is nothing.

    A list that shows some of the values that were to be added, and nothing else that is new, counts with those. Of a
    field made of parts (family and given name) all must be there.
    """
    by_field: dict[str, dict[str, FieldWrite]] = {}
    for name, one in write.fields.items():
        by_field.setdefault(one.profile_field, {})[name] = one
    fields: dict[str, FieldWrite] = {}
    sent: dict[str, tuple[str, ...]] = {}
    for profile_field, mine in by_field.items():
        there = {name: done for name, one in mine.items() if (done := _done(one, _shown(record, name))) is not None}
        compiled = mapping.emits[write.emit].fields.get(profile_field)
        if not there or (len(there) < len(mine) and not (compiled and compiled.many)):
            continue
        fields |= there
        keys = write.sent_keys.get(profile_field)
        if keys is not None and compiled is not None and there != mine:
            shown = keys_in(compiled, record)
            keys = tuple(key for key in keys if key in shown)
        if keys is not None:
            sent[profile_field] = keys
    return replace(write, fields=fields, sent_keys=sent) if fields else None


def refused_part(write: Write, mapping: CompiledMapping, refused: Mapping[str, Sequence[Any]]) -> Write | None:
    """Return the write cut down to the values that its system named as *refused* (system field -> values).

    None where it named none of this write's values: then the write was refused as a whole.
    """
    fields: dict[str, FieldWrite] = {}
    keys: dict[str, tuple[str, ...]] = {}
    for name, values in refused.items():
        for path, one in write.fields.items():
            sent = write.sent_keys.get(one.profile_field, ())
            compiled = mapping.emits[write.emit].fields.get(one.profile_field)
            if not sent or compiled is None or (path != name and not path.startswith(f"{name}.")):
                continue
            named = _keys(compiled, values) if compiled.many else frozenset(sent)
            mine = tuple(key for key in sent if key in named)
            if mine:
                fields[path] = replace(one, new=list(values)) if compiled.many and _listed(one.new) else one
                keys[one.profile_field] = tuple(dict.fromkeys((*keys.get(one.profile_field, ()), *mine)))
    return replace(write, fields=fields, sent_keys=keys, refused=keys) if fields else None


def _done(one: FieldWrite, shown: Any) -> FieldWrite | None:  # noqa: ANN401 (JSON)
    """Return the change as far as *shown* holds it."""
    if shows(shown, one.new):
        return one
    if not _listed(shown) or not _listed(one.new) or _same_items(shown, one.old):
        return None
    old = one.old if _listed(one.old) else ()
    if all(item in one.new or item in old for item in shown) and all(item in shown for item in old if item in one.new):
        return replace(one, new=list(shown))
    return None


def shows(shown: Any, sent: Any) -> bool:  # noqa: ANN401 (JSON)
    """Whether a field that shows *shown* holds what was *sent*; of an object only what was sent is compared."""
    if isinstance(sent, Mapping) and isinstance(shown, Mapping):
        return all(shows(shown.get(inner), value) for inner, value in sent.items())
    return shown == sent or (shown in _EMPTY and sent in _EMPTY) or str(shown) == str(sent)


_EMPTY: tuple[Any, ...] = (None, "", [])


def _shown(record: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 (JSON)
    found = system_path(name).read(record)
    return None if isinstance(found, Absent) else found


def keys_in(field: CompiledField, record: Mapping[str, Any]) -> frozenset[str]:
    """Return the canonical values that a field shows in *record*, wherever the mapping reads or writes it."""
    return _keys(field, (slot.read(record) for slot in (*field.pull_slots, *field.push_slots)))


def _keys(field: CompiledField, raws: Iterable[Any]) -> frozenset[str]:
    return frozenset(canonical(value.value) for raw in raws for value in field.read(raw) if value.valid)


def _listed(value: object) -> bool:
    return isinstance(value, list | tuple)


def _same_items(shown: Sequence[Any], old: object) -> bool:
    return list(shown) == (list(old) if isinstance(old, list | tuple) else [])
