"""Updates: read just before, write what is still as expected, read back.

Staff (agents, admins) are never written to. A record that shows the wanted values already is not written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors import results
from connectors.contract import WriteRequest
from connectors.errors import ConnectorError, StopSystem
from connectors.zendesk.failures import DUPLICATE, FAILURES, REFUSED
from connectors.zendesk.fields import BY_IDENTITY, EMAIL, differing, row_of_update
from connectors.zendesk.flights import Flight, send_halving
from connectors.zendesk.identities import Identities, Refusals
from connectors.zendesk.jobs import LASTING, Ended
from connectors.zendesk.reading import Reading, now
from connectors.zendesk.records import ORGANIZATIONS, OTHER_EMAILS, USERS, gone, is_id, is_staff

if TYPE_CHECKING:
    from connectors.zendesk.client import Client
    from connectors.zendesk.jobs import Jobs
    from connectors.zendesk.lookups import Lookups

Records = dict[str, dict[str, Any]]
_UNIQUE = {ORGANIZATIONS: "name"}
"""Stream -> the one plain field whose value no two records may share."""


class Updates:
    """The way of an update."""

    def __init__(self, client: Client, reading: Reading, jobs: Jobs, lookups: Lookups) -> None:
        self._client, self._reading, self._jobs, self._lookups = client, reading, jobs, lookups
        self._identities = Identities(client)

    def send(self, flight: Flight, flights: list[Flight]) -> None:
        """Settle what is stale, done or not to be written; send the rest as one job."""
        held = self._read(flight)
        for request in list(flight.requests):
            self._decide(flight, request, held.get(request.record_id or ""))
        for request in list(flight.requests):
            self._change_identities(flight, request, held[request.record_id or ""])
        rows: dict[str, dict[str, Any]] = {}
        for request in flight.requests:
            row = row_of_update(request.fields)
            if row:
                rows[request.write_id] = {"id": int(str(request.record_id)), **row}
        done = [one for one in flight.requests if one.write_id not in rows]
        if done:  # nothing but identities: only to be read back
            flight.requests = [one for one in flight.requests if one.write_id in rows]
            flights.append(flight.part(done, sent=True))
        if flight.requests:
            send_halving(self._jobs, ("PUT", f"{flight.stream}/update_many"), flight, rows, flights)

    def settle(self, flight: Flight, ended: Ended | None) -> None:
        """Read back and judge each record.

        A row that failed in a completed job for a reason that lasts is refused. Where the job does not tell, all such
        rows go out once more in a job of their own, and what fails there is tried alone, for its reason.
        """
        held = self._read(flight)
        for request in list(flight.requests):
            record = held.get(request.record_id or "")
            if record is None or record.get("active") is False:
                flight.settle(results.stale(request, self._gone(request, record)))
                continue
            missing = self._missing(flight, request, record)
            if not missing:
                self._done(flight, request, record)
            elif ended is None:
                flight.settle(results.unknown(request, "the job did not end in time"))
            elif not ended.completed:
                flight.settle(results.try_again(request, "job-failed", "the job was given up by Zendesk"))
            else:
                self._judge(flight, request, record, missing, ended.failed.get(request.record_id or ""))

    def _judge(
        self,
        flight: Flight,
        request: WriteRequest,
        record: Mapping[str, Any],
        missing: tuple[str, ...],
        code: str | None,
    ) -> None:
        """Settle a write whose values are not all there, though its job is completed."""
        shown = self._reading.marked(flight.stream, record)
        if code in LASTING:
            failure = FAILURES.of(REFUSED, code)
            refused = self._taken(flight, request, code)
            facts: dict[str, Any] = {"refused": refused, "read_back": shown if flight.is_touched(request) else None}
            flight.settle(results.rejected(request, code, failure.what, failure.cure, **facts))
        elif code is not None and not flight.second and not flight.is_touched(request):
            flight.put_off(request)
        elif code is not None:
            self._alone(flight, request)
        elif differing(record, missing, request.expected) == missing:
            # Not the old values and not quite the new ones: Zendesk keeps them in a form of its own.
            self._done(flight, request, record)
        else:
            what = f"Zendesk took the write but did not store {', '.join(missing)}"
            cure = "Check the mapping: the account has no such field, or it is read-only."
            left = {name: new for name in missing if (new := _lacking(record.get(name), request.fields[name]))}
            flight.settle(results.rejected(request, "not-stored", what, cure, read_back=shown, refused=left))

    def _alone(self, flight: Flight, request: WriteRequest) -> None:
        try:
            body = {flight.stream.removesuffix("s"): row_of_update(request.fields)}
            path = f"{flight.stream}/{request.record_id}"
            self._client.send("PUT", path, body, stream=flight.stream, record_id=request.record_id)
            held = self._read(Flight(flight.stream, [request]))
        except StopSystem:
            raise
        except ConnectorError as error:
            about = self._taken(flight, request, error.code)
            read_back = self._half_done(flight, request) if flight.is_touched(request) else None
            flight.settle(replace(results.of_error(request, error), refused=about, read_back=read_back))
            return
        record = held.get(request.record_id or "")
        if record is not None and not self._missing(flight, request, record):
            self._done(flight, request, record)
        else:
            flight.settle(results.unknown(request, "the record does not show the values that Zendesk took"))

    @staticmethod
    def _taken(flight: Flight, request: WriteRequest, code: str) -> dict[str, list[Any]]:
        """Return the value that another record has, where a refusal is about one."""
        unique = _UNIQUE.get(flight.stream, "")
        return {unique: [request.fields[unique]]} if code == DUPLICATE and unique in request.fields else {}

    @staticmethod
    def _missing(flight: Flight, request: WriteRequest, record: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the fields that do not show what was wanted, but for those that Zendesk has refused."""
        refused = flight.refused.get(request.write_id)
        names = [name for name in request.fields if not refused or name not in refused.values]
        return differing(record, names, request.fields)

    def _done(self, flight: Flight, request: WriteRequest, record: Mapping[str, Any]) -> None:
        """Settle a write that was carried out, whole or but for the values that Zendesk has refused."""
        shown = self._reading.marked(flight.stream, record)
        refusals = flight.refused.get(request.write_id)
        if refusals is None or refusals.error is None:
            flight.settle(results.confirmed(request, shown))
            return
        holder = self._holder(refusals)
        facts: dict[str, Any] = {"read_back": shown, "refused": refusals.values, "held_by": holder}
        error = refusals.error
        where = f"; user {holder} has it" if holder else ""
        flight.settle(results.rejected(request, error.code, f"{error.what}{where}", error.cure, **facts))

    def _holder(self, refusals: Refusals) -> str | None:
        """Return whose the first refused mail is, where the search knows it yet."""
        mails = [one for name in (EMAIL, OTHER_EMAILS) for one in refusals.values.get(name, ())][:1]
        if not mails or refusals.error is None or refusals.error.code != DUPLICATE:
            return None
        try:
            other = self._lookups.in_the_way(USERS, {EMAIL: mails[0]})
        except StopSystem:
            raise
        except ConnectorError:
            return None
        return str(other["id"]) if other else None

    def _decide(self, flight: Flight, request: WriteRequest, record: dict[str, Any] | None) -> None:
        """Settle a request that is not to be sent; leave the others."""
        if not is_id(request.record_id):
            cure = "Report this: an update has to name its record."
            flight.settle(results.rejected(request, "no-id", "the write names no record", cure))
        elif record is None or record.get("active") is False:
            flight.settle(results.stale(request, self._gone(request, record)))
        elif flight.stream == USERS and is_staff(record):
            what, cure = "agents and admins are never written to", "Nothing to do, or unlink the record."
            flight.settle(results.rejected(request, "staff", what, cure))
        elif not differing(record, request.fields, request.fields):
            flight.settle(results.confirmed(request, self._reading.marked(flight.stream, record)))
        elif differing(record, request.fields, request.expected):
            flight.settle(results.stale(request, self._reading.shown(flight.stream, record)))

    def _change_identities(self, flight: Flight, request: WriteRequest, user: Mapping[str, Any]) -> None:
        if flight.stream != USERS or not BY_IDENTITY & request.fields.keys():
            return
        flight.touched.add(request.write_id)
        try:
            flight.refused[request.write_id] = self._identities.change(user, request.fields)
        except StopSystem:
            raise
        except ConnectorError as error:
            flight.settle(replace(results.of_error(request, error), read_back=self._half_done(flight, request)))
            return

    def _half_done(self, flight: Flight, request: WriteRequest) -> Mapping[str, Any] | None:
        """Return the user as it is now: identities before the refused one may have been changed."""
        held = self._read(Flight(flight.stream, [request])).get(request.record_id or "")
        return self._reading.marked(flight.stream, held) if held is not None else None

    def _gone(self, request: WriteRequest, record: Mapping[str, Any] | None) -> Mapping[str, Any]:
        return self._reading.marked(USERS, record) if record else gone(request.record_id or "", now())

    def _read(self, flight: Flight) -> Records:
        """Read the flight's records in one call; identities singly only where a write is about them."""
        ids = [str(one.record_id) for one in flight.requests if is_id(one.record_id)]
        found = self._reading.raw(flight.stream, list(dict.fromkeys(ids)))
        for request in flight.requests:
            record = found.get(request.record_id or "")
            if record is not None and BY_IDENTITY & request.fields.keys():
                found[str(record["id"])] = self._reading.whole(flight.stream, record)
        return found


def _lacking(shown: Any, wanted: Any) -> list[Any]:  # noqa: ANN401 (any JSON)
    """Return what was to be there and is not; a value that was to go is none of it."""
    if not isinstance(wanted, list | tuple):
        return [wanted]
    return [one for one in wanted if not (isinstance(shown, list) and one in shown)]
