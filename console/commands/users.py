"""`crmhub users`: who may come into the console, and tokens of the HTTP API. Room: console.

A password is read from the terminal or from standard input, never from the command line, where others could see it.
"""

from __future__ import annotations

import getpass
import secrets
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Annotated, Any, TypeVar

import typer

from console.access import accounts
from console.access.accounts import NotTaken
from console.access.user import Role, Scope
from console.options import HERE, AuthorOption, JsonOption, ProjectOption, author_of, hub_of
from console.say import document, line, note
from console.table import table
from flows.hub import Hub
from flows.profile_view import instant
from golden_record.store import api_tokens, users
from golden_record.store.users import Account

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="Who may use the console and the HTTP API."
)

Made = TypeVar("Made")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As they sign in.")]
RolesOption = Annotated[
    list[Role], typer.Option("--role", help="What they do here; may be given several times.", show_default=False)
]
DepartmentsOption = Annotated[
    list[str] | None,
    typer.Option("--department", help="Whose customers and systems they work on; several times; none: all."),
]
SensitiveOption = Annotated[
    bool, typer.Option("--sensitive/--no-sensitive", help="May have fields shown that are marked sensitive.")
]
MadeOption = Annotated[bool, typer.Option("--generate", help="Make a password and print it once; they must change it.")]


