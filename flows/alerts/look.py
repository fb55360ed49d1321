"""One look: what is wrong, who must hear of it, and tell them. Room: flows.

The lease `alerts` keeps two processes from telling the same twice. What nobody could be told is told by the next look.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import Any

from flows.alerts.conditions import Condition, conditions
from flows.alerts.send import NotTaken, send
from flows.alerts.settings import Hook, Mail, Robot
from flows.alerts.telling import News, telling
from flows.alerts.texts import TEXTS, line_of, message
from flows.hub import Hub
from flows.profile_view import instant
from flows.retention import sweep
from flows.standing import standing
from golden_record.errors import GoldenRecordError, LeaseHeld
from golden_record.store import alerts, leases

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two looks."""


@dataclass(frozen=True)
class Looked:
    """What a look came to: what was told, and which channels did not take it."""

    news: tuple[News, ...]
    not_taken: tuple[str, ...]


def look(hub: Hub) -> Looked:
    """Look once, and tell what is to be told.

    Raises:
        LeaseHeld: another process is looking.
    """
    said = hub.project.hub.alerts
    with leases.hold(hub.store, "alerts"):
        found = conditions(standing(hub), said.when)
        with hub.store.read() as connection:
            kept = alerts.load(connection)
        told = telling(hub.now(), found, kept, said.again(), said.settled())
        not_taken = tell(hub, told.news) if told.news else []
        heard = not told.news or not said.to or len(not_taken) < len(said.to)
        over = told.over if heard else tuple(name for name in told.over if kept[name].told_at is None)
        with hub.store.write() as connection:
            alerts.save(connection, told.if_told if heard else told.if_not, over)
    return Looked(told.news, tuple(not_taken))


def tell(hub: Hub, news: tuple[News, ...]) -> list[str]:
    """Tell every channel; return those that did not take it, each with its reason."""
    said = hub.project.hub.alerts
    title, text = message(news, said.language)
    return _to_all(said.to, title, text, [_news_json(one, said.language) for one in news])


def tell_test(hub: Hub) -> list[tuple[str, str]]:
    """Send a test to every channel; return (kind, why it was not taken, or nothing)."""
    said = hub.project.hub.alerts
    text = TEXTS[said.language]["test"]
    done: list[tuple[str, str]] = []
    for channel in said.to:
        failed = _to_all((channel,), "crmhub", text, [])
        done.append((channel.kind, failed[0].partition(": ")[2] if failed else ""))
    return done


def listed(hub: Hub) -> list[dict[str, Any]]:
    """Return what is wrong as the last look found it, the oldest first."""
    language = hub.project.hub.alerts.language
    with hub.store.read() as connection:
        kept = alerts.load(connection)
    return [
        {
            "kind": one.kind,
            "subject": one.subject,
            "since": instant(one.since),
            "told_at": instant(one.told_at),
            "times": one.times,
            "gone_at": instant(one.gone_at),
            "text": line_of(Condition(one.kind, one.subject, one.facts), language),
        }
        for one in kept.values()
    ]


def _to_all(
    channels: tuple[Mail | Robot | Hook, ...], title: str, text: str, machine: list[dict[str, Any]]
) -> list[str]:
    failed = []
    for channel in channels:
        try:
            send(channel, title, text, machine)
        except NotTaken as error:
            log.warning("an alert was not taken by %s", error)
            failed.append(str(error))
    return failed


def _news_json(one: News, language: str) -> dict[str, Any]:
    condition = one.condition
    return {
        "why": one.why,
        "kind": condition.kind,
        "subject": condition.subject,
        "since": instant(one.since),
        "facts": dict(condition.facts),
        "text": line_of(condition, language),
    }


class AlertKeeper:
    """A thread beside the server that looks every minute. Without channels it looks all the same, for lists."""

    def __init__(self, hub: Hub, *, every: float = EVERY) -> None:
        self.hub, self._every = hub, every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, wait: float) -> None:
        """Stop; a message on its way has *wait* seconds."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(wait)

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                look(self.hub)
                sweep(self.hub)
            except LeaseHeld:
                continue
            except GoldenRecordError as error:  # the store is away: the next look may find it again
                log.warning("alerts: %s", error)
            except Exception as error:  # noqa: BLE001 (a mistake here must not end the looks)
                log.error("alerts stopped on %s; they go on", type(error).__name__)  # noqa: TRY400 (no values)
