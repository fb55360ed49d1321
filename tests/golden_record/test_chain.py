"""A chain of hashes: what follows what cannot be exchanged, whatever is exchanged."""

from __future__ import annotations

import hmac
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden_record.chain import HASH_BYTES, Head, fingerprint, following

json_texts = st.text(max_size=8)
facts = st.dictionaries(json_texts, json_texts | st.integers() | st.none(), max_size=4)
contents = st.lists(st.tuples(facts, facts), min_size=2, max_size=6)


def keyed(message: bytes) -> bytes:
    return hmac.digest(b"key", message, sha256)


Facts = dict[str, str | int | None]


def chained(entries: list[tuple[Facts, Facts]]) -> list[Head]:
    heads = [Head()]
    for place, (beside, said) in enumerate(entries):
        heads.append(following(keyed, heads[-1], beside, fingerprint(keyed, bytes([place]), said)))
    return heads


@given(contents, st.data())
def test_a_change_anywhere_changes_every_later_hash(entries: list[tuple[Facts, Facts]], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    other = [*entries]
    other[place] = data.draw(st.tuples(facts, facts).filter(lambda one: one != entries[place]))
    before, after = chained(entries), chained(other)
    assert before[: place + 1] == after[: place + 1]
    assert all(one.hash != two.hash for one, two in zip(before[place + 1 :], after[place + 1 :], strict=True))


def test_without_its_salt_a_fingerprint_does_not_answer_a_guess() -> None:
    assert fingerprint(keyed, b"salt", {"phone": "1"}) != fingerprint(keyed, b"", {"phone": "1"})


@given(st.integers(0, 10**9), st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES))
def test_a_noted_head_reads_back(number: int, digest: bytes) -> None:
    assert Head.parse(Head(number, digest).to_text()) == Head(number, digest)


@pytest.mark.parametrize("text", ["", "1", "x:00", "1:zz", "1:00", "-1:" + "00" * HASH_BYTES])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (whichever part is wrong)
        Head.parse(text)
