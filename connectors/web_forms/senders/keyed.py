"""Senders that cannot sign: a key in the address (`?key=`) or in a header, or nothing for a public form."""

from __future__ import annotations

from connectors.contract import Post, PostRefused
from connectors.web_forms.settings import Settings
from connectors.web_forms.signatures import verify_key


def secrets(settings: Settings) -> tuple[str, ...]:
    """Return the configured secrets in clear.

    Raises:
        PostRefused: there is none, so nobody can be told from anybody.
    """
    if not settings.secrets:
        raise PostRefused(401, "no secret is configured")
    return tuple(secret.get_secret_value() for secret in settings.secrets)


def verify(post: Post, settings: Settings) -> None:
    """Check the key: the hub's own for this system or a configured one; a public form needs none."""
    if settings.public or post.vouched:
        return
    header = settings.key_header.lower()
    verify_key(secrets(settings), (post.query.get("key"), post.headers.get(header) if header else None))
