"""How values are shown to whoever asks over the API. Room: console."""

from __future__ import annotations

from console.access import acts
from console.access.may import may
from console.access.user import User
from flows.hub import Hub
from flows.profile_view import Show, view_of


def shown_to(hub: Hub, who: User, *, mask: bool) -> Show:
    """Return the view: masked where that is asked for, and for whoever may not have values as they are."""
    return view_of(hub, mask=mask or not may(who, acts.SEE_VALUES))
