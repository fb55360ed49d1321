"""Names in Chinese characters: family and given name, the honorific that follows, and what is no name at all.

Room: mapping. Pure; reads its tables (`data/surnames*.txt`, `honorifics.txt`, `organisations.txt`) at first use.
Rules after reference 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from mapping.field_types.data_files import lines, words
from mapping.field_types.han import simplified

DOT: Final = "·"
_ALIAS_HEADS: Final = "老小阿大"
_LONGEST: Final = 4
_WHOLE_NAME: Final = 2  # characters, at least
_FREQUENT_LINES: Final = (
    4  # the table is sorted, 50 a line: its first lines hold the two hundred most frequent surnames
)


@dataclass(frozen=True, slots=True)
class ChineseName:
    """A name as read. *display* lacks the honorific of a whole name and keeps it for a family name alone (王先生)."""

    display: str
    family: str = ""
    given: str = ""
    honorific: str = ""
    alias: str = ""
    issue: str = ""


def read_chinese(text: str) -> ChineseName:
    """Return how *text* (Chinese characters and `·` only) reads as a person's name.

    Issues: `incomplete` (王先生, 老王, 王), `not_a_name` (采购部, 阿里巴巴), `doubtful` (no known
    surname, or too long).

    >>> read_chinese("欧阳娜娜").family, read_chinese("孙工").honorific, read_chinese("老王").alias
    ('欧阳', '工', '老王')
    """
    plain = simplified(text)
    if len(plain) != len(text):  # a conversion by phrase changed the length: offsets would lie
        plain = text
    if is_organisation(plain):
        return ChineseName(text, issue="not_a_name")
    if DOT in text:  # transcribed names are not split: the parts' meaning differs from people to people
        return ChineseName(text)
    rest = len(plain) - len(_honorific(plain))
    if rest < len(plain):
        return _addressed(text, rest)
    if len(plain) == _WHOLE_NAME and plain[0] in _ALIAS_HEADS and plain not in words("surnames_compound.txt"):
        return ChineseName(text, alias=text, issue="incomplete")
    return _split(text, plain)


def _addressed(text: str, rest: int) -> ChineseName:
    name, honorific = text[:rest], text[rest:]
    if surname_length(simplified(name)) == len(name) or len(name) == 1:
        return ChineseName(text, family=name, honorific=honorific, issue="incomplete")
    whole = _split(name, simplified(name))
    return ChineseName(name, whole.family, whole.given, honorific, issue=whole.issue)


def _split(text: str, plain: str) -> ChineseName:
    family = surname_length(plain)
    if len(text) == family or len(text) == 1:
        return ChineseName(text, family=text, issue="incomplete")
    if not family or len(text) > _LONGEST + family - 1:
        return ChineseName(text, issue="doubtful")
    return ChineseName(text, text[:family], text[family:])


def surname_length(plain: str) -> int:
    """Return how many characters of *plain* (simplified) are its family name; 0 if it starts with no known one."""
    if plain[:2] in words("surnames_compound.txt"):
        return 2
    return 1 if plain[:1] in words("surnames.txt") else 0


def is_surname(plain: str) -> bool:
    """Return whether *plain* (simplified) is a family name and no more."""
    return bool(plain) and surname_length(plain) == len(plain)


@cache
def frequent_surnames() -> frozenset[str]:
    """Return the compound surnames and the two hundred most frequent others, simplified."""
    frequent = (word for line in lines("surnames.txt")[:_FREQUENT_LINES] for word in line.split())
    return words("surnames_compound.txt").union(frequent)


def is_honorific(plain: str) -> bool:
    """Return whether *plain* is a form of address alone (先生)."""
    return plain in words("honorifics.txt")


def _honorific(plain: str) -> str:
    """Return the form of address that ends *plain*, "" if none does and a name is left."""
    for start in range(1, len(plain)):
        tail = plain[start:]
        if tail in words("honorifics.txt") and _leaves_a_name(plain[:start], tail):
            return tail
    return ""


def _leaves_a_name(name: str, honorific: str) -> bool:
    # One character may also end a given name (李建工), so it counts only behind a bare family name; but 总 ends none.
    return len(honorific) > 1 or honorific == "总" or is_surname(name)


def is_organisation(plain: str) -> bool:
    """Return whether *plain* (simplified) names an organisation, a department or a well-known company."""
    return plain in words("brands.txt") or any(plain[s:] in words("organisations.txt") for s in range(len(plain)))
