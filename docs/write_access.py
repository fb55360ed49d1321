"""Write docs/access.md from the acts and the routes themselves; tests compare, and try every cell over HTTP.

Run as `make docs`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from console.access import acts
from console.access.user import Role, Scope
from console.web.app import make_app
from console.web.frame.route_table import Declared, declared

PAGE = Path(__file__).parent / "access.md"

HEAD = """# Who may do what

<!-- generated from the acts and the routes: make docs -->

Every page and every route of the API asks for one act; one function decides whether a user may do it, and a test
tries each cell of these tables over HTTP. How to add users and tokens: [running.md](running.md). What protects
signing in: [security.md](security.md).

- A **user** has one or several roles, and may do what any of them allows. An admin does not decide for stewards and
  sees no personal data by that role; whoever shall do both has both roles.
- A user who is bound to **departments** works on the systems of these departments, and sees and works on profiles and
  reviews with at least one record from them, and records to mend and writes that are theirs. What is no department's
  (entered by hand) is everybody's. An act on several systems (a plan, a sync) asks that each is theirs; an act on two
  profiles that both are. How systems fare, and numbers over all, everybody sees whose role allows it.
- Values are **masked** for everybody. A steward can have one shown; who, which field, of which profile and when is
  noted for good, never the value. Fields marked `sensitive` are shown only to stewards who may see sensitive fields.
  Fields with `protect: plain` are never masked.
- A **token** is good for its scopes: `read` (masked), `values` (values as they are), `sync`, `decide`, `operate`.
"""


def page() -> str:
    """Return the whole page."""
    app = make_app(cast("Any", None))
    roles = [*Role]
    rows = [[f"`{act.name}`", act.says, *_marks(act.roles, roles), act.scope or "–"] for act in acts.EVERY.values()]
    parts = [HEAD, "## Acts\n", _table(["act", "what it is", *roles, "scope of a token"], rows)]
    mine = declared(app)
    parts += ["\n## Pages\n", _routes([one for one in mine if one.act and not one.is_for_programs], roles)]
    parts += ["\n## The HTTP API, by role\n", _routes([one for one in mine if one.act and one.is_for_programs], roles)]
    scopes = [*Scope]
    rows = [
        [one.method, f"`{one.path}`", *_marks({one.act.scope} if one.act.scope else (), scopes)]
        for one in mine
        if one.act and one.is_for_programs
    ]
    parts += ["\n## The HTTP API, by a token's scope\n", _table(["", "route", *scopes], rows)]
    rows = [[one.method, f"`{one.path}`", one.open_because] for one in mine if not one.act]
    parts += ["\n## Open to all\n", _table(["", "route", "because"], rows)]
    return "\n".join(parts) + "\n"


def _routes(found: Iterable[Declared], roles: list[Role]) -> str:
    rows = [
        [one.method, f"`{one.path}`", f"`{one.act.name}`", *_marks(one.act.roles, roles)] for one in found if one.act
    ]
    return _table(["", "route", "act", *roles], rows)


def _marks(has: Iterable[str], every: Iterable[str]) -> list[str]:
    return ["yes" if one in has else "" for one in every]


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [[*head], ["---" for _ in [*head]], *([*row] for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