@app.command()
def add(  # noqa: PLR0913 (a command's options)
    name: NameArgument,
    role: RolesOption,
    department: DepartmentsOption = None,
    sensitive: SensitiveOption = False,
    shown: Annotated[str, typer.Option("--shown", help="What pages call them.", show_default="the name")] = "",
    generate: MadeOption = False,
    elsewhere: Annotated[bool, typer.Option("--no-password", help="They sign in through OpenID Connect only.")] = False,
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Add a user. The password is asked for, or read from standard input; a user who was given one must change it."""
    with hub_of(project) as hub:
        _known(hub, department)
        first = not _accounts(hub)
        password = None if elsewhere else _password(generate=generate)
        try:
            user_id = accounts.add_user(
                hub.store,
                name,
                password=password,
                roles=role,
                departments=department or None,
                sensitive=sensitive,
                shown=shown,
                must_change=not first and not elsewhere,
                by=author_of(by),
                now=hub.now(),
            )
        except NotTaken as wrong:
            raise typer.BadParameter(str(wrong)) from None
    made = {"id": user_id, "name": accounts.name_of(name), "roles": sorted(role)}
    _tell(made | ({"password": password} if generate else {}), password if generate else None, as_json=as_json)
    return 0


@app.command("list")
def list_(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """List users and tokens; never a password or a token itself."""
    with hub_of(project) as hub:
        people = _accounts(hub)
        with hub.store.read() as connection:
            tokens = api_tokens.every(connection)
    items: list[dict[str, Any]] = [_user_json(one) for one in people]
    items += [
        {
            "kind": "token",
            "id": one.token_id,
            "name": one.name,
            "scopes": [*one.scopes],
            "made_at": instant(one.made_at),
            "ends_at": instant(one.ends_at),
            "revoked_at": instant(one.revoked_at),
        }
        for one in tokens
    ]
    if as_json:
        document({"items": items, "next": None})
        return 0
    rows = [
        (
            one["kind"],
            one["id"],
            one["name"],
            ", ".join(one.get("roles", one.get("scopes", ()))),
            one["made_at"],
            one.get("disabled_at") or one.get("revoked_at"),
        )
        for one in items
    ]
    table(("kind", "id", "name", "may", "made", "ended"), rows)
    return 0


@app.command()
def role(
    name: NameArgument,
    roles: Annotated[list[Role], typer.Argument(metavar="ROLE...", help="All that they shall have from now on.")],
    by: AuthorOption = "",
    project: ProjectOption = HERE,
) -> int:
    """Give a user these roles, and no others."""
    with hub_of(project) as hub:
        _do(lambda: accounts.set_roles(hub.store, _account(hub, name), roles, by=author_of(by), now=hub.now()))
    return 0


@app.command()
def departments(
    name: NameArgument,
    names: Annotated[list[str] | None, typer.Argument(metavar="[DEPARTMENT]...", help="None: all.")] = None,
    sensitive: Annotated[
        bool | None, typer.Option("--sensitive/--no-sensitive", help="May have sensitive fields shown.")
    ] = None,
    by: AuthorOption = "",
    project: ProjectOption = HERE,
) -> int:
    """Say whose customers and systems a user works on, and whether sensitive fields are shown to them."""
    with hub_of(project) as hub:
        _known(hub, names)
        account = _account(hub, name)
        may_see = account.sensitive if sensitive is None else sensitive
        accounts.set_departments(hub.store, account, names or None, sensitive=may_see, by=author_of(by), now=hub.now())
    return 0


@app.command()
def password(
    name: NameArgument,
    generate: MadeOption = False,
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Give a user another password, which they must change; their sessions end."""
    with hub_of(project) as hub:
        account, said = _account(hub, name), _password(generate=generate)
        _do(lambda: accounts.set_password(hub.store, account, said, must_change=True, by=author_of(by), now=hub.now()))
    _tell(
        {"name": account.name} | ({"password": said} if generate else {}), said if generate else None, as_json=as_json
    )
    return 0


@app.command()
def totp(
    name: NameArgument,
    remove: Annotated[bool, typer.Option("--remove", help="They have lost it: take it away.")] = False,
    by: AuthorOption = "",
    project: ProjectOption = HERE,
) -> int:
    """Say whether a user has a second factor, or take it away; they set it up themselves under My account."""
    with hub_of(project) as hub:
        account = _account(hub, name)
        if not remove:
            line("on" if account.totp is not None else "off")
            return 0
        accounts.set_second_factor(hub.store, account, None, by=author_of(by), now=hub.now())
    return 0


@app.command()
def disable(name: NameArgument, by: AuthorOption = "", project: ProjectOption = HERE) -> int:
    """Let a user in no more; their sessions end, what they did stays."""
    with hub_of(project) as hub:
        _do(lambda: accounts.disable(hub.store, _account(hub, name), by=author_of(by), now=hub.now()))
    return 0


@app.command()
def enable(name: NameArgument, by: AuthorOption = "", project: ProjectOption = HERE) -> int:
    """Let a disabled user in again."""
    with hub_of(project) as hub:
        accounts.enable(hub.store, _account(hub, name), by=author_of(by), now=hub.now())
    return 0


@app.command()
def token(  # noqa: PLR0913 (a command's options)
    name: Annotated[str, typer.Argument(help="Who or what will use it.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option("--scope", help="What it is good for; several times.", show_default="read, values, sync"),
    ] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, max=3650, help="How long it holds.")] = None,
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Make a token for the HTTP API. It is shown once; the store keeps only its keyed hash."""
    scopes = sorted(scope) if scope else [Scope(one) for one in api_tokens.FORMER_SCOPES]
    with hub_of(project) as hub:
        ends_at = hub.now() + timedelta(days=days) if days else None
        made = _do(lambda: accounts.make_token(hub.store, name, scopes, ends_at, by=author_of(by), now=hub.now()))
    _tell({"name": name.strip(), "token": made, "scopes": scopes, "ends_at": instant(ends_at)}, made, as_json=as_json)
    return 0


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `users list` shows it.")],
    by: AuthorOption = "",
    project: ProjectOption = HERE,
) -> int:
    """Revoke a token; it stops working at once."""
    with hub_of(project) as hub:
        done = accounts.revoke_token(hub.store, token_id, by=author_of(by), now=hub.now())
    if not done:
        raise typer.BadParameter("there is no token of this id that still holds")
    return 0


def _tell(made: dict[str, Any], shown: str | None, *, as_json: bool) -> None:
    if as_json:
        document(made)
    elif shown is not None:
        line(shown)


def _user_json(one: Account) -> dict[str, Any]:
    return {
        "kind": "user",
        "id": one.user_id,
        "name": one.name,
        "shown": one.shown,
        "roles": [*one.roles],
        "departments": None if one.departments is None else [*one.departments],
        "sensitive": one.sensitive,
        "totp": one.totp is not None,
        "made_at": instant(one.made_at),
        "seen_at": instant(one.seen_at),
        "disabled_at": instant(one.disabled_at),
    }


def _accounts(hub: Hub) -> list[Account]:
    with hub.store.read() as connection:
        return users.every(connection, hub.store.vault)


def _account(hub: Hub, name: str) -> Account:
    with hub.store.read() as connection:
        found = users.by_name(connection, hub.store.vault, name.strip().casefold())
    if found is None:
        raise typer.BadParameter(f"there is no user `{name}`; `crmhub users list` names them")
    return found


def _known(hub: Hub, names: Iterable[str] | None) -> None:
    known = hub.project.hub.departments()
    for name in names or ():
        if name not in known:
            raise typer.BadParameter(
                f"no system is of department `{name}`. Known: {', '.join(sorted(known)) or 'none'}."
            )


def _do(act: Callable[[], Made]) -> Made:
    try:
        return act()
    except NotTaken as wrong:
        raise typer.BadParameter(str(wrong)) from None


def _password(*, generate: bool) -> str:
    """Ask for a password at a terminal, twice; read its first line from standard input elsewhere."""
    if generate:
        return secrets.token_urlsafe(18)
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    said = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != said:
        note("The two are not the same.")
        raise typer.Abort
    return said
