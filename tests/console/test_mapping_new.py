"""`crmhub mapping new` drafts a mapping that lints against the very system it was made from."""

from __future__ import annotations

import pytest

from tests.console.hands import Shell
from tests.system.world import World


@pytest.mark.parametrize(
    ("system", "stream"), [("zoho_crm", "Contacts"), ("zoho_crm", "Accounts"), ("fxiaoke", "ContactObj")]
)
def test_a_draft_lints_and_reads_the_systems_records(here: World, shell: Shell, system: str, stream: str) -> None:
    answer = shell.on("mapping", "new", system, stream, "--push")
    assert answer.code == 0, answer.err
    linted = shell.on("mapping", "lint", system, "--discover", "--json")
    (mine,) = [one for one in linted.json["files"] if one["stream"] == stream]
    assert (mine["ok"], mine["file"].startswith(str(here.folder))) == (True, True)
    shown = shell.ask("mapping", "preview", system, stream)
    assert all("name" in emit["fields"] for one in shown["items"] for emit in one["emits"])


def test_a_file_that_is_there_is_never_overwritten(here: World, shell: Shell) -> None:
    assert shell.on("mapping", "new", "zoho_crm", "Contacts", "--sample", "0").code == 0
    file = here.folder / "config" / "mappings" / "zoho_crm" / "Contacts.yaml"
    before = file.read_text(encoding="utf-8")
    answer = shell.on("mapping", "new", "zoho_crm", "Contacts")
    assert (answer.code, "is there already" in answer.err) == (2, True)
    assert file.read_text(encoding="utf-8") == before


def test_a_draft_can_be_printed_and_an_unknown_stream_is_told_with_the_known_ones(here: World, shell: Shell) -> None:
    printed = shell.on("mapping", "new", "fxiaoke", "ContactObj", "--sample", "0", "--out", "-")
    assert printed.out.startswith("# fxiaoke · ContactObj")
    assert not (here.folder / "config" / "mappings" / "fxiaoke").exists()
    answer = shell.on("mapping", "new", "fxiaoke", "Contacts")
    assert (answer.code, "ContactObj" in answer.err) == (2, True)
