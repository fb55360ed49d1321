"""People deleted a customer's record in a stream that holds deletions: what shall follow?

Room: golden_record. Until a steward answers, every value stands and the customer is made nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from golden_record.departed import HOLD, Departure, departures
from golden_record.resolution.questions import Question
from golden_record.store.normalised_records import NormalisedRow
from golden_record.vault import Vault

DELETED_THERE = "deleted_there"
"""Why it is asked: people deleted the customer's record, and that is held."""


def deletion_questions(vault: Vault, members_of: Mapping[str, Sequence[NormalisedRow]]) -> list[Question]:
    """Ask of each customer whose deletion is held; *members_of*: profile -> all its records, those gone among them."""
    return [
        _question(vault, profile_id, members, one)
        for profile_id, members in members_of.items()
        for one in departures(members)
        if one.word == HOLD
    ]


def _question(vault: Vault, profile_id: str, members: Sequence[NormalisedRow], one: Departure) -> Question:
    living = [row for row in members if row.state == "live"]
    grounds = [f"{one.since.timestamp():.3f}", *sorted(row.key for row in one.gone)]
    return Question(
        "deleted",
        one.gone[0].entity,
        vault.digest("deleted", profile_id, one.system, one.stream),
        vault.digest("grounds", *grounds),
        tuple(sorted({row.ref for row in (*one.gone, *living)})),
        note=DELETED_THERE,
    )
