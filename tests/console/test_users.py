"""Tokens of the HTTP API on the command line."""

from __future__ import annotations

from golden_record.store import api_tokens
from golden_record.store.tables import api_tokens as table
from tests.console.hands import Shell
from tests.system.world import World


def test_a_token_is_shown_once_and_kept_only_as_its_hash(shell: Shell, here: World) -> None:
    made = shell.ask("users", "token", "dashboards")
    assert made["token"].startswith(api_tokens.PREFIX)
    with here.hub() as hub, hub.store.read() as connection:
        found = api_tokens.find(connection, hub.store.vault, made["token"], hub.now())
        assert found is not None
        assert (found.name, found.scopes) == ("dashboards", ("read", "sync", "values"))
        [row] = connection.execute(table.select()).all()
    assert made["token"].encode() not in repr(tuple(row)).encode()
    [listed] = shell.ask("users", "list")["items"]
    assert (listed["name"], listed["revoked_at"]) == ("dashboards", None)
    assert made["token"] not in str(listed)


def test_a_revoked_token_holds_no_more(shell: Shell, here: World) -> None:
    made = shell.ask("users", "token", "old")
    [listed] = shell.ask("users", "list")["items"]
    assert shell.on("users", "revoke", listed["id"]).code == 0
    with here.hub() as hub, hub.store.read() as connection:
        assert api_tokens.find(connection, hub.store.vault, made["token"], hub.now()) is None
    again = shell.on("users", "revoke", listed["id"])
    assert again.code == 2
    assert shell.ask("users", "list")["items"][0]["revoked_at"]


def test_a_token_needs_a_name(shell: Shell) -> None:
    assert shell.on("users", "token", " ").code == 2
