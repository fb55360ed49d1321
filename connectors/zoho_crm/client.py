"""Zoho CRM's calls: paths, pages, credits; nothing of streams or writes.

Room: connectors/zoho_crm; the one place that knows paths and parameter names. Built on connectors.http.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.errors import QuotaPaused, SkipRecord, StopSystem
from connectors.http import Call, HttpClient, Patience, Reply
from connectors.ports import Budget, Limit, TokenStore
from connectors.zoho_crm.failures import ACCOUNTS_FAILURES, API_FAILURES
from connectors.zoho_crm.settings import Settings
from connectors.zoho_crm.sign_in import TOKEN_BUCKET, ZohoSignIn
from connectors.zoho_crm.texts import without_surrogates
from connectors.zoho_crm.times import stamp

PAGE = 200
"""Records per list call at most."""
BATCH = 100
"""Records per write, and ids per `ids=`, at most."""
FIELDS = 50
"""Field names per list call at most."""
BULK_WRITE_COST = 10
"""Records that one credit writes."""

BULK_READ_COST = 50
"""Credits that a bulk read job is taken to cost; Zoho does not say."""
MERGE_COST = 50
"""Credits of one merge, by a secondary source."""
BULK_JOB_COST = 500
"""Credits of a bulk write job."""
DOWNLOADS = "bulk-download"
"""The bucket of result downloads: ten a minute."""

Row = dict[str, Any]


def limits(settings: Settings) -> tuple[Limit, ...]:
    """Return the account's limits: credits per rolling day, sign-ins per ten minutes."""
    return (
        Limit("api", settings.daily_credits, 86_400.0),
        Limit(TOKEN_BUCKET, 10, 600.0),
        Limit(DOWNLOADS, 10, 60.0),
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """One page: *rows* as sent; *token* leads to the next page, None on the last.

    *server_time* is the server's clock when it answered; None where it did not say.
    """

    rows: list[Row]
    more: bool
    token: str | None
    server_time: datetime | None


class Client:
    """The calls that source and writer make; safe for several threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        budget: Budget,
        system: str = "zoho_crm",
        patience: Patience | None = None,
    ) -> None:
        self.settings, self.system = settings, system
        timeout = settings.read_timeout
        accounts = HttpClient(
            system, failures=ACCOUNTS_FAILURES, budget=budget, patience=patience, read_timeout=timeout
        )
        sign_in = ZohoSignIn(settings, tokens=tokens, http=accounts, account=system)
        self._http = HttpClient(
            system, failures=API_FAILURES, budget=budget, sign_in=sign_in, patience=patience, read_timeout=timeout
        )
        self._root = f"/crm/{settings.version}"
        self._bulk = f"/crm/bulk/{settings.version}"

    @property
    def ahead(self) -> timedelta:
        """How far the system's clock is ahead of this machine's, by its last answer."""
        return self._http.ahead

    def fields(self, module: str) -> list[Row]:
        """Return the module's field descriptions; empty where Zoho gives none (204)."""
        reply = self._get("/settings/fields", {"module": module}, stream=module)
        return _rows(reply, "fields")

    def create_text_field(self, module: str, label: str, length: int, *, external: bool) -> None:
        """Make a custom text field, unique by nature where it is *external* (of the organisation), else marked unique.

        Zoho derives the API name from the label: spaces become underscores.
        """
        kind: Row = {"external": {"type": "org", "show": False}} if external else {"unique": {"case_sensitive": False}}
        field = {"field_label": label, "data_type": "text", "length": length, **kind}
        path = f"{self._root}/settings/fields"
        # Not to be repeated blindly, but a second one of the same name is refused: look again instead.
        body = {"fields": [field]}
        self._http.call(Call("POST", path, params={"module": module}, json=body, idempotent=False, stream=module))

    def probe(self, module: str) -> None:
        """Make the cheapest read of a module; raises where signing in or reading is not allowed."""
        self._get(f"/{module}", {"fields": "id", "per_page": 1}, stream=module)

    def page(
        self,
        module: str,
        fields: Sequence[str],
        *,
        since: datetime | None,
        token: str | None,
        sort_by: str,
    ) -> Listed:
        """List one page, oldest first, from *since* (inclusive) on; at most 50 *fields*, `id` comes always."""
        params: dict[str, Any] = {
            "fields": ",".join(fields),
            "per_page": PAGE,
            "sort_by": sort_by,
            "sort_order": "asc",
            **_with_converted(module),
        }
        if token is not None:
            params["page_token"] = token
        return _listed(self._get(f"/{module}", params, since=since, stream=module))

    def by_ids(self, module: str, fields: Sequence[str], ids: Sequence[str]) -> list[Row]:
        """List these records, at most 100; those that are not listed (deleted, waiting for approval) are left out."""
        params = {"fields": ",".join(fields), "ids": ",".join(ids), "per_page": len(ids), **_with_converted(module)}
        return _rows(self._get(f"/{module}", params, stream=module), "data")

    def one(self, module: str, record_id: str) -> Row | None:
        """Return one record with all its fields, or None where it is gone."""
        rows = _rows(self._get(f"/{module}/{record_id}", {}, stream=module, record_id=record_id), "data")
        return rows[0] if rows else None

    def deleted(self, module: str, *, since: datetime | None) -> Iterator[Listed]:
        """Walk the records deleted at or after *since*; Zoho remembers 60 days (bin) or 120 (for good)."""
        params: dict[str, Any] = {"type": "all", "per_page": PAGE, "page": 1}
        while True:
            listed = _listed(self._get(f"/{module}/deleted", params, since=since, stream=module))
            yield listed
            if not listed.more or not listed.rows:
                return
            number = params.pop("page", 0)
            params |= {"page_token": listed.token} if listed.token else {"page": number + 1}

    def coql(self, module: str, query: str) -> tuple[list[Row], bool]:
        """Run a query; return its rows and whether more follow."""
        call = Call("POST", f"{self._root}/coql", json={"select_query": query}, idempotent=True, stream=module)
        reply = self._http.call(call)
        return _rows(reply, "data"), _info(reply).get("more_records") is True

    def count(self, module: str) -> int | None:
        """Return about how many records a module holds; None where the token lacks the search scope."""
        try:
            reply = self._get(f"/{module}/actions/count", {}, stream=module)
        except QuotaPaused:
            raise
        except (SkipRecord, StopSystem):
            return None
        found = reply.body.get("count") if isinstance(reply.body, dict) else None
        return found if isinstance(found, int) else None

    def start_bulk_read(self, query: Mapping[str, Any], *, stream: str) -> tuple[str | None, datetime | None]:
        """Start a bulk read job; return its id (None: Zoho named none) and the server's time.

        A job that was started without an answer is harmless: nobody collects its result.
        """
        body = {"query": dict(query), "file_type": "csv"}
        call = Call("POST", f"{self._bulk}/read", json=body, cost=BULK_READ_COST, idempotent=True, stream=stream)
        reply = self._http.call(call)
        jobs = _rows(reply, "data")
        details = jobs[0].get("details") if jobs else None
        job = details.get("id") if isinstance(details, dict) else None
        return (str(job) if job else None), server_time(reply)

    def bulk_read(self, job: str, *, stream: str) -> Row:
        """Return the state of a bulk read job as Zoho tells it; empty where it knows no such job."""
        try:
            reply = self._http.call(Call("GET", f"{self._bulk}/read/{job}", stream=stream))
        except SkipRecord:
            return {}
        return next(iter(_rows(reply, "data")), {})

    def download(self, url: str, *, stream: str) -> bytes:
        """Return a job's result, a zip file; *url* as the job told it."""
        return self._http.call(Call("GET", url, bucket=DOWNLOADS, stream=stream)).content

    def organisation(self) -> str | None:
        """Return the organisation's id as uploads name it (`zgid`); None where Zoho does not tell it to this token."""
        try:
            found = _rows(self._get("/org", {}, stream="org"), "org")
        except QuotaPaused:
            raise
        except (SkipRecord, StopSystem):
            return None
        said = found[0].get("zgid") if found else None
        return str(said) if isinstance(said, (str, int)) and said else None

    def upload(self, host: str, organisation: str, name: str, zipped: bytes, *, stream: str) -> str | None:
        """Upload a zip for a bulk write; return the file's id. A file that nobody uses harms nobody."""
        headers, files = (
            {"feature": "bulk-write", "X-CRM-ORG": organisation},
            {"file": (name, zipped, "application/zip")},
        )
        url = f"{host}{self._root}/upload"
        call = Call("POST", url, files=files, headers=headers, idempotent=True, stream=stream)
        return _detail(self._http.call(call).body, "file_id")

    def start_bulk_write(self, body: Mapping[str, Any], *, stream: str) -> str | None:
        """Start a bulk write job; return its id.

        Raises:
            OutcomeUnknown: no answer came; the job may be at work.
        """
        path = f"{self._bulk}/write"
        call = Call("POST", path, json=dict(body), cost=BULK_JOB_COST, idempotent=False, stream=stream)
        return _detail(self._http.call(call).body, "id")

    def bulk_write(self, job: str, *, stream: str) -> Row:
        """Return a bulk write job as Zoho tells it: not within `data[]`, as other answers are."""
        reply = self._http.call(Call("GET", f"{self._bulk}/write/{job}", stream=stream))
        return dict(reply.body) if isinstance(reply.body, dict) else {}

    def watched(self, channel: str) -> list[Row]:
        """Return the events of one notification channel, a row per module; empty where there is no such channel."""
        return _rows(self._get("/actions/watch", {"channel_id": channel}, stream="notifications"), "watch")

    def watch(self, method: str, channels: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Open (POST) or replace (PUT) channels; return a result for each, in order."""
        body = {"watch": [dict(one) for one in channels]}
        call = Call(method, f"{self._root}/actions/watch", json=body, idempotent=True, stream="notifications")
        return _rows(self._http.call(call), "watch")

    def unwatch(self, channels: Sequence[str]) -> None:
        """End channels; those that are not there are no mistake."""
        params = {"channel_ids": ",".join(channels)}
        call = Call("DELETE", f"{self._root}/actions/watch", params=params, stream="notifications")
        self._http.call(call)

    def write(  # noqa: PLR0913 (one call's facts, all named)
        self,
        method: str,
        module: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        action: str = "",
        extra: Mapping[str, Any] | None = None,
        unmodified_since: datetime | None = None,
    ) -> Reply:
        """Write at most 100 rows; the answer holds a result for each, in order.

        Raises:
            OutcomeUnknown: sent, and no answer came.
        """
        headers = {} if unmodified_since is None else {"If-Unmodified-Since": stamp(unmodified_since)}
        body = {"data": [dict(row) for row in rows], "trigger": list(self.settings.trigger), **(extra or {})}
        return self._http.call(
            Call(
                method,
                f"{self._root}/{module}{action}",
                headers=headers,
                json=body,
                cost=-(-len(rows) // BULK_WRITE_COST),
                idempotent=False,
                stream=module,
            )
        )

    def delete(self, module: str, record_id: str) -> list[Row]:
        """Delete one record; return Zoho's answer to it.

        Raises:
            OutcomeUnknown: sent, and no answer came.
        """
        url = f"{self._root}/{module}/{record_id}"
        reply = self._http.call(Call("DELETE", url, idempotent=False, stream=module, record_id=record_id))
        return _rows(reply, "data")

    def merge(self, module: str, master: str, child: str, names: Sequence[str]) -> list[Row]:
        """Merge *child* into *master*, whose values of the fields *names* stand; return Zoho's answer to it.

        Raises:
            OutcomeUnknown: sent, and no answer came.
        """
        asked = {"master_record_fields": [{"api_name": name} for name in names], "data": [{"id": child, "_fields": []}]}
        url = f"{self._root}/{module}/{master}/actions/merge"
        facts: dict[str, Any] = {"cost": MERGE_COST, "idempotent": False, "stream": module, "record_id": child}
        return _rows(self._http.call(Call("POST", url, json={"merge": [asked]}, **facts)), "merge")

    def _get(
        self,
        path: str,
        params: Mapping[str, Any],
        *,
        since: datetime | None = None,
        stream: str,
        record_id: str | None = None,
    ) -> Reply:
        headers = {} if since is None else {"If-Modified-Since": stamp(since)}
        call = Call("GET", self._root + path, params=params, headers=headers, stream=stream, record_id=record_id)
        return self._http.call(call)


def _with_converted(module: str) -> dict[str, str]:
    # A converted lead leaves the default list without showing up among the deleted.
    return {"converted": "both"} if module == "Leads" else {}


def _rows(reply: Reply, root: str) -> list[Row]:
    found = reply.body.get(root) if isinstance(reply.body, dict) else None
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    # A lone half of a character pair can be neither stored nor sent on; JSON carries it only as \ud8xx.
    odd = b"\\ud" in reply.content or b"\\uD" in reply.content
    return without_surrogates(rows) if odd else rows


def _detail(body: Any, name: str) -> str | None:  # noqa: ANN401 (any JSON)
    """Return a value of an answer's `details`."""
    details = body.get("details") if isinstance(body, dict) else None
    found = details.get(name) if isinstance(details, dict) else None
    return str(found) if found else None


def _info(reply: Reply) -> Mapping[str, Any]:
    info = reply.body.get("info") if isinstance(reply.body, dict) else None
    return info if isinstance(info, dict) else {}


def _listed(reply: Reply) -> Listed:
    info = _info(reply)
    token = info.get("next_page_token")
    return Listed(
        _rows(reply, "data"),
        info.get("more_records") is True,
        token if isinstance(token, str) and token else None,
        server_time(reply),
    )


def server_time(reply: Reply) -> datetime | None:
    """Return the server's own clock from the `Date` header (aware, UTC)."""
    try:
        return parsedate_to_datetime(reply.headers.get("Date", "")).astimezone(UTC)
    except (TypeError, ValueError, IndexError):
        return None
