"""The search over all kinds of records (`/search`), and its export by cursor; what the index knows lags."""

from __future__ import annotations

import re

from connectors.zendesk.sandbox import reads, render
from connectors.zendesk.sandbox.account import ORGANIZATIONS, USERS, Account
from connectors.zendesk.sandbox.wire import Answer, Ask, Json, invalid

STREAMS = {"user": USERS, "organization": ORGANIZATIONS, "ticket": "tickets"}
_TYPE = re.compile(r"(?:^|\s)type:(\w+)")


def search(account: Account, ask: Ask) -> Answer:
    """`GET /search?query=`: 100 a page by number, every kind unless the query says `type:`."""
    found = _found(account, ask.query.get("query", ""))
    return reads.in_pages(account, _without_cursor(ask), "results", found, lambda page: _shown(account, page))


def count(account: Account, ask: Ask) -> Answer:
    """`GET /search/count?query=`."""
    return Answer(body={"count": len(_found(account, ask.query.get("query", "")))})


def export(account: Account, ask: Ask) -> Answer:
    """`GET /search/export?query=&filter[type]=`: by cursor, one kind of record."""
    kind = ask.query.get("filter[type]", "")
    if kind not in STREAMS:
        raise invalid("filter[type]", "filter[type] must be one of user, organization, ticket")
    found = _found(account, f"type:{kind} {ask.query.get('query', '')}")
    query = {"page[size]": str(reads.MOST), **ask.query}
    asked = Ask(ask.method, ask.path, ask.ids, query, ask.many, ask.body)
    return reads.in_pages(account, asked, "results", found, lambda page: _shown(account, page))


def _found(account: Account, query: str) -> list[tuple[str, str]]:
    named = _TYPE.search(query)
    kind, text = (named.group(1), _TYPE.sub(" ", query).strip()) if named else ("", query.strip())
    until = account.seconds() - int(account.switches["search_lag_seconds"])
    found: list[tuple[str, str]] = []
    for one, stream in STREAMS.items():
        if kind in {"", one}:
            known = ((record_id, account.live(stream, record_id)) for record_id in _in_stream(account, stream, text))
            found += [(stream, key) for key, stored in known if stored and stored.modified_at.timestamp() <= until]
    return found


def _in_stream(account: Account, stream: str, text: str) -> list[str]:
    if stream == USERS:
        return reads.queried(account, text)
    wanted = "" if text == "*" else text.strip('"').lower()
    return [
        one.record_id
        for one in account.book.all(stream)
        if one.deleted_at is None and wanted in str(one.values.get("name") or one.values.get("subject") or "").lower()
    ]


def _shown(account: Account, page: list[tuple[str, str]]) -> list[Json]:
    names = {stream: name for name, stream in STREAMS.items()}
    stored = [(names[stream], account.book.get(stream, record_id)) for stream, record_id in page]
    return [{**render.record(account, one), "result_type": name} for name, one in stored if one]


def _without_cursor(ask: Ask) -> Ask:
    query = {key: value for key, value in ask.query.items() if not key.startswith("page[")}
    return Ask(ask.method, ask.path, ask.ids, query, ask.many, ask.body)
