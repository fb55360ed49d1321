"""Keep systems posting their changes to `crmhub serve`: open channels, renew them before they end, close them.

Room: flows. Only where hub.yaml names a `public_url` and the connector can; elsewhere people set posts up in the
system. A channel that cannot be kept costs speed, not changes: scheduled pulls read them all the same.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from connectors.contract import Channels
from connectors.errors import ConnectorError
from flows.hub import ConfiguredSystem, Hub
from flows.inbox import webhook_key
from flows.standing import standing
from golden_record.errors import GoldenRecordError

log = logging.getLogger(__name__)

AFTER_TROUBLE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
"""Between two looks: what people closed in the system comes back by then."""
SILENCE = 300.0
"""Seconds between looks into the store for systems that have stopped posting: their channels are looked at at once."""


def address_of(hub: Hub, system: ConfiguredSystem) -> str | None:
    """Return where the system shall post, key included; None without a public URL or where nothing is taken in."""
    base = hub.project.hub.public_url
    if base is None or system.connector.receive is None:
        return None
    return f"{base.rstrip('/')}/webhooks/{system.name}?key={webhook_key(hub.store.vault, system.name)}"


def keep(hub: Hub, system: ConfiguredSystem) -> Channels | None:
    """Open or renew one system's channels; None where there is nothing to keep.

    Raises:
        ConnectorError: the system refuses, or cannot be reached.
    """
    address = address_of(hub, system)
    return system.source().keep_channels(system.settings, address) if address is not None else None


def close(systems: Sequence[ConfiguredSystem]) -> dict[str, int]:
    """Close the channels of these systems; return how many each had.

    Raises:
        ConnectorError: a system refuses, or cannot be reached.
    """
    return {system.name: system.source().close_channels(system.settings) for system in systems}


class ChannelKeeper:
    """A thread beside the server that looks after all channels; restarts open nothing twice.

    *silent* tells which systems have stopped posting, and since when; it is asked every *every* seconds.
    """

    def __init__(
        self,
        hub: Hub,
        *,
        silent: Callable[[Hub], Mapping[str, datetime]] = lambda hub: standing(hub).silent,
        every: float = SILENCE,
    ) -> None:
        self._hub, self._silent, self._every = hub, silent, every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="channels", daemon=True)

    def start(self) -> None:
        """Begin, where hub.yaml names a public URL."""
        if self._hub.project.hub.public_url is not None:
            self._thread.start()

    def stop(self) -> None:
        """Stop; channels stay open, so that changes made meanwhile are posted again until somebody answers."""
        self._stopping.set()

    def _run(self) -> None:
        due: dict[str, datetime] = {}
        known: Mapping[str, datetime] = {}
        while not self._stopping.is_set():
            now = self._hub.now()
            silent = self._silent_now(known)
            for name, system in self._hub.systems.items():
                if now >= due.get(name, now) or (name in silent and silent[name] != known.get(name)):
                    due[name] = min(self._look(system, now), now + LONGEST_WAIT)
            known = silent
            self._stopping.wait(self._every)

    def _silent_now(self, known: Mapping[str, datetime]) -> Mapping[str, datetime]:
        try:
            return self._silent(self._hub)
        except GoldenRecordError:  # the store is away: what was silent may be so still
            return known

    def _look(self, system: ConfiguredSystem, now: datetime) -> datetime:
        """Keep one system's channels; return when to look again."""
        try:
            kept = keep(self._hub, system)
        except (ConnectorError, GoldenRecordError) as error:
            log.warning("%s: channels are not kept: %s", system.name, error)
            return now + AFTER_TROUBLE
        except Exception as error:  # noqa: BLE001 (one connector's mistake must not end the others' channels)
            log.error("%s: channels are not kept: %s", system.name, type(error).__name__)  # noqa: TRY400 (no values)
            return now + AFTER_TROUBLE
        if kept is None:
            return now + LONGEST_WAIT
        log.info("%s: %d channels until %s", system.name, len(kept.streams), kept.expires_at.isoformat())
        return kept.renew_at
