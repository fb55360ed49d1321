"""The one HTTP client of all connectors: requests + tenacity.

It gives every call a timeout, the account's rate budget, retries with full jitter that obey `Retry-After`,
one sign-in refresh, and an error grouped by what the run does next. Neither errors nor logs carry a body,
a query string or a header.
"""

from __future__ import annotations

import json
import logging
import random
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode, urlsplit

import orjson
import requests
import requests.adapters
import tenacity

from connectors.errors import AskSteward, OutcomeUnknown, QuotaPaused, SkipRecord, StopSystem, TryAgain
from connectors.failures import Action, Failure, FailureTable
from connectors.ports import Unwatched, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.ports import Budget

log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 10.0
"""Seconds to a connection; a host that does not answer by then is down."""
READ_TIMEOUT = 60.0
"""Seconds without a byte; the slowest documented list calls stay below half of it."""


class SignIn(Protocol):
    """How a system wants its calls signed.

    One with `each_attempt = True` signs every attempt of a call anew, since its signature is good once or for seconds.
    """

    def sign(self, call: Call) -> Call:
        """Return *call* with its credentials, signing in first where nothing is at hand."""

    def refresh(self, refused: Call) -> None:
        """Sign in again, unless another process has done so since *refused* was signed."""


class Anonymous:
    """No credentials."""

    def sign(self, call: Call) -> Call:
        """Leave the call as it is."""
        return call

    def refresh(self, refused: Call) -> None:
        """Nothing can be renewed: a refusal is final."""


@dataclass(frozen=True)
class Call:
    """One call to make.

    *bucket* names the rate limit that it counts against; *idempotent* tells whether it may be repeated when no
    answer came (default: all but POST and PATCH). *files* go as multipart: field -> (file name, content, type).
    """

    method: str
    url: str
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    data: Any = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    bucket: str = "api"
    cost: int = 1
    idempotent: bool | None = None
    stream: str | None = None
    record_id: str | None = None

    @property
    def repeatable(self) -> bool:
        """Whether a call without an answer may simply be made again."""
        return self.method not in {"POST", "PATCH"} if self.idempotent is None else self.idempotent


@dataclass(frozen=True)
class Reply:
    """An answer: *body* is the parsed JSON, or None where it was empty or not JSON (*is_json* tells)."""

    status: int
    headers: Mapping[str, str]
    body: Any
    is_json: bool
    content: bytes = field(repr=False, default=b"")

    @property
    def ok(self) -> bool:
        """2xx and 304."""
        return 200 <= self.status < 300 or self.status == 304  # noqa: PLR2004 (HTTP's own numbers)


@dataclass(frozen=True)
class Patience:
    """How long the client keeps trying: attempts in all, first and longest pause in seconds."""

    attempts: int = 6
    first_pause: float = 0.5
    longest_pause: float = 60.0


PATIENCE = Patience()
"""What a client has unless it is given its own; the tests of the whole hub shorten its pauses."""


class _Again(Exception):
    def __init__(self, failure: Failure, wait_seconds: float, *, answered: bool = True) -> None:
        self.failure, self.wait_seconds, self.answered = failure, wait_seconds, answered


