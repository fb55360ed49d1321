"""What people write around a phone number: labels, notes, extensions, several numbers in one field.

Room: mapping. Pure; touches nothing. All of it must be gone before libphonenumber sees the text: it dials letters
(`work` becomes 9675), glues a tail of four digits to the number, and takes a second number for an extension.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mapping.field_types.unicode_form import HAN

_SEPARATORS: Final = re.compile(r"[/;、,|\n\\&]|\bor\b|\band\b|[或和]")
_BRACKETS: Final = re.compile(r"[(\[{【<][^()\[\]{}【】<>]*[)\]}】>]")
_LETTER: Final = re.compile(rf"[A-Za-z{HAN}\u00c0-\u024f\u0370-\u04ff\u3040-\u30ff\uac00-\ud7a3]")
_EXTENSION: Final = re.compile(
    rf"""(?:;\s*ext=|转接?|轉|分机号?|分機|内线|內線|(?<![a-z])(?:extension|extn|ext|x)(?![a-z])\.?|[#*])  # the word
         [\s:：.]*(?:[{HAN}]{{0,3}}[\s:：]*)?(\d{{1,7}})(?!\d)""",
    re.VERBOSE | re.IGNORECASE,
)
_TAIL: Final = re.compile(r"^(.*\d)\s*[-–—]\s*(\d{1,5})$")
_SPREADSHEET: Final = re.compile(r"^(\+?\d{7,})\.0+$")
_SCIENTIFIC: Final = re.compile(r"^\d+(?:\.\d+)?[eE]\+?\d+$")
_NOTE: Final = re.compile(r"[^\W\d_]+[.:：]?", re.UNICODE)
_DASHES: Final = re.compile("[‐-―−﹣]")


@dataclass(frozen=True, slots=True)
class Written:
    """One number as written: *text* all of it, *dialled* may still hold letters (1-800-FLOWERS), *bare* holds none."""

    text: str
    dialled: str
    bare: str
    extension: str = ""


def lost_its_digits(text: str) -> bool:
    """Return whether a spreadsheet turned the number into 1.38001E+10, whose digits cannot be had back."""
    return _SCIENTIFIC.match(text) is not None


def written_numbers(text: str) -> tuple[Written, ...]:
    """Return the numbers that *text* (in one-line form) holds, in its order; pieces without a digit are notes.

    >>> [(number.bare, number.extension) for number in written_numbers("010-88886666转8001/021-62345678")]
    [('010-88886666', '8001'), ('021-62345678', '')]
    """
    pieces = _SEPARATORS.split(_RFC3966.sub(r" ext \1", _DASHES.sub("-", text)))
    return tuple(_written(piece) for piece in pieces if any(map(str.isdigit, piece)))


_RFC3966: Final = re.compile(r";\s*ext=(\d{1,7})", re.IGNORECASE)


def _written(piece: str) -> Written:
    piece = _SPREADSHEET.sub(r"\1", piece.strip())
    open_notes = _BRACKETS.sub(_open_bracket, piece)
    lifted = _EXTENSION.search(open_notes)
    extension = ""
    if lifted and any(map(str.isdigit, open_notes[: lifted.start()])):
        extension = lifted.group(1)
        open_notes = open_notes[: lifted.start()]
    dialled = re.sub(rf"[{HAN}]+", "", open_notes).strip()
    return Written(text=piece, dialled=dialled, bare=_NOTE.sub(" ", dialled).strip(), extension=extension)


def _open_bracket(match: re.Match[str]) -> str:
    """Keep (+86), (0) and (转8001); drop (微信同号) and (work)."""
    inside = match.group()[1:-1]
    if _EXTENSION.fullmatch(inside.strip()):
        return " " + inside
    return "" if _LETTER.search(inside) or not any(map(str.isdigit, inside)) else match.group()


def tail_extension(bare: str) -> tuple[str, str] | None:
    """Return number and extension of the usual Chinese way to write them, 010-88886666-8001; None if not so written."""
    match = _TAIL.match(bare)
    return (match.group(1), match.group(2)) if match else None


def several_by_blanks(bare: str) -> tuple[str, ...]:
    """Return the pieces of *bare* if each alone is long enough for a number (13800138000 13900139000), else none."""
    pieces = bare.split()
    long_enough = 10
    counts = [sum(map(str.isdigit, piece)) for piece in pieces]
    return tuple(pieces) if len(pieces) > 1 and min(counts) >= long_enough else ()
