"""`POST /reveal`: one field of one profile, as it is. Room: console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response

from console.access import acts
from console.access.user import User
from console.web.departments import insist_on_profile
from console.web.frame.area import Area
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render
from console.web.frame.reveal import reveal
from console.web.frame.texts import N_
from console.web.state import in_thread, state_of
from flows.departments import departments_of
from flows.profile_view import as_it_is, profile_shown

router = APIRouter(include_in_schema=False)
AREA = Area((router,))


@dataclass(frozen=True, slots=True)
class Revealed:
    """The context of `frame/revealed.html`."""

    values: tuple[str, ...]


@router.post("/reveal")
async def show(request: Request, who: Annotated[User, needs(acts.REVEAL_VALUES)]) -> Response:
    """Give the values of a profile's field; the button that asked is replaced by them."""
    form, hub = await form_of(request), state_of(request).hub
    profile_id, field = text_of(form, "profile"), text_of(form, "field")
    await insist_on_profile(request, who, acts.REVEAL_VALUES, profile_id)
    found = await in_thread(profile_shown, hub, profile_id, as_it_is)
    if found is None or field not in found["fields"]:
        raise HTTPException(404, N_("There is no such value any more"))
    about = departments_of(hub, (source["system"] for source in found["sources"]))
    await reveal(request, who, entity=found["entity"], field=field, of=found["profile_id"], about=about)
    return render(request, "frame/revealed.html", Revealed(_texts(found["fields"][field])))


def _texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401 (any JSON value)
    return tuple(str(one) for one in (value if isinstance(value, list) else [value]))
