"""What Zoho's pages leave open, as named switches: a connector has to bear every setting.

Room: connectors/zoho_crm sandbox; pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from connectors.sandboxes.switches import ANY_NUMBER, settled

_OTHERS: Mapping[str, tuple[str, ...]] = {
    "page_tokens": ("keyset",),
    "malformed_id": ("INVALID_URL_PATTERN",),
    "precondition": ("each",),
    "stored_time": ("finer",),
    "coql_rows": ("2000", ANY_NUMBER),
    "coql_converted": ("exclude",),
    "deleted_paging": ("token",),
    "throttle_status": ("200",),
    "unique_email": ("yes",),
    "binding_field": ("plain", "missing"),
    "bulk_page": (ANY_NUMBER,),
    "search_lag": (ANY_NUMBER,),
    "bulk_read": ("refused", "failing"),
    "bulk_converted": ("exclude",),
    "bulk_write": ("refused", "failing", "failing_halfway", "endless"),
    "watch_again": ("replaces",),
    "external_fields": ("no",),
    "edition": ("free", "standard", "professional", "ultimate"),
}
"""Switch -> its values beside the default."""
_FREE = frozenset({"hidden_fields", "restricted_fields", "offset", "scopes"})
"""Switches that take any text."""


@dataclass(frozen=True)
class Switches:
    """The settings in force; served at `/__sim/config`. The first value named is the default."""

    page_tokens: str = "offset"
    """offset | keyset: whether a page token counts rows (and slips when rows move) or remembers the last row."""
    malformed_id: str = "INVALID_DATA"
    """INVALID_DATA (400) | INVALID_URL_PATTERN (404): the answer to an id that is none."""
    precondition: str = "whole"
    """whole | each: whether one changed record refuses the whole batch (412) or only itself."""
    stored_time: str = "seconds"
    """seconds | finer: whether If-Unmodified-Since is compared with whole seconds or with what is stored."""
    coql_rows: str = "200"
    """200 | 2000: rows per COQL call at most."""
    coql_converted: str = "include"
    """include | exclude: whether COQL sees converted leads."""
    deleted_paging: str = "page"
    """page | token: how /deleted goes on beyond 2,000 records."""
    throttle_status: str = "400"
    """400 | 200: the status of "Access Denied" from the accounts host."""
    unique_email: str = "no"
    """no | yes: whether the organisation marks Email as unique in Leads and Contacts."""
    binding_field: str = "unique"
    """unique | plain | missing: what the organisation's administrator made of the binding field."""
    bulk_read: str = "working"
    """working | refused | failing: whether export jobs are taken, and whether they come to their end."""
    bulk_page: str = "200000"
    """Records that one export job holds."""
    bulk_converted: str = "include"
    """include | exclude: whether an export holds converted leads."""
    bulk_write: str = "working"
    """working | refused | failing | failing_halfway | endless: whether import jobs are taken, and how they end."""
    hidden_fields: str = ""
    """Fields (comma separated) that the API user's profile may not see: listed in metadata, absent from records; what
    is written to them is passed over with SUCCESS."""
    restricted_fields: str = ""
    """Fields (comma separated) under a privacy restriction: read as null over the API, `private.restricted` in
    metadata; what is written to them is passed over with SUCCESS."""
    watch_again: str = "refused"
    """refused | replaces: what opening a channel that is open already does."""
    external_fields: str = "yes"
    """yes | no: whether the edition lets an external field be made over the API."""
    search_lag: str = "5"
    """Seconds that the search index lags behind."""
    offset: str = "+08:00"
    """Offset of the API user's time zone, in which times are shown."""
    edition: str = "enterprise"
    """free | standard | professional | enterprise | ultimate: whose limits hold with limits=real."""
    scopes: str = "all"
    """all, or the granted scopes, comma separated."""

    @property
    def hidden(self) -> frozenset[str]:
        """The fields that the API user may not see."""
        return frozenset(filter(None, self.hidden_fields.split(",")))

    @property
    def restricted(self) -> frozenset[str]:
        """The fields that are read as null."""
        return frozenset(filter(None, self.restricted_fields.split(",")))

    @classmethod
    def of(cls, chosen: Mapping[str, str]) -> Self:
        """Return the defaults with *chosen* over them.

        Raises:
            ValueError: there is no such switch, or no such value.
        """
        known = {one.name: (str(one.default), *_OTHERS.get(one.name, ())) for one in fields(cls)}
        free = {name: text for name, text in chosen.items() if name in _FREE}
        return cls(**settled(known, {name: text for name, text in chosen.items() if name not in free}) | free)
