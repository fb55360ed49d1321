"""Take in a post: size, type, signature, then what it says; in this order, so that nothing unverified is parsed."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from connectors.contract import Changed, Delivery, Post, PostRefused, Record
from connectors.web_forms.json_body import Unreadable
from connectors.web_forms.senders.contract import Sender
from connectors.web_forms.senders.registry import sender
from connectors.web_forms.settings import Settings
from connectors.web_forms.submission import STREAM, record


def receive(post: Post, settings: Settings) -> Delivery:
    """Verify and read a post of the configured product.

    A verified post that cannot be read is still taken (its sender would repeat it for hours): the delivery carries no
    record, and *problems* say why.

    Raises:
        PostRefused: 413 too large, 415 unknown type or compressed, 401 not verified.
    """
    who = sender(settings.product)
    if len(post.body) > settings.max_bytes:
        raise PostRefused(413, "size")
    if not _takes(who, post):
        raise PostRefused(415, "content type")
    who.verify(post, settings)
    try:
        reading = who.read(post, settings)
    except Unreadable as error:
        return _delivery(who, f"{who.name}:unreadable:{hashlib.sha256(post.body).hexdigest()[:32]}", (), (error.code,))
    records = tuple((STREAM, record(one, settings)) for one in reading.submissions)
    changes = tuple(Changed(STREAM, one) for one in reading.changed) if settings.pulls else ()
    return replace(_delivery(who, reading.dedupe_key, records, reading.problems), changes=changes)


def _takes(who: Sender, post: Post) -> bool:
    """Compare the content type without its parameters; what is compressed is not taken (a small bomb inflates)."""
    if post.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        return False
    kind = post.headers.get("content-type", "").partition(";")[0].strip().lower()
    return any(kind.endswith(taken) if taken.startswith("+") else kind == taken for taken in who.takes)


def _delivery(
    who: Sender, dedupe_key: str, records: tuple[tuple[str, Record], ...], problems: tuple[str, ...]
) -> Delivery:
    return Delivery(
        dedupe_key=dedupe_key,
        records=records,
        problems=problems,
        answer=who.answer,
        answer_type=who.answer_type,
        answer_status=who.answer_status,
    )
