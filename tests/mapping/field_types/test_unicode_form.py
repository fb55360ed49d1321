"""Every row of the reference's list of what NFKC does and does not do (2.8)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.field_types.unicode_form import DAMAGE, fold, notes, one_line, well_formed


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("ＡＢＣ１２３", "ABC123"),
        ("（）：，", "():,"),
        ("a\u3000b\u00a0c", "a b c"),
        ("㈱", "(株)"),
        ("①", "1"),
        ("Ⅳ", "IV"),
        ("…", "..."),
        ("￥", "¥"),
        ("\uf90a", "金"),
        ("⼀", "一"),
        ("a\u200bb\ufeffc", "abc"),
        ("– — ―", "– — ―"),
        ("· ・ •", "· ・ •"),
        ("“x”", "“x”"),
        ("。、", "。、"),
        ("張偉", "張偉"),
        ("𠮷 䶮", "𠮷 䶮"),
        ("\u202eabc\u202c", "abc"),
        ("a\tb\r\nc", "a b c"),
        ("a\x00\x07b", "ab"),
    ],
)
def test_one_line_is_nfkc_without_unseen_characters(written: str, line: str) -> None:
    assert one_line(written) == line


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("½ m²\n第二行", "½ m²\n第二行"),
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("e\u0301", "é"),
        ("a\tb", "a\tb"),
        ("a\u200bb\x00", "ab"),
        ("👨\u200d👩", "👨\u200d👩"),
    ],
)
def test_notes_keep_their_layout(written: str, kept: str) -> None:
    assert notes(written) == kept


def test_a_surrogate_pair_is_joined_and_a_lone_one_marked() -> None:
    assert well_formed("\ud842\udfb7") == "𠮷"
    assert well_formed("张\ud842") == f"张{DAMAGE}"


@given(st.text(alphabet=st.characters(), max_size=30))
def test_one_line_and_notes_are_settled_after_one_pass(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert notes(notes(text)) == notes(text)
    assert unicodedata.is_normalized("NFKC", one_line(text))


@given(st.text(max_size=30))
def test_folding_is_settled_after_one_pass_and_ignores_case(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text.upper()) == fold(text.upper().lower()) or not text.isascii()
