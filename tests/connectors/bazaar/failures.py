"""Bazaar's answers, and what the hub does then: what HTTP itself means is enough but for a wrong key."""

from __future__ import annotations

from connectors.failures import Action, Failure, FailureTable
from connectors.http import Reply


def code_of(reply: Reply) -> str:
    """Return the error's code; empty for a success."""
    if reply.ok:
        return "" if reply.is_json else "no_json"
    return str(reply.body.get("error", "")) if isinstance(reply.body, dict) else ""


FAILURES = FailureTable(
    (
        Failure(Action.STOP, "the key is refused", "Renew `key`.", status=403, code="key"),
        Failure(
            Action.RETRY, "the answer is no JSON", "Look whether a proxy stands between.", status=200, code="no_json"
        ),
    ),
    code_of,
)
