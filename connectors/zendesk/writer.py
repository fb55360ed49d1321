"""Creates and updates users and organizations, deletes and merges users; a result per record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from connectors.contract import Found, Lookup, Removal, WriteRequest, WriteResult
from connectors.removals import REMOVING, remove
from connectors.results import rejected
from connectors.zendesk.client import BATCH, Client
from connectors.zendesk.creates import Creates
from connectors.zendesk.flights import WAVE, fly
from connectors.zendesk.jobs import Jobs
from connectors.zendesk.lookups import Lookups
from connectors.zendesk.reading import Reading
from connectors.zendesk.records import ORGANIZATIONS, USERS
from connectors.zendesk.removals import REMOVALS, Removals
from connectors.zendesk.updates import Updates

if TYPE_CHECKING:
    from connectors.http import Patience
    from connectors.ports import Budget, TokenStore
    from connectors.zendesk.settings import Settings

WRITABLE = (ORGANIZATIONS, USERS)
"""Parents before children: a user's organization has to be there first."""


class Writer:
    """A `connectors.contract.Writer` for one account.

    A hundred records cost a read, a job, a look at it (shared by twenty jobs) and a read back; what is right already
    costs the read alone. Changed mails and further phones cost a call or two for each user.
    """

    removals: ClassVar[Mapping[str, Removal]] = REMOVALS
    at_once = BATCH * WAVE * 3 // 4
    """Writes whose jobs are looked at together: as few looks as pay, and not more than a kill may leave to look up."""

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        budget: Budget,
        system: str = "zendesk",
        patience: Patience | None = None,
    ) -> None:
        client = Client(settings, tokens=tokens, budget=budget, system=system, patience=patience)
        reading = Reading(client)
        self._jobs, self._lookups = Jobs(client), Lookups(client, reading)
        self._creates = Creates(client, reading, self._jobs, self._lookups)
        self._updates = Updates(client, reading, self._jobs, self._lookups)
        self._removals = Removals(client, reading)

    def write(self, requests: Sequence[WriteRequest]) -> Iterator[WriteResult]:
        """Carry out *requests*; see `connectors.contract.Writer`."""
        for request in requests:
            if request.stream not in WRITABLE:
                cure = f"Push to {' or '.join(WRITABLE)}."
                yield rejected(request, "read-only", f"{request.stream} is only read", cure)
        for stream in WRITABLE:
            mine = [one for one in requests if one.stream == stream]
            yield from fly(self._creates, self._jobs, stream, [one for one in mine if one.kind == "create"])
            yield from fly(self._updates, self._jobs, stream, [one for one in mine if one.kind == "update"])
            yield from (remove(self._removals, self.removals, one) for one in mine if one.kind in REMOVING)

    def find(self, lookups: Sequence[Lookup]) -> Iterator[Found]:
        """Yield the records that are there already; see `connectors.contract.Writer`."""
        return self._lookups.find([one for one in lookups if one.stream in WRITABLE])
