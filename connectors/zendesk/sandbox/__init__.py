"""A simulator of one Zendesk Support account over real HTTP, for the demo and the tests.

Room: connectors. Holds its state in the kit's record book; what it answers follows the reference page, with a named
switch for each behaviour that the page is not certain of (`switches.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from connectors.sandboxes.contract import Sandbox, SandboxOptions
from connectors.zendesk.sandbox import memory, people
from connectors.zendesk.sandbox.account import Account, digits, texts
from connectors.zendesk.sandbox.app import App
from connectors.zendesk.sandbox.hooks import post_out, webhook_secret
from connectors.zendesk.sandbox.oauth import Door
from connectors.zendesk.sandbox.population import load

__all__ = ["build"]


def build(options: SandboxOptions) -> Sandbox:
    """Return the simulator, filled with its part of the population."""
    account = Account(options)
    load(account)
    door = Door(account)
    config = _config(options, door)

    def recall(kept: Mapping[str, Any]) -> None:
        memory.recall(account, door, kept)
        config["config"]["refresh_token"] = door.refresh_token  # the first one may be used up by now

    return Sandbox(
        name="zendesk",
        app=App(account, door).asgi(),
        book=account.book,
        config=config,
        identity_of=_identity_of,
        company_streams=frozenset({"organizations"}),
        expire_tokens=door.expire,
        writes=_writes,
        save_as_person=partial(people.save, account),
        delete_as_person=partial(people.delete, account),
        row_refusal=_refusal,
        error_body=lambda status: {"error": {"title": "Trouble", "message": f"HTTP {status}"}},
        keep=partial(memory.keep, account, door),
        recall=recall,
        post_event=lambda url, change: post_out(account, webhook_secret(account), url, change),
    )


def _config(options: SandboxOptions, door: Door) -> dict[str, Any]:
    """Return the block of hub.yaml; without real limits the hub need not hold back either."""
    unlimited = {"calls_per_minute": 0, "export_calls_per_minute": 0}
    return {
        "connector": "zendesk",
        "department": "service",
        "config": {
            "base_url": options.base_url,
            "client_id": door.client_id,
            "client_secret": door.client_secret,
            "refresh_token": door.refresh_token,
            "webhook_secrets": [door.webhook_secret],
            **({"calls_per_minute": 700} if options.limits == "real" else unlimited),
        },
        "streams": ["organizations", "users"],
        "pull": {"schedule": "*/15 * * * *"},
        "push": {"mode": "create", "create": "when_contactable"},
    }


def _identity_of(stream: str, values: Mapping[str, Any]) -> Sequence[str]:
    if stream == "organizations":
        name, phone = values.get("name"), (values.get("organization_fields") or {}).get("phone")
        return [one for one in (str(name or "").strip().lower(), digits(phone)) if one]
    mails = (values.get("email"), *texts(values.get("other_emails")))
    phones = (values.get("phone"), *texts(values.get("other_phones")))
    return [one for one in (*(str(mail or "").lower() for mail in mails), *map(digits, phones)) if one]


def _writes(method: str, path: str) -> bool:
    """A POST for a token and every GET read; merges, jobs and identities write."""
    return method in {"POST", "PUT", "PATCH", "DELETE"} and not path.startswith("/oauth/")


def _refusal(_method: str, path: str) -> tuple[int, Any] | None:
    """Refuse a single record; jobs refuse their rows themselves."""
    if not re.fullmatch(r"/api/v2/(users|organizations)(/\d+)?(\.json)?", path):
        return None
    wrong = {"name": [{"description": "Name: is not properly formatted", "error": "InvalidValue"}]}
    return 422, {"error": "RecordInvalid", "description": "Record validation errors", "details": wrong}
