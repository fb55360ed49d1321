"""What stands around the hub: clock, file handles, Prefect's server, who is told. Room: flows; for flows.doctor."""

from __future__ import annotations

import resource
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from flows.hub_config import HubConfig
from golden_record.errors import StoreUnreachable
from golden_record.store.engine import Store

MOST_CLOCK = 5.0
"""Seconds that the clocks of this machine and of the database's may differ: leases are judged by them."""
LEAST_HANDLES = 1024
_ANSWER = 5.0


def clock(store: Store) -> float:
    """Return by how many seconds this machine's clock differs from the database's.

    Raises:
        StoreUnreachable: by so much that leases are judged wrongly.
    """
    if store.engine.dialect.name == "sqlite":
        return 0.0
    with store.read() as connection:
        said = connection.scalar(sa.text(_NOW[store.engine.dialect.name]))
    apart = abs(datetime.now(UTC).timestamp() - float(said or 0))
    if apart > MOST_CLOCK:
        raise StoreUnreachable(
            f"this machine's clock is {apart:.0f} s from the database's", "Let both follow the same time server (NTP)"
        )
    return apart


_NOW = {
    "postgresql": "SELECT EXTRACT(EPOCH FROM clock_timestamp())",
    "mysql": "SELECT UNIX_TIMESTAMP(NOW(3))",
    "mariadb": "SELECT UNIX_TIMESTAMP(NOW(3))",
    "mssql": "SELECT DATEDIFF_BIG(MILLISECOND, '1970-01-01', SYSUTCDATETIME()) / 1000.0",
}


def handles() -> int:
    """Return how many files and connections this process may have open at once."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def prefect_answers(variables: Mapping[str, str]) -> bool | None:
    """Say whether the Prefect server of PREFECT_API_URL answers; None where none is named."""
    url = variables.get("PREFECT_API_URL")
    if not url:
        return None
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=_ANSWER):  # noqa: S310 (the operator's own)
            return True
    except urllib.error.HTTPError as error:
        return error.code in {401, 403}  # there, and wants its key
    except (urllib.error.URLError, OSError):
        return False


def told(hub: HubConfig) -> str:
    """Return who is told when something is wrong, in a line."""
    kinds = ", ".join(channel.kind for channel in hub.alerts.to)
    return kinds or "nobody is told when something is wrong (`alerts: to:` in hub.yaml)"
