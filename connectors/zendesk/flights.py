"""How many writes go out together: chunks of a job's size in waves, each sent, then all waited for at once.

Whatever stops the account midway, every write that was sent gets its result before the stop is raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from connectors.contract import WriteRequest, WriteResult
from connectors.errors import ConnectorError, OutcomeUnknown, SkipRecord, StopSystem
from connectors.results import of_error, try_again, unknown
from connectors.zendesk.client import BATCH
from connectors.zendesk.identities import Refusals
from connectors.zendesk.jobs import Ended, Jobs

WAVE = 20
"""Jobs sent before the first is waited for: two thirds of the thirty that an account may have under way."""
NO_JOB = Ended(completed=True, failed={})
T = TypeVar("T")


@dataclass
class Flight:
    """A chunk on its way: the requests without a result, the results so far, and its job.

    *sent*: it may have changed something, so it has to be read back. *lost*: what became of its job is not known.
    *touched*: writes of which a part (an identity) was sent before the job. *refused*: what of it was not taken.
    *again*: writes that are to go out once more, together with those of other flights; *second*: these did.
    """

    stream: str
    requests: list[WriteRequest]
    results: list[WriteResult] = field(default_factory=list)
    job_id: str | None = None
    sent: bool = False
    lost: bool = False
    touched: set[str] = field(default_factory=set)
    refused: dict[str, Refusals] = field(default_factory=dict)
    again: list[WriteRequest] = field(default_factory=list)
    second: bool = False

    def part(self, requests: Sequence[WriteRequest], *, sent: bool = False) -> Flight:
        """Return a flight of some of this one's requests, with what is known of them."""
        return Flight(
            self.stream, list(requests), sent=sent, touched=self.touched, refused=self.refused, second=self.second
        )

    def is_touched(self, request: WriteRequest) -> bool:
        """Tell whether a part of a write was sent before its job."""
        return request.write_id in self.touched

    def put_off(self, request: WriteRequest) -> None:
        """Let a request go out once more, with those of other flights."""
        self.again.append(request)
        self._leave(request.write_id)

    def settle(self, result: WriteResult) -> None:
        """Note a result; its request is no longer on its way."""
        self.results.append(result)
        self._leave(result.write_id)

    def _leave(self, write_id: str) -> None:
        self.requests = [one for one in self.requests if one.write_id != write_id]


class Way(Protocol):
    """What differs between creates and updates."""

    def send(self, flight: Flight, flights: list[Flight]) -> None:
        """Send the flight's requests, settling those that need no sending; parts that it is cut into join *flights*."""

    def settle(self, flight: Flight, ended: Ended | None) -> None:
        """Read back and settle every request; *ended* None: the job did not end in time or was lost."""


def fly(way: Way, jobs: Jobs, stream: str, requests: Sequence[WriteRequest]) -> Iterator[WriteResult]:
    """Carry out *requests* and yield exactly one result for each, but for those that a stop kept from being sent."""
    for wave in pieces(requests, BATCH * WAVE):
        due: Sequence[WriteRequest] = wave
        for second in (False, True):
            flights: list[Flight] = []
            stop = _depart(way, [Flight(stream, list(chunk), second=second) for chunk in pieces(due, BATCH)], flights)
            stop = _arrive(way, jobs, flights) or stop
            for flight in flights:
                yield from flight.results
            if stop is not None:
                raise stop
            due = [request for flight in flights for request in flight.again]


def pieces(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut *values* into pieces of at most *size*."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def send_halving(
    jobs: Jobs, call: tuple[str, str], flight: Flight, rows: Mapping[str, dict[str, Any]], flights: list[Flight]
) -> None:
    """Send the *rows* (by write id) of a flight as one job; a refused one is halved until the bad row stands alone."""
    method, path = call
    try:
        flight.job_id = jobs.send(method, path, flight.stream, [rows[one.write_id] for one in flight.requests])
        flight.sent, flight.lost = True, flight.job_id is None
    except OutcomeUnknown:
        flight.sent = flight.lost = True
    except SkipRecord as refused:
        if len(flight.requests) == 1:
            flight.settle(of_error(flight.requests[0], refused))
            return
        middle = len(flight.requests) // 2
        halves = [flight.part(half) for half in (flight.requests[:middle], flight.requests[middle:])]
        flight.requests = []
        flights += halves
        for half in halves:
            send_halving(jobs, call, half, rows, flights)


def _depart(way: Way, wave: Sequence[Flight], flights: list[Flight]) -> StopSystem | None:
    for flight in wave:
        flights.append(flight)
        try:
            way.send(flight, flights)
        except StopSystem as stop:
            _ground(flights, None)
            return stop
        except ConnectorError as error:
            _ground(flights, error)
    return None


def _ground(flights: list[Flight], error: ConnectorError | None) -> None:
    """Settle what was not sent: to be tried again, or without a result where the account is stopped."""
    for flight in flights:
        for request in [] if flight.sent else list(flight.requests):
            if request.write_id in flight.touched:
                flight.settle(unknown(request, "only a part of the write was sent"))
            elif error is not None:
                flight.settle(try_again(request, error.code, error.what))
        if not flight.sent:
            flight.requests = []


def _arrive(way: Way, jobs: Jobs, flights: list[Flight]) -> StopSystem | None:
    stop: StopSystem | None = None
    ended: dict[str, Ended] = {}
    try:
        ended = jobs.wait(one.job_id for one in flights if one.job_id)
    except StopSystem as error:
        stop = error
    except ConnectorError:
        ended = {}  # what the jobs did is read back all the same
    for flight in flights:
        if flight.requests and stop is None:
            stop = _settle(way, flight, ended)
        _leave_unknown(flight, "the account was stopped before the write could be read back")
    return stop


def _settle(way: Way, flight: Flight, ended: Mapping[str, Ended]) -> StopSystem | None:
    try:
        no_job = flight.job_id is None and not flight.lost
        way.settle(flight, NO_JOB if no_job else ended.get(flight.job_id or ""))
    except StopSystem as error:
        return error
    except ConnectorError as error:
        _leave_unknown(flight, error.what)
    return None


def _leave_unknown(flight: Flight, why: str) -> None:
    for request in list(flight.requests):
        flight.settle(unknown(request, why))
