"""Whom to send a link: a CSV for the mail or SMS tool that the company uses, one row per customer.

Room: flows. A link opens a customer's (masked) data: the file is made with mode 0600, and the links end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from flows.hub import Hub
from flows.profile_view import as_it_is, instant
from flows.quality_lists import Filter, items_to_verify, write_csv
from flows.quality_measure import PAGE
from flows.self_update_link import PATH, Link, make_link
from golden_record.elements import Element
from golden_record.store import profiles
from golden_record.store.profiles import Profile

COLUMNS: Final = ("profile_id", "entity", "name", "email", "phone", "language", "link", "expires_at")

_WAYS: Final = frozenset({"phone", "email"})


@dataclass(frozen=True, slots=True)
class LinkList:
    """Who gets a link: customers of *entity* with stale values that *wanted* passes, or *everyone* of it.

    *base_url* is where `crmhub serve` is reached from outside.
    """

    base_url: str
    ends_at: datetime
    wanted: Filter
    entity: str = "person"
    everyone: bool = False


def export_links(hub: Hub, what: LinkList, file: Path) -> int:
    """Write the list; customers without a mail address and a phone are left out. Return how many rows.

    Raises:
        ExportImpossible: the file cannot be written; nothing was.
    """
    return write_csv(file, COLUMNS, links(hub, what))


def links(hub: Hub, what: LinkList) -> Iterator[dict[str, Any]]:
    """Iterate over the rows, in order of profile id."""
    ids = _everyone(hub, what.entity) if what.everyone else _stale(hub, what)
    while page := list(islice(ids, PAGE)):
        with hub.store.read() as connection:
            found = profiles.load(connection, hub.store.vault, page)
        rows = (_row(hub, what, found[one]) for one in page if one in found and found[one].entity == what.entity)
        yield from (row for row in rows if row["email"] or row["phone"])


def _everyone(hub: Hub, entity: str) -> Iterator[str]:
    after = ""
    while True:
        with hub.store.read() as connection:
            page = profiles.living_ids(connection, entity, after, PAGE)
        if not page:
            return
        yield from page
        after = page[-1]


def _stale(hub: Hub, what: LinkList) -> Iterator[str]:
    last = ""
    for _cursor, item in items_to_verify(hub, what.wanted, as_it_is, ""):
        if item["profile_id"] != last:
            last = item["profile_id"]
            yield last


def _row(hub: Hub, what: LinkList, profile: Profile) -> dict[str, Any]:
    token = make_link(hub.store.vault, Link(profile.profile_id, what.ends_at))
    return {
        "profile_id": profile.profile_id,
        "entity": profile.entity,
        "name": _first(hub, profile, "person_name", "company_name"),
        "email": _first(hub, profile, "email"),
        "phone": _first(hub, profile, "phone"),
        "language": _first(hub, profile, field="language"),
        "link": what.base_url.rstrip("/") + PATH + token,
        "expires_at": instant(what.ends_at),
    }


def _first(hub: Hub, profile: Profile, *types: str, field: str = "") -> str | None:
    """Return the first value of a field of one of these types, or of *field*; no hotline where it is to reach them."""
    known = hub.rules.entities[profile.entity].types
    for name, elements in profile.fields.items():
        kind = known[name].name if name in known else ""
        if name == field or kind in types:
            chosen = next((one for one in elements if kind not in _WAYS or _reaches(one)), None)
            if chosen is not None:
                return str(chosen.value)
    return None


def _reaches(element: Element) -> bool:
    """Whether a number or mailbox is the customer's own: no hotline, no placeholder."""
    return element.evidence
