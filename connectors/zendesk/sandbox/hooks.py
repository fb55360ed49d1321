"""Webhooks: made over the API, and the post that a change sends, signed as Zendesk signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import TYPE_CHECKING

from connectors.sandboxes.contract import PostOut
from connectors.zendesk.sandbox.account import ORGANIZATIONS, USERS, Account
from connectors.zendesk.sandbox.oauth import secret
from connectors.zendesk.sandbox.wire import Answer, Ask, Json, not_found, stamp

if TYPE_CHECKING:
    from connectors.sandboxes.book import Stored
    from connectors.sandboxes.contract import Change

_BY_FIELD = {
    "name": "name_changed",
    "notes": "notes_changed",
    "details": "details_changed",
    "alias": "alias_changed",
    "external_id": "external_id_changed",
    "user_fields": "custom_field_changed",
    "organization_fields": "custom_field_changed",
    "tags": "tags_changed",
    "role": "role_changed",
    "organization_id": "organization_membership_created",
    "email": "identity_changed",
    "other_emails": "identity_created",
    "phone": "identity_changed",
    "other_phones": "identity_created",
}
_BY_KIND = {"create": "created", "delete": "deleted", "merge": "merged", "restore": "active_changed"}


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return base64 of HMAC-SHA256 over timestamp and raw body, nothing between them."""
    return base64.b64encode(hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()).decode()


def post_out(account: Account, secret: str, url: str, change: Change) -> PostOut | None:
    """Return the post for a change of a user or an organization."""
    stored = account.book.get(change.stream, change.record_id)
    if stored is None or change.stream not in {USERS, ORGANIZATIONS}:
        return None
    noun = change.stream.removesuffix("s")
    named = next((_BY_FIELD[key] for key in change.fields if key in _BY_FIELD), "name_changed")
    event = _BY_KIND.get(change.kind, named)
    timestamp = stamp(account.clock.now())
    event_id = uuid.UUID(int=account.chance.getrandbits(128), version=4)
    body = json.dumps(_body(account, stored, f"zen:event-type:{noun}.{event}", str(event_id)), indent=2) + "\n"
    return PostOut(
        url,
        {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Zendesk Webhook",
            "X-Zendesk-Account-Id": "1",
            "X-Zendesk-Webhook-Id": "01HUB00000000000000000000A",
            "X-Zendesk-Webhook-Invocation-Id": f"{account.chance.getrandbits(96):024X}",
            "X-Zendesk-Webhook-Signature": signature(secret, timestamp, body.encode()),
            "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        },
        body.encode(),
    )


def _body(account: Account, stored: Stored, event_type: str, event_id: str) -> Json:
    values = stored.values
    return {
        "type": event_type,
        "account_id": 1,
        "id": event_id,
        "time": stamp(account.clock.now()).replace("Z", ".000Z"),
        "zendesk_event_version": "2022-11-06",
        "subject": f"zen:{stored.stream.removesuffix('s')}:{stored.record_id}",
        "detail": {
            "id": stored.record_id,
            "email": values.get("email") or "",
            "external_id": values.get("external_id") or "",
            "role": values.get("role") or "end-user",
            "organization_id": str(values.get("organization_id") or "0"),
            "default_group_id": "0",
            "created_at": stamp(stored.created_at),
            "updated_at": stamp(stored.modified_at),
        },
        "event": {},
    }


def create(account: Account, ask: Ask) -> Answer:
    """`POST /webhooks`: 201."""
    hook_id = f"01HUB{len(account.hooks):021d}"
    account.hooks[hook_id] = {"id": hook_id, **ask.part("webhook"), "created_at": stamp(account.clock.now())}
    return Answer(201, {"webhook": account.hooks[hook_id]})


def listed(account: Account, _: Ask) -> Answer:
    """`GET /webhooks`."""
    meta = {"has_more": False, "after_cursor": None, "before_cursor": None}
    return Answer(body={"webhooks": list(account.hooks.values()), "meta": meta})


def show(account: Account, ask: Ask) -> Answer:
    """`GET /webhooks/{id}`."""
    return Answer(body={"webhook": _known(account, ask)})


def change(account: Account, ask: Ask) -> Answer:
    """`PUT|PATCH /webhooks/{id}`: 204."""
    _known(account, ask).update(ask.part("webhook"))
    return Answer(204)


def signing_secret(account: Account, ask: Ask) -> Answer:
    """`GET /webhooks/{id}/signing_secret`: one secret for all of the account's webhooks."""
    _known(account, ask)
    return Answer(body={"signing_secret": {"secret": webhook_secret(account), "algorithm": "SHA256"}})


def webhook_secret(account: Account) -> str:
    """Return the secret with which the account signs its posts; a reset makes another."""
    count = account.secret_resets
    return secret(account.options.seed, f"webhook {count}" if count else "webhook")


def reset_secret(account: Account, ask: Ask) -> Answer:
    """`POST /webhooks/{id}/signing_secret`: 201 with a new secret; the old one signs no more."""
    _known(account, ask)
    account.secret_resets += 1
    return Answer(201, {"signing_secret": {"secret": webhook_secret(account), "algorithm": "SHA256"}})


def invocations(account: Account, ask: Ask) -> Answer:
    """`GET /webhooks/{id}/invocations`: the account keeps none."""
    _known(account, ask)
    meta = {"has_more": False, "after_cursor": None, "before_cursor": None}
    return Answer(body={"invocations": [], "meta": meta})


def remove(account: Account, ask: Ask) -> Answer:
    """`DELETE /webhooks/{id}`: 204."""
    _known(account, ask)
    del account.hooks[ask.ids["id"]]
    return Answer(204)


def _known(account: Account, ask: Ask) -> Json:
    if ask.ids["id"] not in account.hooks:
        raise not_found()
    return account.hooks[ask.ids["id"]]
