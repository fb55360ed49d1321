"""What outlives the process beside the book: tokens, the order of changes, ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors.zendesk.sandbox.account import Account
    from connectors.zendesk.sandbox.oauth import Door


def keep(account: Account, door: Door) -> Mapping[str, Any]:
    """Return it as JSON."""
    return {
        "door": door.keep(),
        "orders": {stream: order.keep() for stream, order in account.orders.items()},
        "account": account.keep(),
    }


def recall(account: Account, door: Door, kept: Mapping[str, Any]) -> None:
    """Take it back, once the book holds the saved records."""
    door.recall(kept["door"])
    account.recall(kept["account"])
    for stream, latest in kept["orders"].items():
        account.orders[stream].recall(latest)
