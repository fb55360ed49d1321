"""The written form of text: which characters mean the same, which are invisible, which are damage.

Room: mapping. Pure; touches nothing. Two forms, after what Unicode calls them:
*one line* (NFKC, single blanks) for values that are looked up and compared, and *notes* (NFC, layout kept) for texts
that people read: NFKC would turn `½` into `1⁄2` and lose `²`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST_LINE: Final = 1_000
"""Characters. No name, number, address or mail address is longer; what is, is a text in the wrong field."""

LONGEST_NOTE: Final = 1_000_000
"""Characters. The largest text field of a system that the hub reads holds less than this."""

DAMAGE: Final = "\ufffd"
"""Stands where a character was cut in half (a lone surrogate) or was already lost before us."""

# Unicode category Cf (formats, bidi controls, tags), less the visible Arabic and Syriac number signs.
_FORMATS: Final = (
    r"\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0001\U000e0020-\U000e007f"
)
_JOINERS: Final = "\u200c\u200d"
_CONTROLS: Final = r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # the rest of Cc is white space, which is collapsed
_UNSEEN_IN_LINE: Final = re.compile(f"[{_CONTROLS}{_FORMATS}]")
# In notes the two joiners stay: they shape Persian words and hold emoji together.
_UNSEEN_IN_NOTES: Final = re.compile(f"(?![{_JOINERS}])[{_CONTROLS}\\x0b\\x0c\\x1c-\\x1f{_FORMATS}]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
_LINE_END: Final = re.compile("\r\n?|\u2028|\u2029|\x85")


def well_formed(text: str) -> str:
    """Return *text* as text that UTF-8 can hold: surrogate pairs joined, lone surrogates replaced by `DAMAGE`."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: str) -> str:
    r"""Return *text* in NFKC without unseen characters, its white space single blanks, none at the ends.

    >>> one_line(" ８６－138\u200b  0013 ")
    '86-138 0013'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    seen = _UNSEEN_IN_LINE.sub("", well_formed(text))
    return " ".join(unicodedata.normalize("NFKC", seen).split())


def notes(text: str) -> str:
    """Return *text* in NFC without control characters, line ends as newlines, no white space at the ends."""
    lines = _LINE_END.sub("\n", well_formed(text))
    return unicodedata.normalize("NFC", _UNSEEN_IN_NOTES.sub("", lines)).strip()


def fold(text: str) -> str:
    """Return *text* for keys only: case folded, accents of Latin letters dropped, NFKC again.

    >>> fold("José STRAßE")
    'jose strasse'
    """
    if text.isascii():
        return text.lower()
    # Compatibility forms of capitals (𝗔) are capitals only once they are taken apart.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", folded)).casefold()


def letters_and_digits(text: str) -> str:
    """Return only the letters and digits of *text*, for keys that ignore blanks and punctuation."""
    return "".join(filter(str.isalnum, text))


def is_han(char: str) -> bool:
    """Return whether *char* is a Chinese character (radicals and compatibility forms are gone after `one_line`)."""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf" or "\U00020000" <= char <= "\U000323af"


HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
"""The same characters, for use inside a regular expression's brackets."""

_ANY_HAN: Final = re.compile(f"[{HAN}]")


def has_han(text: str) -> bool:
    """Return whether *text* holds a Chinese character."""
    return _ANY_HAN.search(text) is not None


_BLANK_BY_HAN: Final = re.compile(rf"(?<=[{HAN}]) (?=[{HAN}])")


def without_blanks_in_han(text: str) -> str:
    """Return *text* without the blanks that stand between two Chinese characters, where they carry no meaning.

    >>> without_blanks_in_han("王 小 明 Wang")
    '王小明 Wang'
    """
    return _BLANK_BY_HAN.sub("", text)
