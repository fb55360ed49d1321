"""Any JSON: a flat or nested object, a `fields` list, our own canonical shape, or an array of these.

Zapier, Make, n8n, Apps Script, Contact Form 7, Zoho Forms, Gravity Forms and WPForms come this way.
"""

from __future__ import annotations

from connectors.contract import Post
from connectors.web_forms.json_body import Unreadable, read_json
from connectors.web_forms.senders import keyed
from connectors.web_forms.senders.contract import JSON, Reading, Sender
from connectors.web_forms.senders.plain import digest, objects, submission
from connectors.web_forms.settings import Settings


def read(post: Post, settings: Settings) -> Reading:
    """Read each posted object as one entry; numbers stay as written."""
    parsed = read_json(post.body, numbers="text")
    found = objects(parsed)
    if not found:
        raise Unreadable("no_entry")
    entries = tuple(submission(one, settings, post.received_at, source="json") for one in found)
    left_out = len(parsed) - len(found) if isinstance(parsed, list) else 0
    key = post.headers.get("idempotency-key") or digest([[one.form_id, one.submission_id] for one in entries])
    return Reading(f"json:{key}", entries, (f"no_entry:{left_out}",) if left_out else ())


SENDER = Sender("json", JSON, keyed.verify, read)
