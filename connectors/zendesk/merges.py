"""Into whom was a user merged away?

Zendesk shows a user who was merged away like a deleted one, `active: false`, and does not say who the winner is. But
the winner has the loser's mails from then on, and a mail belongs to one live user. So a user who is gone and whose mail
another customer has now is taken for merged into that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from connectors.contract import DELETED_AT, MERGED_INTO
from connectors.zendesk.fields import EMAIL
from connectors.zendesk.lookups import Lookups
from connectors.zendesk.reading import Reading
from connectors.zendesk.records import END_USER, id_of

if TYPE_CHECKING:
    from connectors.zendesk.client import Client


class Merges:
    """Finds the winners of one account's merges, by one search for twenty users who are gone."""

    def __init__(self, client: Client) -> None:
        self._lookups = Lookups(client, Reading(client))

    def redirected(self, users: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return *users* as a pull gives them, those who were merged away with their winner's id."""
        listed = [dict(one) for one in users]
        mails = {id_of(one): _mail(one) for one in listed if DELETED_AT in one and _mail(one)}
        if not mails:
            return listed
        holders = self._lookups.holders(list(mails.values()))
        for one in listed:
            others = [id_of(other) for other in holders.get(mails.get(id_of(one), ""), ())]
            winner = next((other for other in others if other != id_of(one)), None)
            if winner is not None:
                one[MERGED_INTO] = winner
        return listed


def _mail(user: Mapping[str, Any]) -> str:
    return str(user.get(EMAIL) or "").strip().lower() if user.get("role") == END_USER else ""
