"""Plain HTML forms: what a browser posts, urlencoded or multipart. The visitor sees the answer, so it is a page."""

from __future__ import annotations

from connectors.contract import Post
from connectors.web_forms.form_body import gathered, read_multipart, read_urlencoded
from connectors.web_forms.json_body import Unreadable
from connectors.web_forms.senders import keyed
from connectors.web_forms.senders.contract import FORMS, Reading, Sender
from connectors.web_forms.senders.plain import digest, submission
from connectors.web_forms.settings import Settings

THANKS = (
    '<!doctype html><html lang="zh"><meta charset="utf-8"><title>谢谢 Thank you</title>'
    "<p>已收到，谢谢。<p>We have received it. Thank you.</html>"
)


def read(post: Post, settings: Settings) -> Reading:
    """Read the post as one entry; a filled trap field marks it as spam, which is answered like any other."""
    content_type = post.headers.get("content-type", "")
    if content_type.lower().startswith("multipart/"):
        pairs = read_multipart(post.body, content_type, settings.fallback_charset)
    else:
        pairs = read_urlencoded(post.body, settings.fallback_charset)
    body = gathered(pairs)
    if not body:
        raise Unreadable("no_entry")
    entry = submission(body, settings, post.received_at, source="html")
    key = f"html:{digest([entry.form_id, entry.submission_id])}"
    if settings.trap_field and body.get(settings.trap_field):
        return Reading(key, problems=("spam",))
    return Reading(key, (entry,))


SENDER = Sender("html", FORMS, keyed.verify, read, THANKS.encode(), "text/html; charset=utf-8", 200)
