"""May this user do this act? One pure function, and what it says when the answer is no. Room: console; pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from console.access.acts import Act
from console.access.user import FieldClass, User


class Refusal(StrEnum):
    """Why not."""

    ROLE = "role"
    SCOPE = "scope"
    DEPARTMENT = "department"
    FIELD = "field"


def refusal(
    user: User, act: Act, *, about: Iterable[str] | None = None, field: FieldClass | None = None
) -> Refusal | None:
    """Return why *user* may not do *act*; None where they may.

    Args:
        user: who asks. A token is measured by its scopes, a person by their roles.
        act: what they ask for.
        about: the departments that the thing belongs to (of a system, one; of a profile or a review, those of all its
            records). A user of other departments is refused; a thing of none is everybody's. None: no one thing.
        field: the class of the field that the act is about.
    """
    if user.scopes is not None:
        if act.scope not in user.scopes:
            return Refusal.SCOPE
    elif not user.roles & act.roles:
        return Refusal.ROLE
    if not concerns(user, about or ()):
        return Refusal.DEPARTMENT
    if field is FieldClass.SENSITIVE and not user.sensitive:
        return Refusal.FIELD
    return None


def concerns(user: User, about: Iterable[str]) -> bool:
    """Return whether a thing of the departments *about* is the user's business: one is theirs, or there is none."""
    theirs = frozenset(about)
    return user.departments is None or not theirs or bool(theirs & user.departments)


def may(user: User, act: Act, *, about: Iterable[str] | None = None, field: FieldClass | None = None) -> bool:
    """Return whether *user* may do *act*; the arguments are those of `refusal`."""
    return refusal(user, act, about=about, field=field) is None
