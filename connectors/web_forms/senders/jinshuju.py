"""Jinshuju 金数据: unsigned posts of one entry each, the same message for a new and for an edited one.

    {"form": "ABC123", "form_name": "报名", "entry": {"serial_number": 59, "field_1": "王小明", "x_field_1": "cid-42",
     "created_at": "2026-01-02T03:04:05.539Z", "updated_at": "2026-01-02T03:04:05.539Z", "info_remote_ip": "…"}}

The sender waits two seconds and gives up for good after six retries; entries of the gap never come again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract import Post
from connectors.web_forms.json_body import Unreadable, read_json
from connectors.web_forms.senders import keyed
from connectors.web_forms.senders.contract import JSON, Reading, Sender
from connectors.web_forms.settings import Settings
from connectors.web_forms.submission import Answer, Submission

ABOUT = frozenset({"serial_number", "gen_code", "creator_name", "created_at", "updated_at", "total_price"})
"""Keys of an entry that are no answers. Every other one is: `field_n`, or the key that the owner chose (api_code)."""
META = {"info_remote_ip": "ip", "info_browser": "user_agent", "info_platform": "platform", "info_os": "os"}


def read(post: Post, settings: Settings) -> Reading:
    """Read one entry; a later `updated_at` makes it another event and a newer revision of the same record."""
    del settings
    parsed = read_json(post.body)
    entry = parsed.get("entry") if isinstance(parsed, Mapping) else None
    if not isinstance(entry, Mapping):
        raise Unreadable("no_entry")
    found = submission(entry, parsed.get("form"))
    if found is None:
        raise Unreadable("no_id")
    return Reading(f"jinshuju:{found.form_id}:{found.submission_id}:{found.revision}", (found,))


def submission(entry: Mapping[str, Any], form_id: Any) -> Submission | None:  # noqa: ANN401 (whatever stands there)
    """Return an entry, as posted or as the API lists it; None where form or serial number lack."""
    serial = entry.get("serial_number")
    numbered = (isinstance(serial, int) and not isinstance(serial, bool)) or (isinstance(serial, str) and serial)
    if not numbered or not isinstance(form_id, str) or not form_id:
        return None
    created, updated = (_text(entry.get(key)) for key in ("created_at", "updated_at"))
    return Submission(
        source="jinshuju",
        form_id=form_id,
        submission_id=str(serial),
        submitted_at=created,
        revision=updated or created,
        answers=[Answer(key, value) for key, value in entry.items() if _is_answer(key)],
        hidden={key: value for key, value in entry.items() if key.startswith("x_field_")},
        meta={name: entry[key] for key, name in META.items() if entry.get(key)},
    )


def _is_answer(key: str) -> bool:
    return key not in ABOUT and not key.startswith(("x_field_", "info_"))


def _text(value: Any) -> str:  # noqa: ANN401 (whatever stands there)
    return value if isinstance(value, str) else ""


SENDER = Sender("jinshuju", JSON, keyed.verify, read)
