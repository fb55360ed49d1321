"""The interactions of profiles, as computed fields need them: those that refer to one of a profile's records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from golden_record.computed import Happened
from golden_record.rules import Rules
from golden_record.store import normalised_records as records
from golden_record.store import relations
from golden_record.store.normalised_records import NormalisedRow
from golden_record.vault import Vault
from mapping.values import Json

Summed = dict[tuple[str, str], list[Happened]]
"""(entity, relation) -> the living interactions that refer so to the customer."""


def interactions_of(
    connection: sa.Connection, vault: Vault, rules: Rules, profile_of: Mapping[bytes, str], names: Iterable[str]
) -> dict[str, Summed]:
    """Return profile -> what refers to its records by one of the relations *names*.

    An interaction that refers to two records of one profile counts once.
    """
    said = relations.leading_to(connection, profile_of, names)
    rows = records.load(connection, vault, {ref for ref, _name, _target in said})
    shown = {ref: _happened(row, rules) for ref, row in rows.items() if row.state == "live"}
    found: dict[str, dict[tuple[str, str], dict[bytes, Happened]]] = {}
    for ref, name, target in said:
        if ref in shown:
            mine = found.setdefault(profile_of[target], {}).setdefault((rows[ref].entity, name), {})
            mine[ref] = shown[ref]
    return {
        profile_id: {what: [one for _ref, one in sorted(those.items())] for what, those in mine.items()}
        for profile_id, mine in found.items()
    }


def _happened(row: NormalisedRow, rules: Rules) -> Happened:
    """Return what an interaction's record shows now; what its type could not read is not there."""
    values: dict[str, Json] = {}
    for name in rules.entities[row.entity].policies if row.entity in rules.entities else ():
        history = row.body.histories.get(name)
        if history and history[-1].shown and name not in row.body.invalid:
            values[name] = history[-1].shown[0][1].value
    return Happened(row.key, values)
