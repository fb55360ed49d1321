"""Creates: one job per hundred, which can make no second record, and read back by binding id.

What fails costs few calls of its own. A row whose values are refused has its result at once, where the job says which
one it was; all others of many jobs go out once more together; what fails there is asked for in one search, or made
alone where the job does not tell why.

A job of `create_many` refuses a row whose mail or external id another user has, so a repeated create, or one that
crosses a person's, makes no second record. `create_or_update_many` would not do: it matches by mail as well, and would
overwrite (and stamp) a record that was there before, be it an agent's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectors import results
from connectors.contract import WriteRequest, WriteResult
from connectors.errors import ConnectorError, StopSystem
from connectors.zendesk.failures import DUPLICATE, FAILURES, FORBIDDEN, INVALID, REFUSED
from connectors.zendesk.fields import EMAIL, differing, row_of_create
from connectors.zendesk.flights import Flight, send_halving
from connectors.zendesk.identities import Identities
from connectors.zendesk.lookups import folded
from connectors.zendesk.records import OTHER_EMAILS, OTHER_PHONES, USERS, id_of, is_staff

if TYPE_CHECKING:
    from connectors.zendesk.client import Client
    from connectors.zendesk.jobs import Ended, Jobs
    from connectors.zendesk.lookups import Lookups
    from connectors.zendesk.reading import Reading

_FURTHER = (OTHER_EMAILS, OTHER_PHONES)


class Creates:
    """The way of a create. Where an account may not create in bulk (403), records are created one by one."""

    def __init__(self, client: Client, reading: Reading, jobs: Jobs, lookups: Lookups) -> None:
        self._client, self._reading, self._jobs, self._lookups = client, reading, jobs, lookups
        self._identities = Identities(client)
        self._in_bulk = True

    def send(self, flight: Flight, flights: list[Flight]) -> None:
        """Send the rows as one job, or leave them to be made one by one where the account has no jobs for it."""
        for request in [one for one in flight.requests if not one.binding_id]:
            cure = "Report this: a create has to carry its binding id."
            flight.settle(results.rejected(request, "no-binding-id", "the create carries no binding id", cure))
        if self._in_bulk and flight.requests:
            rows = {one.write_id: self._row(flight.stream, one) for one in flight.requests}
            try:
                send_halving(self._jobs, ("POST", f"{flight.stream}/create_many"), flight, rows, flights)
            except StopSystem as stop:
                if stop.code != FORBIDDEN:
                    raise
                self._in_bulk = False
        if not self._in_bulk:
            self._one_by_one(flight)

    def settle(self, flight: Flight, ended: Ended | None) -> None:
        """Read back by binding id; what is not there after a job is refused, tried again with others, or made alone."""
        found, sent = self._found(flight), list(flight.requests)
        for request in sent:
            record = found.get(_key(request))
            if record is not None:
                self._settle_found(flight, request, record)
            elif ended is None:
                flight.settle(results.unknown(request, "the job did not end in time"))
        codes = failures_of(sent, flight.requests, ended) if ended is not None else {}
        taken: list[WriteRequest] = []
        for request in list(flight.requests):
            code = codes.get(request.write_id)
            if code == INVALID:
                failure = FAILURES.of(REFUSED, INVALID)
                flight.settle(results.rejected(request, INVALID, failure.what, failure.cure))
            elif not flight.second:
                flight.put_off(request)
            elif code == DUPLICATE:
                taken.append(request)
        self._settle_taken(flight, taken)
        self._one_by_one(flight)

    def _settle_taken(self, flight: Flight, taken: Sequence[WriteRequest]) -> None:
        """Name the record that is in the way of each; those that the search does not know yet are made alone."""
        mails = {one.write_id: str(one.fields.get(EMAIL) or "") for one in taken if flight.stream == USERS}
        holders = self._lookups.holders([one for one in mails.values() if one]) if any(mails.values()) else {}
        for request in taken:
            held = holders.get(folded(mails.get(request.write_id, "")))
            if held:
                other = self._reading.marked(flight.stream, held[0])
                failure = FAILURES.of(REFUSED, DUPLICATE)
                flight.settle(_in_the_way(request, other, failure.what, failure.cure))

    def _settle_found(self, flight: Flight, request: WriteRequest, record: dict[str, Any]) -> None:
        if record.get("active") is False:
            flight.settle(results.stale(request, self._reading.marked(flight.stream, record)))
            return
        try:
            whole = self._with_further(flight.stream, request, record)
        except StopSystem:
            raise
        except ConnectorError:
            whole = record  # the record is made; what it still lacks is planned as an update
        flight.settle(results.confirmed(request, self._reading.marked(flight.stream, whole)))

    def _with_further(self, stream: str, request: WriteRequest, record: dict[str, Any]) -> dict[str, Any]:
        """Add mails and phones that the create did not take along (an account may ignore them)."""
        asked = {name: request.fields[name] for name in _FURTHER if request.fields.get(name)}
        if stream != USERS or is_staff(record) or not asked:
            return record
        record = self._reading.whole(stream, record)
        if not differing(record, asked, asked):
            return record
        self._identities.change(record, asked)
        record_id = str(record["id"])
        return self._reading.whole(stream, self._reading.raw(stream, [record_id]).get(record_id, record))

    def _one_by_one(self, flight: Flight) -> None:
        for request in list(flight.requests):
            try:
                body = {_noun(flight.stream): self._row(flight.stream, request)}
                answer = self._client.send("POST", flight.stream, body, stream=flight.stream)
                record = self._reread(flight.stream, answer.get(_noun(flight.stream)))
            except StopSystem:
                raise
            except ConnectorError as error:
                self._settle_refused(flight, request, error)
                continue
            if record is None:
                flight.settle(results.unknown(request, "the answer to the create names no record"))
            else:
                self._settle_found(flight, request, record)

    def _reread(self, stream: str, record: object) -> dict[str, Any] | None:
        record_id = id_of(record)
        if record_id is None:
            return None
        return self._reading.raw(stream, [record_id]).get(record_id)

    def _settle_refused(self, flight: Flight, request: WriteRequest, error: ConnectorError) -> None:
        """Settle a refused create; where a record is in its way, name that record."""
        if error.code != DUPLICATE:
            flight.settle(results.of_error(request, error))
            return
        own = self._found(Flight(flight.stream, [request])).get(_key(request))
        if own is not None:
            self._settle_found(flight, request, own)
            return
        other = self._lookups.in_the_way(flight.stream, request.fields)
        flight.settle(_in_the_way(request, other, error.what, error.cure))

    def _found(self, flight: Flight) -> dict[str, dict[str, Any]]:
        keys = [_key(one) for one in flight.requests]
        found = self._reading.raw(flight.stream, keys, by="external_ids")
        return {str(one.get("external_id") or "").upper(): one for one in found.values()}

    @staticmethod
    def _row(stream: str, request: WriteRequest) -> dict[str, Any]:
        return row_of_create(request.fields, request.binding_id or "", is_user=stream == USERS)


def failures_of(sent: Sequence[WriteRequest], missing: Sequence[WriteRequest], ended: Ended) -> dict[str, str]:
    """Return the codes with which a job refused the *missing* of its rows, by write id; of none where it does not tell.

    A failed row names its place among those *sent*, or nothing: what is not certain from Zendesk's pages. So places are
    believed only where they are just those of the missing rows, and nameless rows where all say the same.
    """
    if not ended.completed or len(ended.codes) != len(missing):
        return {}
    places = {one.write_id: str(at) for at, one in enumerate(sent)}
    if {places[one.write_id] for one in missing} == set(ended.failed):
        return {one.write_id: ended.failed[places[one.write_id]] for one in missing}
    if len(set(ended.codes)) == 1:
        return dict.fromkeys((one.write_id for one in missing), ended.codes[0])
    return {}


def _in_the_way(request: WriteRequest, other: Mapping[str, Any] | None, what: str, cure: str) -> WriteResult:
    facts = {"record_id": str(other["id"]), "held_by": str(other["id"]), "current": other} if other else {}
    return results.rejected(request, "duplicate", what, cure, **facts)


def _key(request: WriteRequest) -> str:
    return (request.binding_id or "").upper()


def _noun(stream: str) -> str:
    return stream.removesuffix("s")
