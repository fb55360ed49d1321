"""What every page of ops is given: words for codes, and the acts that its buttons ask for. Room: console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import HTTPException, Request

from console.access import acts
from console.access.acts import Act
from console.access.user import User
from console.web.frame.needs import insist
from console.web.frame.render import say_of
from console.web.frame.texts import N_
from console.web.ops_words import Words
from flows.hub import Hub

MOST_WORDS = 2000
"""Letters of a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpsPage:
    """The part that all contexts share; *act*: name -> act, for `frame.may(act['systems.run'])`."""

    words: Words
    act: Mapping[str, Act] = field(default_factory=lambda: acts.EVERY)


def words_of(request: Request) -> Words:
    """Return the words in the visitor's language."""
    return Words(say_of(request))


def reason_in(said: str) -> str:
    """Return a reason that somebody typed.

    Raises:
        HTTPException: 422, there is none, or it is a novel.
    """
    if not said.strip() or len(said) > MOST_WORDS:
        raise HTTPException(422, N_("Say why in a few words."))
    return said.strip()


def insist_on(hub: Hub, who: User, act: Act, system: str) -> None:
    """Let an act pass where it is about a system of a department that *who* works for.

    Raises:
        HTTPException: 404, there is no such system.
        Refused: it is another department's.
    """
    found = hub.systems.get(system)
    if found is None:
        raise HTTPException(404, N_("There is no such system."))
    insist(who, act, about=[found.config.department])
