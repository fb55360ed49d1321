"""A user: somebody who signed in, or a program that came with a token. Room: console; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a user does here; a user may have several."""

    VIEWER = "viewer"
    STEWARD = "steward"
    OPS = "ops"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Scope(StrEnum):
    """What an API token is good for; a token may have several."""

    READ = "read"
    VALUES = "values"
    SYNC = "sync"
    DECIDE = "decide"
    OPERATE = "operate"


class FieldClass(StrEnum):
    """How much a field's values are protected on pages."""

    PLAIN = "plain"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class User:
    """Who asks.

    *name* is what they sign in with and what stands as author beside their acts. *departments*: whose systems and
    customers they work on; None: all. *sensitive*: may have fields shown that are marked `sensitive`.
    *scopes* is of a token: what it is good for; None: a person, whose roles count.
    """

    user_id: str
    name: str
    roles: frozenset[Role] = frozenset()
    departments: frozenset[str] | None = None
    sensitive: bool = False
    scopes: frozenset[Scope] | None = None
