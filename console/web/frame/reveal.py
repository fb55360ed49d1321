"""Have a masked value shown: asked for by a post, allowed by role, department and field, and noted for good.

Room: console. Pages show values masked; `parts.masked(...)` puts the button beside one of a profile's. A page that
shows values of its own (a review's records) asks `reveal` first and then renders that field with `as_it_is`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fastapi import Request

from console.access import acts
from console.access.may import may
from console.access.user import FieldClass, User
from console.web.frame.needs import insist
from console.web.frame.notes import note
from console.web.state import state_of
from flows.departments import departments_of
from flows.hub import Hub


async def reveal(  # noqa: PLR0913 (who, what, and of whom)
    request: Request, who: User, *, entity: str, field: str, of: str, about: Iterable[str]
) -> None:
    """Let *who* see one field of one thing, and note that they did; returns when it may be shown.

    Args:
        request: a post; a GET must change nothing, and this notes something.
        who: who asks.
        entity: of the profile or record.
        field: which of its fields.
        of: the profile's id, or `system/stream/id` of a record.
        about: the departments that the thing belongs to (`flows.departments`).

    Raises:
        Refused: they may not; that is noted too.
    """
    insist(who, acts.REVEAL_VALUES, about=about, field=class_of(state_of(request).hub, entity, field))
    await note(request, "value.revealed", field=field, of=of)


def may_reveal(hub: Hub, who: User, entity: str, systems: Iterable[str]) -> Callable[[str], bool]:
    """Return whether *who* may have a field of an entity shown, where it stands in these systems and is masked."""
    about = departments_of(hub, systems)

    def may_see(field: str) -> bool:
        kind = class_of(hub, entity, field)
        return kind is not FieldClass.PLAIN and may(who, acts.REVEAL_VALUES, about=about, field=kind)

    return may_see


def class_of(hub: Hub, entity: str, field: str) -> FieldClass:
    """Return how much a field is protected; one that the profile does not have is sensitive."""
    fields = hub.project.profile.root.get(entity)
    shape = fields.fields.get(field) if fields is not None else None
    if shape is None or shape.sensitive:
        return FieldClass.SENSITIVE
    return FieldClass.PLAIN if shape.protect == "plain" else FieldClass.PERSONAL
