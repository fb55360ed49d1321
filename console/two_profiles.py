"""An act on two profiles, as `crmhub merge` and `crmhub apart` carry it out and tell of it. Room: console."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Protocol

import typer

from console.options import author_of, hub_of, reason_of
from console.say import document, line
from console.steward_text import tell_overruled
from flows.hub import Hub
from flows.stewards import Outcome

Side = Annotated[str, typer.Argument(help="A profile's id, or a record as system/stream/id.")]


class ActOnTwo(Protocol):
    """Does something with two profiles, in a steward's name."""

    def __call__(self, hub: Hub, one: str, other: str, *, author: str, reason: str) -> Outcome:
        """Do it."""


def act_on_two(  # noqa: PLR0913 (the commands' options)
    act: ActOnTwo,
    says: Callable[[Outcome], str],
    a: str,
    b: str,
    *,
    reason: str,
    by: str,
    project: Path,
    as_json: bool,
) -> int:
    """Carry *act* out on the profiles of *a* and *b*; tell of it by what *says* makes of it."""
    with hub_of(project) as hub:
        done = act(hub, a.strip(), b.strip(), author=author_of(by), reason=reason_of(reason))
    if as_json:
        document(done.to_json())
        return 0
    line(says(done))
    tell_overruled(done)
    return 0
