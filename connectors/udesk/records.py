"""What the hub makes of Udesk's customers, and what goes into a write.

Pure. Udesk gives numbers as `cellphones: [{"id": 1, "content": "139…"}]` and takes them as pairs `[id or null, text]`,
further mails likewise; tags come as a list or as one text with commas, and go as one text. A record keeps Udesk's own
fields; added are `phones`, `more_emails` and `tag_list`, plain lists of texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.contract import DELETED_AT
from connectors.one_by_one import folded_mail, nested, texts

CUSTOMERS = "customers"
PHONES, MORE_EMAILS, TAGS = "phones", "more_emails", "tag_list"
_OUTSIDE = {PHONES: "cellphones", MORE_EMAILS: "other_emails"}
UNIQUE = (frozenset({"email", MORE_EMAILS}), frozenset({PHONES}))
"""What Udesk may refuse because another customer has it."""


def shown(customer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a customer with the plain lists.

    >>> shown({"id": 1, "cellphones": [{"id": 5, "content": "139"}], "tags": "a, b"})["phones"]
    ['139']
    """
    tags = customer.get("tags")
    listed = tags.split(",") if isinstance(tags, str) else tags
    return {
        **customer,
        PHONES: [text for _, text in pairs(customer.get("cellphones"))],
        MORE_EMAILS: [text for _, text in pairs(customer.get("other_emails"))],
        TAGS: [one.strip() for one in texts(listed)],
    }


def pairs(value: object) -> list[tuple[Any, str]]:
    """Return (id, text) of numbers or mails, however they are written: objects, pairs, or bare texts."""
    found: list[tuple[Any, str]] = []
    for one in value if isinstance(value, list) else ():
        if isinstance(one, Mapping):
            found.append((one.get("id"), one.get("content") or one.get("email") or ""))
        elif isinstance(one, list) and one:
            found.append((one[0] if len(one) > 1 else None, one[-1]))
        else:
            found.append((None, one))
    return [(own, text) for own, text in found if isinstance(text, str) and text.strip()]


def gone(record_id: str, at: str) -> dict[str, Any]:
    """Return what stands for a customer that is no longer there."""
    return {"id": int(record_id) if record_id.isdigit() else record_id, DELETED_AT: at}


def same(name: str, held: Any, wanted: Any) -> bool:  # noqa: ANN401 (any JSON)
    """Say whether two filled values of a field are one: lists without an order, numbers by their digits."""
    if name in {PHONES, MORE_EMAILS, TAGS}:
        return {_folded(name, one) for one in texts(held)} == {_folded(name, one) for one in texts(wanted)}
    if isinstance(wanted, list | tuple):
        return isinstance(held, list | tuple) and [str(one) for one in held] == [str(one) for one in wanted]
    if isinstance(held, bool) or isinstance(wanted, bool):
        return held is wanted
    return folded_mail(held) == folded_mail(wanted) if name == "email" else str(held) == str(wanted)


def body_of(fields: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the body of a write; a number or mail that is there keeps its id, so that it is not added twice."""
    row, body = dict(fields), dict[str, Any]()
    for name, outside in _OUTSIDE.items():
        if name in row:
            held = {_folded(name, text): own for own, text in pairs((before or {}).get(outside))}
            written = [[held.get(_folded(name, one)), one] for one in texts(row.pop(name))]
            if outside == "cellphones":
                row[outside] = written
            else:
                body[outside] = written
    if TAGS in row:
        body["tags"] = ",".join(texts(row.pop(TAGS)))
    return {"customer": nested({name: None if value == "" else value for name, value in row.items()}), **body}


def _folded(name: str, text: str) -> str:
    if name == PHONES:
        return re.sub(r"\D", "", text).removeprefix("00").removeprefix("86") or text
    return folded_mail(text) if name == MORE_EMAILS else text.strip()
