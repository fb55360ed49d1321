"""What a route asks for: `who: Annotated[User, needs(acts.SEE_REVIEWS)]`. Room: console.

Every route declares an act, or says why it is open to all; a test walks the routes.
"""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request

from console.access import acts
from console.access.acts import Act
from console.access.may import Refusal, refusal
from console.access.user import User
from console.web.frame.forms import check_form
from console.web.frame.visit import visit_of


class NotSignedIn(Exception):
    """Nobody is signed in, or no token holds."""


class MustChange(Exception):
    """The user must choose a password of their own first."""


class Refused(Exception):
    """The user may not do this."""

    def __init__(self, act: Act, why: Refusal) -> None:
        self.act, self.why = act, why
        super().__init__(f"{act.name}: {why}")


class Needs:
    """The dependency: returns the user, or refuses."""

    def __init__(self, act: Act) -> None:
        self.act = act

    async def __call__(self, request: Request) -> User:
        """Return who asks.

        Raises:
            NotSignedIn, MustChange, Refused, Forged: see there; each has one answer in `errors`.
        """
        visit = await visit_of(request)
        if visit.user is None:
            raise NotSignedIn
        if visit.session is not None:
            await check_form(request, visit)
        if visit.account is not None and visit.account.must_change and self.act is not acts.OWN_ACCOUNT:
            raise MustChange
        why = refusal(visit.user, self.act)
        if why is not None:
            raise Refused(self.act, why)
        return visit.user


class OpenToAll:
    """The dependency of a route that asks nobody who they are."""

    def __init__(self, why: str) -> None:
        self.why = why

    async def __call__(self) -> None:
        """Let everybody in."""


def needs(act: Act) -> Any:  # noqa: ANN401 (what FastAPI takes for a dependency)
    """Return the dependency that gives the user who asks for *act*."""
    return Depends(Needs(act))


def open_to_all(why: str) -> Any:  # noqa: ANN401 (likewise)
    """Return the dependency of a route that is open, with the reason."""
    return Depends(OpenToAll(why))


def insist(user: User, act: Act, **on: Any) -> None:  # noqa: ANN401 (the arguments of `may`)
    """Refuse unless *user* may do *act* on this very thing (`about=` its departments, `field=` its class).

    Raises:
        Refused: they may not.
    """
    why = refusal(user, act, **on)
    if why is not None:
        raise Refused(act, why)
