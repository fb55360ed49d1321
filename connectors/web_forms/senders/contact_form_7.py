"""Contact Form 7 with the plugin "CF7 to Webhook": a flat object by tag names, every tag of the form in it.

{"your-name": "Wang", "your-email": "w@example.com", "topics": ["a", "b"], "acceptance-1": "", "_post_id": "7"}

What was not filled in or ticked comes as an empty text and says nothing. The plugin never posts twice, and an entry has
no id of its own: equal posts within ten minutes are one. A body template of the owner's can break the JSON: such a post
is taken and shown in the error queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from connectors.contract import Post
from connectors.web_forms.form_body import gathered, read_urlencoded
from connectors.web_forms.json_body import Unreadable, read_json
from connectors.web_forms.senders import keyed
from connectors.web_forms.senders.contract import FORMS, JSON, Reading, Sender
from connectors.web_forms.senders.plain import META, digest, submission
from connectors.web_forms.settings import Settings

ABOUT = {"_post_title": "page_title", "_post_url": "page_url", "_post_id": "page_id"}
"""Special keys of the plugin that tell where the form stood."""
NOT_ANSWERS = frozenset({*ABOUT, *META, "_date", "_time", "_random"})


def read(post: Post, settings: Settings) -> Reading:
    """Read the post as one entry; where no form is configured, the page tells which form it was."""
    if post.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        parsed = gathered(read_urlencoded(post.body, settings.fallback_charset))
    else:
        parsed = read_json(post.body, numbers="text")
    if not isinstance(parsed, Mapping) or not parsed:
        raise Unreadable("no_entry")
    answered = {key: value for key, value in parsed.items() if key in META or key not in NOT_ANSWERS}
    found = submission(answered, settings, post.received_at, source="contact_form_7", event_id=_random(parsed))
    about = {name: parsed[key] for key, name in ABOUT.items() if parsed.get(key)}
    page = parsed.get("_post_id")
    unnamed = not settings.form_field and not settings.forms and isinstance(page, str) and page
    form_id = f"page-{page}" if unnamed else found.form_id
    entry = replace(found, form_id=form_id, meta={**found.meta, **about})
    return Reading(f"contact_form_7:{digest([entry.form_id, entry.submission_id])}", (entry,))


def _random(parsed: Mapping[str, object]) -> str:
    """Return the plugin's random value, where the owner adds it: the same in no two posts."""
    value = parsed.get("_random")
    return value if isinstance(value, str) else ""


SENDER = Sender("contact_form_7", (*JSON, FORMS[0], "text/plain"), keyed.verify, read)
