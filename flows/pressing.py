"""Why a question is due as soon as it is, as people and scripts read it. Room: flows; reads the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from flows.hub import Hub
from flows.profile_view import Show, label_of
from golden_record.priority import causes
from golden_record.store import profiles, reviews
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.reviews import Review


def presses_json(
    hub: Hub,
    connection: sa.Connection,
    found: Sequence[Review],
    rows: Mapping[bytes, NormalisedRow],
    show: Show,
) -> dict[str, list[dict[str, Any]]]:
    """Return open question -> why it is due as soon as it is: what presses, its value, and the days that it takes off.

    A field's name comes with what people call it. It is worked out of what the customers show now.
    """
    waiting = [one for one in found if one.status == reviews.OPEN]
    ids = {row.profile_id for one in waiting for ref in one.refs if (row := rows.get(ref)) and row.profile_id}
    known = profiles.load(connection, hub.store.vault, ids)
    shown: dict[str, list[dict[str, Any]]] = {}
    for one in waiting:
        rules = hub.rules.entities.get(one.entity)
        pressures = rules.presses if rules is not None else {}
        mine = {str(rows[ref].profile_id) for ref in one.refs if ref in rows} & known.keys()
        worth = [
            {name: known[profile].fields[name][0].value for name in pressures if known[profile].fields.get(name)}
            for profile in sorted(mine)
        ]
        shown[one.review_id] = [
            {"what": cause.what, "value": cause.value, "days": cause.days}
            if cause.what not in pressures
            else {
                "what": cause.what,
                "label": label_of(hub, one.entity, cause.what),
                "value": show(one.entity, cause.what, cause.value),
                "days": cause.days,
            }
            for cause in causes(one.kind, one.weight, worth, pressures)
        ]
    return shown
