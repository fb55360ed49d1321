"""Take in what a system posts: verify it, keep it, and only then answer.

Room: flows. The connector verifies and reads the post; the store keeps it. The work that it asks for is done later, by
flows.webhook_worker.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.contract import Delivery, Post, PostRefused
from flows.hub import ConfiguredSystem, Hub
from golden_record.store import inbox
from golden_record.store.again import tried_again
from golden_record.store.engine import Store
from golden_record.store.inbox import Content, Kept
from golden_record.vault import Vault

LARGEST = 1024 * 1024
"""Bytes of a post that are read at all; connectors may take less."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a post is answered: the id under which it is kept, whether it came for the first time, what to say."""

    event_id: str
    new: bool
    delivery: Delivery


class NothingPosted(Exception):
    """This system's connector takes no posts."""


def webhook_key(vault: Vault, system: str) -> str:
    """Return the key that a system's sender puts into the address (`?key=`) where it cannot sign its posts.

    It follows from the project's key and the system's name; who has the store alone cannot make it.
    """
    return vault.digest("webhook key", system).hex()


def take_in(hub: Hub, system: ConfiguredSystem, post: Post) -> Receipt:
    """Verify a post and keep what it says; a repetition is answered like the first and does nothing.

    Raises:
        PostRefused: 401 forged or too old, 413 too large, 415 unknown type.
        NothingPosted: the system's connector takes no posts.
        GoldenRecordError: the store is away; nothing was kept, the sender shall post again.
    """
    if system.connector.receive is None:
        raise NothingPosted
    if len(post.body) > LARGEST:
        raise PostRefused(413, "size")
    delivery = system.connector.receive(replace(post, vouched=_vouched(hub, system, post)), system.settings)
    content = Content(
        tuple((change.stream, change.record_id) for change in delivery.changes),
        tuple(delivery.records),
        delivery.problems,
        base64.b64encode(post.body).decode(),
        post.headers.get("content-type", ""),
    )
    kept = _kept(hub.store, system.name, delivery.dedupe_key, content, post.received_at)
    return Receipt(kept.event_id, kept.new, delivery)


@tried_again
def _kept(store: Store, system: str, dedupe_key: str, content: Content, now: datetime) -> Kept:
    with store.write() as connection:
        return inbox.keep(connection, store.vault, system, dedupe_key, content, now)


def _vouched(hub: Hub, system: ConfiguredSystem, post: Post) -> bool:
    shown = post.query.get("key", "").encode("utf-8", "replace")
    return hmac.compare_digest(shown, webhook_key(hub.store.vault, system.name).encode())