class HttpClient:
    """Makes calls to one system for one account; safe for use by several threads."""

    def __init__(  # noqa: PLR0913 (wiring, all named)
        self,
        system: str,
        *,
        failures: FailureTable,
        budget: Budget,
        sign_in: SignIn | None = None,
        patience: Patience | None = None,
        read_timeout: float = READ_TIMEOUT,
        connections: int = 8,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.system = system
        self._failures, self._budget = failures, budget
        self._watch: Watch = budget if isinstance(budget, Watch) else Unwatched()
        self._sign_in: SignIn = sign_in or Anonymous()
        self._each_attempt: bool = getattr(self._sign_in, "each_attempt", False)
        self._patience = patience or PATIENCE
        self._read_timeout = read_timeout
        self._sleep = sleep
        self._ahead = timedelta()
        self._session = requests.Session()
        self._session.trust_env = False
        adapter = requests.adapters.HTTPAdapter(pool_connections=connections, pool_maxsize=connections)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def system_time(self, here: datetime) -> datetime:
        """Return what the system's clock shows when this machine's shows *here*, by the last answer's `Date`.

        A time that is compared with the system's own stamps must come from its clock: this machine's may be hours off.
        """
        return here + self._ahead

    @property
    def ahead(self) -> timedelta:
        """How far the system's clock is ahead of this machine's, by the last answer's `Date`."""
        return self._ahead

    def call(self, call: Call) -> Reply:
        """Make *call* and return a successful answer.

        Raises:
            TryAgain, OutcomeUnknown, SkipRecord, StopSystem, QuotaPaused, AskSteward: see connectors.errors.
        """
        refreshed = False
        while True:
            signed = call if self._each_attempt else self._sign_in.sign(call)
            reply, failure = self._with_retries(signed)
            if failure is None:
                return reply
            if failure.action is Action.REFRESH and not refreshed:
                self._sign_in.refresh(signed)
                refreshed = True
                continue
            raise self._error(call, failure, self._failures.code_of(reply) or str(reply.status))

    def _with_retries(self, call: Call) -> tuple[Reply, Failure | None]:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            stop=self._enough,
            wait=self._pause,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._once, call)
        except _Again as again:
            failure = again.failure
            if not again.answered:
                self._watch.unanswered()
            if failure.pause_after:
                failure = replace(
                    failure, action=Action.PAUSE, wait_seconds=max(failure.pause_after, again.wait_seconds)
                )
            raise self._error(call, failure, failure.code or "passing") from None

    def _once(self, call: Call) -> tuple[Reply, Failure | None]:
        self._budget.spend(call.bucket, call.cost)
        try:
            reply = self._send(self._sign_in.sign(call) if self._each_attempt else call)
        except (requests.ConnectTimeout, requests.exceptions.SSLError, _Refused) as error:
            raise _Again(_unreachable(call.url, error), 0.0, answered=False) from None
        except requests.RequestException as error:
            if call.repeatable:
                raise _Again(_unreachable(call.url, error), 0.0, answered=False) from None
            self._watch.unanswered()
            raise self._unknown(call, f"no answer to {call.method} ({type(error).__name__})", "no-answer") from None
        self._watch.answered()
        self._ahead = _ahead(reply, self._ahead)
        failure = self._failures.judge(reply)
        if failure is not None and failure.action is Action.RETRY:
            if failure.maybe_done and not call.repeatable:
                raise self._unknown(call, failure.what, self._failures.code_of(reply) or str(reply.status))
            wait = max(failure.wait_seconds, _retry_after(reply) or 0.0)
            if wait:
                self._budget.observe(call.bucket, wait_seconds=wait)
            raise _Again(failure, wait)
        return reply, failure

    def _send(self, call: Call) -> Reply:
        each = self._watch.patience().each
        try:
            with self._session.request(
                call.method,
                call.url,
                params=_query(call.params),
                headers=dict(call.headers),
                json=call.json,
                data=call.data,
                files=call.files,
                timeout=(min(CONNECT_TIMEOUT, each), min(self._read_timeout, each)),
                allow_redirects=False,
            ) as response:
                return _reply(response)
        except requests.ConnectionError as error:
            if _never_sent(error):
                raise _Refused(str(type(error).__name__)) from None
            raise

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        """Say whether to stop trying: after so many tries, or when nothing was heard for longer than is wanted."""
        if state.attempt_number >= self._patience.attempts:
            return True
        error = state.outcome.exception() if state.outcome else None
        silent = isinstance(error, _Again) and not error.answered
        return silent and (state.seconds_since_start or 0.0) >= self._watch.patience().for_seconds

    def _pause(self, state: tenacity.RetryCallState) -> float:
        """Full jitter under a doubling ceiling, never below what the system asked for."""
        ceiling = min(self._patience.longest_pause, self._patience.first_pause * 2 ** (state.attempt_number - 1))
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait_seconds if isinstance(error, _Again) else 0.0
        return asked + random.uniform(0, ceiling)  # noqa: S311 (jitter, not a secret)

    def _unknown(self, call: Call, what: str, code: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            what,
            system=self.system,
            stream=call.stream,
            record_id=call.record_id,
            code=code,
            cure="The hub looks up what was stored before it tries again.",
        )

    def _error(self, call: Call, failure: Failure, code: str) -> Exception:
        what = f"{failure.what} ({call.method} {urlsplit(call.url).path})"
        if failure.action is Action.PAUSE:
            until = datetime.now(UTC) + timedelta(seconds=failure.wait_seconds)
            return QuotaPaused(system=self.system, bucket=call.bucket, continues_at=until)
        kind = {Action.RETRY: TryAgain, Action.SKIP: SkipRecord, Action.ASK: AskSteward}.get(failure.action, StopSystem)
        return kind(
            what, system=self.system, stream=call.stream, record_id=call.record_id, code=code, cure=failure.cure
        )


def _query(params: Mapping[str, Any]) -> str:
    """Return the query; commas stand as they are, as vendors write lists of ids: a hundred ids cost half as much."""
    given = [(name, value) for name, value in params.items() if value is not None]
    return urlencode(given, doseq=True, safe=",")


class _Refused(requests.RequestException):
    """The connection was never made, so nothing was sent."""


def _never_sent(error: requests.ConnectionError) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"}


def _reply(response: requests.Response) -> Reply:
    content = response.content
    body, is_json = None, False
    if content:
        try:
            body, is_json = _parsed(content), True
        except (ValueError, RecursionError):
            log.debug("an answer was not JSON (%s, %d bytes)", response.headers.get("Content-Type"), len(content))
    return Reply(response.status_code, response.headers, body, is_json, content)


def _ahead(reply: Reply, known: timedelta) -> timedelta:
    """Return how far the system's clock is ahead of this machine's; what was *known* where the answer does not say."""
    at = _http_date(reply.headers.get("Date"))
    return known if at is None else at - datetime.now(UTC)


def _http_date(text: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(text) if text else None
    except (TypeError, ValueError):
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_LONG_NUMBER = b"0" * 20
"""Twenty digits in a row: perhaps a number beyond 64 bits, of which orjson would make a float."""


def _parsed(content: bytes) -> Any:  # noqa: ANN401 (any JSON)
    """Parse JSON: quickly where that loses nothing, else as Python does (lone surrogates, long numbers, a BOM)."""
    if _LONG_NUMBER not in content.translate(_DIGITS):
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            pass
    return json.loads(content)


def _retry_after(reply: Reply) -> float | None:
    """Seconds that the answer asks to wait: a number or an HTTP date; None where it says nothing readable."""
    said = reply.headers.get("Retry-After")
    if said is None:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    at = _http_date(said)
    if at is None:
        return None
    return max(0.0, (at - (_http_date(reply.headers.get("Date")) or datetime.now(UTC))).total_seconds())


def _unreachable(url: str, error: Exception) -> Failure:
    return Failure(
        Action.RETRY,
        f"{urlsplit(url).hostname} gave no answer ({type(error).__name__.lstrip('_')})",
        "Check that the host is right and up; the hub tries again at the next run.",
        code="unreachable",
    )
