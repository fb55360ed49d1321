"""How much of each account's quota is left? Room: flows. Read from what all processes together have spent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from connectors.ports import Limit
from flows.hub import ConfiguredSystem
from golden_record.store import accounts


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit of one system: *left* of *calls* in its sliding window of *seconds*."""

    system: str
    bucket: str
    calls: int
    seconds: int
    left: int

    @property
    def share(self) -> float:
        """Return what is left as a share of all, 0 to 1."""
        return self.left / self.calls if self.calls else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return it for lists."""
        return {
            "system": self.system,
            "bucket": self.bucket,
            "calls": self.calls,
            "seconds": self.seconds,
            "left": self.left,
        }


def quotas(connection: sa.Connection, systems: Iterable[ConfiguredSystem], now: datetime) -> list[Quota]:
    """Return every limit that the connectors know of; of each process the last few calls may be missing."""
    return [
        _quota(connection, system.name, limit, now.timestamp())
        for system in systems
        for limit in system.connector.limits(system.settings)
    ]


def _quota(connection: sa.Connection, system: str, limit: Limit, now: float) -> Quota:
    window = int(now // limit.seconds)
    passed = now / limit.seconds - window
    account = (system, limit.bucket, int(limit.seconds))
    spent = float(accounts.calls_in(connection, *account, window))
    spent += accounts.calls_in(connection, *account, window - 1) * (1 - passed)
    return Quota(system, limit.bucket, limit.calls, int(limit.seconds), max(0, limit.calls - round(spent)))
