"""Keep systems posting their changes to `crmhub serve`: open channels, renew them before they end, close them.

Room: flows. Only where hub.yaml names a `public_url` and the connector can; elsewhere people set posts up in the
system. A channel that cannot be kept costs speed, not changes: scheduled pulls read them all the same.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.contract import Channels
from connectors.errors import ConnectorError
from flows.hub import ConfiguredSystem, Hub
from flows.inbox import webhook_key
from golden_record.errors import GoldenRecordError

log = logging.getLogger(__name__)

AFTER_TROUBLE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
"""Between two looks: what people closed in the system comes back by then."""


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
    """A thread beside the server that looks after all channels; restarts open nothing twice."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
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
        while not self._stopping.is_set():
            now = self._hub.now()
            looks = [self._look(system, now) for system in self._hub.systems.values()]
            wait = min([*looks, now + LONGEST_WAIT]) - self._hub.now()
            self._stopping.wait(max(1.0, wait.total_seconds()))

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
