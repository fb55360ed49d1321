"""The behaviours that the reference page is not certain of, each with its default."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sandboxes.switches import ANY_NUMBER, Known, settled

SWITCHES: Known = {
    "anonymous_me": ("user", "401"),
    "too_recent_seconds": ("60", ANY_NUMBER),
    "job_working_polls": ("1", ANY_NUMBER),
    "job_rows": ("mixed", "request", "reversed"),
    "bulk_create": ("on", "off"),
    "create_failed_row": ("index", "bare"),
    "update_failed_row": ("text", "bare"),
    "show_many_identities": ("yes", "no"),
    "create_identities": ("yes", "no"),
    "deleted_readable": ("yes", "no"),
    "merged_mail": ("shown", "hidden"),
    "deleted_organizations": ("hidden", "shown"),
    "search_repeat": ("or", "and"),
    "search_lag_seconds": ("0", ANY_NUMBER),
    "rate_limit_body": ("json", "text"),
    "token_scope": ("read write", "read"),
    "access_token_seconds": ("7200", "none", ANY_NUMBER),
}
"""What each is about stands in the README."""


def with_defaults(given: Mapping[str, str]) -> dict[str, str]:
    """Return all switches; an unknown name or value is an error, since a test would prove nothing."""
    return settled(SWITCHES, given)
