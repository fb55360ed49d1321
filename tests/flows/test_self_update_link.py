"""A link is its own proof: one profile, until a day, under this project's key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from flows.self_update_link import FORM_HOLDS, Link, LinkRefused, form_holds, form_key, make_link, read_link
from golden_record.vault import KeyRing, Vault

VAULT = Vault(KeyRing.mint())
NOW = datetime(2026, 11, 23, tzinfo=UTC)
LINK = Link(str(ULID()), NOW + timedelta(days=30))
TOKEN = make_link(VAULT, LINK)


def test_a_link_says_whom_it_is_for_and_until_when() -> None:
    assert read_link(VAULT, TOKEN, NOW) == LINK
    assert TOKEN.replace("-", "").replace("_", "").isalnum()
    assert LINK.profile_id not in TOKEN


def test_a_link_that_is_over_is_refused() -> None:
    read_link(VAULT, TOKEN, LINK.ends_at - timedelta(seconds=1))
    with pytest.raises(LinkRefused):
        read_link(VAULT, TOKEN, LINK.ends_at)


def test_a_link_of_another_projects_key_is_refused() -> None:
    with pytest.raises(LinkRefused):
        read_link(Vault(KeyRing.mint()), TOKEN, NOW)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("AZaz09-_"))
def test_no_changed_character_goes_unseen(place: int, char: str) -> None:
    changed = TOKEN[:place] + char + TOKEN[place + 1 :]
    if changed != TOKEN:
        try:
            found = read_link(VAULT, changed, NOW)
        except LinkRefused:
            return
        assert found == LINK, "only the unused bits of the last character may differ"


@given(st.text(max_size=60) | st.binary(max_size=40).map(lambda raw: raw.hex()))
def test_what_is_no_link_is_refused_and_nothing_else(text: str) -> None:
    with pytest.raises(LinkRefused):
        read_link(VAULT, text, NOW)


def test_a_form_holds_for_its_own_link_and_a_while() -> None:
    key = form_key(VAULT, TOKEN, NOW)
    assert form_holds(VAULT, TOKEN, key, NOW)
    assert form_holds(VAULT, TOKEN, key, NOW + FORM_HOLDS - timedelta(minutes=1))
    assert not form_holds(VAULT, TOKEN, key, NOW + FORM_HOLDS + timedelta(minutes=1))
    assert not form_holds(VAULT, TOKEN, key, NOW - timedelta(hours=1)), "a page from the future"
    assert not form_holds(VAULT, make_link(VAULT, Link(LINK.profile_id, NOW + timedelta(days=9))), key, NOW)


@given(st.text(max_size=60))
def test_no_made_up_form_key_holds(key: str) -> None:
    assert not form_holds(VAULT, TOKEN, key, NOW)
