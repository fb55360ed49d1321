"""`POST /reveal`: one field of one profile, or of one write, as it is. Room: console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response

from console.access import acts
from console.access.user import User
from console.web.departments import insist_on_profile
from console.web.diffs import text_of as diff_text
from console.web.frame.area import Area
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render
from console.web.frame.reveal import reveal
from console.web.frame.texts import N_
from console.web.state import in_thread, state_of
from flows import outbox_acts, plan_view
from flows.departments import departments_of
from flows.profile_view import as_it_is, profile_shown

router = APIRouter(include_in_schema=False)
AREA = Area((router,))


@dataclass(frozen=True, slots=True)
class Revealed:
    """The context of `frame/revealed.html`."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RevealedChange:
    """The context of `frame/revealed_change.html`."""

    old: str | None
    new: str | None


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


@router.post("/reveal/write")
async def show_write(request: Request, who: Annotated[User, needs(acts.REVEAL_VALUES)]) -> Response:
    """Give what one field of a write, or of a planned one, showed and shall show."""
    form, hub = await form_of(request), state_of(request).hub
    plan_id, write_id, name = (text_of(form, one) for one in ("plan", "write", "field"))

    def read() -> dict[str, Any] | None:
        if plan_id:
            return plan_view.write_shown(hub, plan_id, write_id, as_it_is)
        return outbox_acts.write_shown(hub, write_id, as_it_is)

    found = await in_thread(read)
    if found is None or name not in found["fields"]:
        raise HTTPException(404, N_("There is no such value any more"))
    one = found["fields"][name]
    await reveal(
        request,
        who,
        entity=found["entity"],
        field=one["field"] or name,
        of="/".join(part for part in (found["system"], found["stream"], found["record_id"]) if part),
        about=departments_of(hub, [found["system"]]),
    )
    return render(request, "frame/revealed_change.html", RevealedChange(diff_text(one["old"]), diff_text(one["new"])))


def _texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401 (any JSON value)
    return tuple(str(one) for one in (value if isinstance(value, list) else [value]))
