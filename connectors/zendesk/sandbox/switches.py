"""The behaviours that the reference page is not certain of, each with its default."""

from __future__ import annotations

from collections.abc import Mapping

SWITCHES: Mapping[str, tuple[str, ...]] = {
    "anonymous_me": ("user", "401"),
    "too_recent_seconds": ("60", "300"),
    "job_working_polls": ("1", "0", "3"),
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
    "search_lag_seconds": ("0", "60"),
    "rate_limit_body": ("json", "text"),
    "token_scope": ("read write", "read"),
    "access_token_seconds": ("7200", "none"),
}
"""Name -> values, the default first. Numbers may be any; the README says what each is about."""


def with_defaults(given: Mapping[str, str]) -> dict[str, str]:
    """Return all switches; an unknown name is an error, since a test would prove nothing."""
    unknown = sorted(set(given) - set(SWITCHES))
    if unknown:
        raise ValueError(f"unknown switches {unknown}; known: {sorted(SWITCHES)}")
    return {name: values[0] for name, values in SWITCHES.items()} | dict(given)
