"""What of a write was stored, and what was refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.partial_writes import refused_part, stored_part
from flows.project import read_project
from golden_record.store.outbox import FieldWrite, Write
from mapping.compile import CompiledMapping
from tests.system.world import world

A, B, OLD = "a@x.example", "b@x.example", "old@x.example"


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> CompiledMapping:
    """The shipped mapping of Zendesk's users."""
    folder = Path(tmp_path_factory.mktemp("project"))
    with world(folder, [], systems=("zendesk",)):
        return read_project(folder, {}).mappings["zendesk", "users"]


def write(fields: dict[str, tuple[Any, Any, str]], **sent: tuple[str, ...]) -> Write:
    found = {path: FieldWrite(old, new, name) for path, (old, new, name) in fields.items()}
    return Write("w", "p", "zendesk", "users", "update", 0, found, sent, b"i")


MAILS = {"other_emails": ([OLD], [OLD, A, B], "emails"), "user_fields.job_title": (None, "CEO", "job_title")}
SENT = {"emails": (OLD, A, B), "job_title": ("CEO",)}


def test_nothing_stored_is_nothing(users: CompiledMapping) -> None:
    shown = {"other_emails": [OLD], "user_fields": {"job_title": None}}
    assert stored_part(write(MAILS, **SENT), users, shown) is None


def test_a_list_that_shows_some_of_what_was_added_counts_with_those(users: CompiledMapping) -> None:
    stored = stored_part(write(MAILS, **SENT), users, {"other_emails": [OLD, B], "user_fields": {"job_title": None}})
    assert stored is not None
    assert set(stored.fields) == {"other_emails"}
    assert stored.fields["other_emails"].new == [OLD, B]
    assert stored.sent_keys == {"emails": (OLD, B)}


def test_a_list_that_shows_something_else_that_is_new_is_peoples_doing(users: CompiledMapping) -> None:
    shown = {"other_emails": [OLD, A, "c@x.example"], "user_fields": {"job_title": "CEO"}}
    stored = stored_part(write(MAILS, **SENT), users, shown)
    assert stored is not None
    assert set(stored.fields) == {"user_fields.job_title"}


def test_a_write_that_is_all_there_is_the_write(users: CompiledMapping) -> None:
    whole = write(MAILS, **SENT)
    assert stored_part(whole, users, {"other_emails": [OLD, A, B], "user_fields": {"job_title": "CEO"}}) == whole


def test_only_the_named_values_are_refused(users: CompiledMapping) -> None:
    refused = refused_part(write(MAILS, **SENT), users, {"other_emails": [A]})
    assert refused is not None
    assert refused.refused == {"emails": (A,)}
    assert refused.fields["other_emails"].new == [A]


def test_a_refusal_that_names_nothing_of_the_write_is_of_the_whole(users: CompiledMapping) -> None:
    assert refused_part(write(MAILS, **SENT), users, {}) is None
    assert refused_part(write(MAILS, **SENT), users, {"name": ["x"]}) is None
