"""What connectors, flows, golden_record and mapping say, in a person's language. Room: console; pure.

Those rooms write English and know of no languages; what they said is kept in the store and may be years old when a page
shows it. So the catalog's key is the sentence as it stands in their code, with `{1}`, `{2}` where facts go
(`msgctxt "room"`), and here it is found of which sentence a text was made. Nobody has to hand ids around, and a
system's own words, which have no translation, stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from console.web.frame.texts import Language, texts

CONTEXT: Final = "room"
LONGEST: Final = 4000
"""Letters; what is longer is no message of ours."""
DEEPEST: Final = 4
"""Sentences within sentences that are followed."""
_FACT: Final = re.compile(r"\{(\d)\}")
_WHOLE: Final = re.compile(r"(\S+): (.*) \[([^\[\]]*)\]\. (.*)", re.DOTALL)
"""A connector's error as one text: where: what [code]. cure"""
_PLACED: Final = re.compile(r"(\S+:)( .*)", re.DOTALL)
"""A text with a file and line, a code or a record before it."""
_BETWEEN: Final[Mapping[str, str]] = {". ": "。", "; ": "；", ": ": "："}
"""How two sentences stand one behind the other, in English and in Chinese."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One text of the catalog: what stands between its facts, and the same in the other language."""

    pieces: tuple[str, ...]
    said: str

    @property
    def weight(self) -> int:
        """How many letters of it are its own; the most telling sentence is the one meant."""
        return sum(map(len, self.pieces))

    def facts(self, text: str) -> tuple[str, ...] | None:
        """Return the facts of a text that was made of this sentence, else None; in time that grows with the text only.

        >>> Sentence(("plan ", " is ", ""), "").facts("plan 7 is ready")
        ('7', 'ready')
        """
        first, *inner, last = self.pieces
        if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
            return None
        end, start, found = len(text) - len(last), len(first), []
        for piece in inner:
            place = text.find(piece, start, end)
            if place < 0:
                return None
            found.append(text[start:place])
            start = place + len(piece)
        return (*found, text[start:end])


@dataclass(frozen=True)
class RoomTexts:
    """The catalog of one language."""

    plain: Mapping[str, str]
    sentences: Sequence[Sentence]
    """With facts, the most telling first."""

    @classmethod
    def of(cls, catalog: Iterable[tuple[str, str]]) -> RoomTexts:
        """Make it of (English, translated)."""
        plain: dict[str, str] = {}
        made = []
        for english, said in catalog:
            if _FACT.search(english):
                made.append(Sentence(tuple(_FACT.split(english)[::2]), said))
            else:
                plain[english] = said
        return cls(plain, sorted(made, key=lambda one: (-one.weight, one.pieces)))

    def say(self, text: str, depth: int = DEEPEST) -> str | None:
        """Translate a text that a room has made; None: no room of ours says this."""
        asked = text.strip()
        if not asked or len(asked) > LONGEST or depth < 0:
            return None
        return self._sentence(asked, depth) or self._several(asked, depth)

    def _sentence(self, text: str, depth: int) -> str | None:
        for form in (text, f"{text}.", text.removesuffix(".")):
            if form in self.plain:
                return self.plain[form]
        for one in self.sentences:
            facts = one.facts(text)
            if facts is not None:
                return _filled(one.said, [self.say(fact, depth - 1) or fact for fact in facts])
        return None

    def _several(self, text: str, depth: int) -> str | None:
        """Translate what was put together of several sentences, with a place or a code before them."""
        whole = _WHOLE.fullmatch(text)
        if whole is not None:
            what, cure = self.say(whole[2], depth - 1), self.say(whole[4], depth - 1)
            if what or cure:
                return f"{whole[1]}: {what or whole[2]} [{whole[3]}]。{cure or whole[4]}"
        for sign, ours in _BETWEEN.items():
            head, found, tail = text.partition(sign)
            first = self._sentence(head, depth) if found else None
            if first is not None:
                return first.removesuffix("。") + ours + (self.say(tail, depth - 1) or tail)
        placed = _PLACED.fullmatch(text)
        rest = self.say(placed[2], depth - 1) if placed is not None else None
        return f"{placed[1]} {rest}" if placed is not None and rest is not None else None


def _filled(said: str, facts: Sequence[str]) -> str:
    return _FACT.sub(lambda place: facts[int(place[1]) - 1], said)


@cache
def room_texts(language: Language) -> RoomTexts:
    """Return the catalog of a language; English has none, since it is what the rooms write."""
    single = texts(language).single
    return RoomTexts.of((text, said) for (context, text), said in single.items() if context == CONTEXT)


@lru_cache(maxsize=4096)
def say_of_room(language: Language, text: str) -> str | None:
    """Translate what a room has said; None: it is somebody else's words, or English is what is asked for."""
    return room_texts(language).say(text)
