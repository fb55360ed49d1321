"""Keep Zoho telling of changes: a notification channel per module, renewed before it ends.

Room: connectors/zoho_crm; calls through the client. A channel lives a week at most; one that is asked to live longer
silently lives an hour, so what Zoho answers decides when to renew. Channel ids follow from client and module: whoever
keeps them, after whatever restart, keeps the same ones.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import Channels
from connectors.errors import SkipRecord
from connectors.zoho_crm.client import Client, Row
from connectors.zoho_crm.times import instant, stamp

log = logging.getLogger(__name__)

LIFE = timedelta(days=6)
"""What is asked for: below Zoho's week by more than two clocks can disagree."""
SOON = timedelta(minutes=15)
"""When channels that could not be opened are tried again."""
NO_CHANNEL = "NOT_SUBSCRIBED"
ALREADY = frozenset({"ALREADY_SUBSCRIBED", "DUPLICATE_DATA"})


def keep_channels(client: Client, notify_url: str, *, now: datetime | None = None) -> Channels:
    """Open or renew a channel for each configured module; leave those with more than half their life before them."""
    now = now or datetime.now(UTC)
    ends: dict[str, datetime] = {}
    problems: dict[str, str] = {}
    for module in client.settings.modules:
        shown = _shown(client, module)
        at = instant(shown.get("channel_expiry")) if shown else None
        if at is not None and at - now > LIFE / 2 and shown.get("notify_url") == notify_url:
            ends[module] = at
            continue
        result = _opened(client, module, _channel(client, module, notify_url, now + LIFE), known=bool(shown))
        until = _expiry(result)
        if until is None or until <= now:
            problems[module] = str(result.get("code") or "UNREADABLE")
            log.warning("%s/%s: no notification channel (%s)", client.system, module, problems[module])
        else:
            ends[module] = until
    first = min(ends.values(), default=now)
    renew = min([at - (at - now) / 2 for at in ends.values()] + ([now + SOON] if problems else []), default=now + SOON)
    return Channels(tuple(ends), first, renew, tuple(problems.items()))


def close_channels(client: Client) -> int:
    """End the channels of all configured modules; return how many there were."""
    open_ones = [channel_id(client, module) for module in client.settings.modules if _shown(client, module)]
    if open_ones:
        client.unwatch(open_ones)
    return len(open_ones)


def channel_id(client: Client, module: str) -> str:
    """Return the number of this hub's channel for a module: up to 15 digits, the same every time."""
    told = f"{client.settings.client_id}\n{client.system}\n{module}".encode()
    return str(10**14 + int.from_bytes(hashlib.sha256(told).digest()[:8]) % (9 * 10**14))


def _channel(client: Client, module: str, notify_url: str, until: datetime) -> Mapping[str, Any]:
    token = client.settings.webhook_token
    return {
        "channel_id": channel_id(client, module),
        "events": [f"{module}.create", f"{module}.edit", f"{module}.delete"],
        "channel_expiry": stamp(until),
        "notify_url": notify_url,
        **({"token": token.get_secret_value()} if token is not None else {}),
        "notify_on_related_action": False,
        "return_affected_field_values": False,
    }


def _shown(client: Client, module: str) -> Row:
    try:
        rows = client.watched(channel_id(client, module))
    except SkipRecord:
        return {}
    return rows[0] if rows else {}


def _opened(client: Client, module: str, channel: Mapping[str, Any], *, known: bool) -> Row:
    """Replace a channel that is there, open one that is not; the other way round where Zoho knows better."""
    order: Sequence[str] = ("PUT", "POST") if known else ("POST", "PUT")
    result: Row = {}
    for method in order:
        try:
            results = client.watch(method, [channel])
        except SkipRecord as refused:
            return {"code": refused.code}
        result = results[0] if results else {}
        if result.get("code") not in {NO_CHANNEL, *ALREADY}:
            break
    log.debug("%s/%s: channel %s", client.system, module, result.get("code"))
    return result


def _expiry(result: Row) -> datetime | None:
    details = result.get("details")
    events = details.get("events") if isinstance(details, dict) else None
    if result.get("code") != "SUCCESS" or not isinstance(events, list):
        return None
    ends = [at for one in events if isinstance(one, dict) and (at := instant(one.get("channel_expiry")))]
    return min(ends, default=None)
