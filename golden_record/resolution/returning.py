"""A customer is heard of again whose record people had deleted in a system: is it back?

Room: golden_record. Heard of: people of a living record have said something since, or a record has come to the profile
that the hub had not seen before. What the hub itself wrote is nobody's word. A deletion that is held is a question of
its own (`golden_record.resolution.departing`), and comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from golden_record.departed import HOLD, spoke_since
from golden_record.resolution.questions import Question
from golden_record.rules import Rules
from golden_record.store import normalised_records as records
from golden_record.store import source_records, tombstones
from golden_record.store.normalised_records import NormalisedRow
from golden_record.vault import Vault

SPOKE = "spoke_again"
"""Why it is asked: people said something of the customer after the record was deleted."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A customer who may be back in a stream: *gone*: its deleted records there; *speaks*: who has said something."""

    system: str
    stream: str
    gone: tuple[NormalisedRow, ...]
    speaks: tuple[NormalisedRow, ...]
    since: datetime


def heard_again(members: Sequence[NormalisedRow], rules: Rules) -> list[Returned]:
    """Return where a profile's customer may be back, by its records alone."""
    found = []
    living = {row.system for row in members if row.state == "live"}
    gone: dict[tuple[str, str], list[NormalisedRow]] = {}
    for row in members:
        asks = rules.returns.get((row.system, row.stream, row.entity), "ignore") != "ignore"
        if row.state == "orphan" and row.on_delete != HOLD and asks and row.system not in living:
            gone.setdefault((row.system, row.stream), []).append(row)
    for (system, stream), rows in sorted(gone.items()):
        since = max((row.orphaned_at for row in rows if row.orphaned_at is not None), default=None)
        speaks = [row for row in members if row.state == "live" and since is not None and spoke_since(row, since)]
        if since is not None and speaks:
            found.append(Returned(system, stream, tuple(rows), tuple(speaks), since))
    return found


def take_returns(
    connection: sa.Connection,
    vault: Vault,
    rules: Rules,
    members_of: Mapping[str, Sequence[NormalisedRow]],
    now: datetime,
) -> list[Question]:
    """Ask of each customer who may be back; where the stream says so, let its record be made again without asking."""
    heard = {profile_id: heard_again(members, rules) for profile_id, members in members_of.items()}
    every = [row for found in heard.values() for one in found for row in one.gone]
    if not every:
        return []
    known = source_records.known(connection, {row.source_ref for row in every})
    questions: list[Question] = []
    for profile_id, found in heard.items():
        for one in found:
            # A record that merely yields this customer no more (a lead without a company) was not deleted.
            deleted = all(known[row.source_ref].state != "live" for row in one.gone if row.source_ref in known)
            lifted = tombstones.lifted(connection, [profile_id], one.system).get((profile_id, one.stream))
            if not deleted or (lifted is not None and lifted >= one.since):
                continue
            if rules.returns.get((one.system, one.stream, one.gone[0].entity)) == "restore":
                tombstones.lift(connection, [(profile_id, one.system, one.stream)], now)
                records.set_on_delete(connection, {row.ref: None for row in one.gone if row.on_delete is not None})
            else:
                questions.append(_question(vault, profile_id, one))
    return questions


def _question(vault: Vault, profile_id: str, one: Returned) -> Question:
    grounds = [f"{one.since.timestamp():.3f}", *sorted(row.key for row in one.speaks)]
    return Question(
        "returned",
        one.gone[0].entity,
        vault.digest("returned", profile_id, one.system, one.stream),
        vault.digest("grounds", *grounds),
        tuple(sorted({row.ref for row in (*one.gone, *one.speaks)})),
        note=SPOKE,
    )


def graves_of(rows: Iterable[NormalisedRow]) -> list[tuple[str, str, str]]:
    """Return the tombstones that a question of this kind is about: (profile, system, stream)."""
    gone = [row for row in rows if row.state == "orphan"]
    return sorted({(row.profile_id, row.system, row.stream) for row in gone if row.profile_id})
