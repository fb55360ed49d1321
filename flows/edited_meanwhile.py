"""Whether what is read back after a write holds somebody else's edit of a written field. Pure.

Room: flows. Values are first compared as the mapping reads them: a phone that a system spaces out is the same phone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.partial_writes import keys_in
from golden_record.someone_else import is_someone_elses
from golden_record.store.outbox import FieldWrite, Write
from mapping.compile import CompiledMapping
from mapping.system_path import Absent, system_path


def edited_meanwhile(
    write: Write, mapping: CompiledMapping, sent: Mapping[str, Any], shown: Mapping[str, Any], *, others: bool | None
) -> bool:
    """Say whether a person's edit stands in place of what *write* put there.

    Args:
        write: a confirmed write.
        mapping: its stream's.
        sent: the record as it was sent, as far as it was.
        shown: the record as read back, the written fields at least.
        others: whether somebody else saved it meanwhile, as its system tells; None where it does not.
    """
    by_field: dict[str, dict[str, FieldWrite]] = {}
    for name, one in write.fields.items():
        by_field.setdefault(one.profile_field, {})[name] = one
    return any(
        _shows_another(mine, shown, others)
        for profile_field, mine in by_field.items()
        if profile_field in write.sent_keys and not _same(write, mapping, profile_field, sent, shown)
    )


def _same(
    write: Write, mapping: CompiledMapping, profile_field: str, sent: Mapping[str, Any], shown: Mapping[str, Any]
) -> bool:
    compiled = mapping.emits[write.emit].fields.get(profile_field)
    if compiled is None:
        return True
    now = keys_in(compiled, shown)
    return bool(now) and now <= keys_in(compiled, sent) | frozenset(write.sent_keys[profile_field])


def _shows_another(fields: Mapping[str, FieldWrite], shown: Mapping[str, Any], others: bool | None) -> bool:  # noqa: FBT001
    for name, one in fields.items():
        now = system_path(name).read(shown)
        if not isinstance(now, Absent) and is_someone_elses(one.new, one.old, now, others=others):
            return True
    return False
