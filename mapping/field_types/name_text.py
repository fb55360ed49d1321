"""What people write around a person's name: notes, other names in brackets, a second person, two scripts side by side.

Room: mapping. Pure; touches nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mapping.field_types.chinese_name import DOT, read_chinese
from mapping.field_types.unicode_form import HAN, has_han, is_han, without_blanks_in_han

_DOTS: Final = re.compile("[・•‧･∙⋅●]")
_BRACKETS: Final = re.compile(r"[(\[{【<《]([^()\[\]{}【】<>《》]*)[)\]}】>》]")
_HAN_RUN: Final = re.compile(rf"[{HAN}](?:[{HAN}{DOT} ]*[{HAN}])?")
_BETWEEN_PERSONS: Final = re.compile(r"\s*(?:[/;、&+,|]|和|与|及|\band\b)\s*", re.IGNORECASE)
_LATIN_COUPLE: Final = re.compile(r"\s(?:and|&|und|et|y)\s|[/;|]", re.IGNORECASE)
_FAMILY_COMMA: Final = re.compile(r"^[^,]+,[^,]+$")


@dataclass(frozen=True, slots=True)
class WrittenName:
    """A name as written: *han* and *latin* (all other scripts) apart, and what stood in brackets."""

    han: str
    latin: str
    aside: str = ""


def written_name(line: str) -> WrittenName:
    """Return the pieces of *line* (in one-line form): `Jack Ma (马云)` holds two names and no aside."""
    text = _DOTS.sub(DOT, line).strip(" ,;、/")
    asides = _BRACKETS.findall(text)
    outside = " ".join(_BRACKETS.sub(" ", text).split()) or " ".join(asides)
    aside = asides[0].strip() if asides and outside != " ".join(asides) else ""
    han, latin = _by_script(outside)
    inside_han, inside_latin = _by_script(aside)
    if inside_han and not inside_latin and latin and not han:
        return WrittenName(inside_han, latin)
    if inside_latin and not inside_han and han and not latin:
        return WrittenName(han, inside_latin)
    return WrittenName(han, latin, aside)


def _by_script(text: str) -> tuple[str, str]:
    if not has_han(text):
        return "", text
    han = "".join(without_blanks_in_han(run) for run in _HAN_RUN.findall(text))
    latin = " ".join(_HAN_RUN.sub(" ", text).split()).strip(" ,;、/-·")
    return han.replace(" ", ""), latin


def holds_several(line: str) -> bool:
    """Return whether *line* names more than one person: a steward's question, never one profile.

    >>> holds_several("张伟、李娜"), holds_several("李和平"), holds_several("John and Mary Smith")
    (True, False, True)
    """
    bare = _BRACKETS.sub(" ", line)
    if has_han(bare):
        pieces = [without_blanks_in_han(piece.strip()) for piece in _BETWEEN_PERSONS.split(bare)]
        return len(pieces) > 1 and all(_is_whole_name(piece) for piece in pieces)
    return _LATIN_COUPLE.search(bare) is not None and not _FAMILY_COMMA.match(bare)


def _is_whole_name(piece: str) -> bool:
    if not piece or not all(map(is_han, piece)):
        return False
    name = read_chinese(piece)
    return bool(name.family and (name.given or name.honorific))
