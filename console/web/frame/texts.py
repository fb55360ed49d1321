"""The texts of the pages in a person's language.

Room: console. English is written in the code; Chinese lies in .po files, and so does the English of words that code and
store use (`pgettext("act", "sign_in.failed")`). Catalogs are read once, at start:
`console/web/locales/<language>/<area>.po`, one file per area of pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

Language = Literal["en", "zh_CN"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
NAMES: Final[Mapping[Language, str]] = {"en": "English", "zh_CN": "简体中文"}
TAGS: Final[Mapping[Language, str]] = {"en": "en", "zh_CN": "zh-CN"}
"""What HTML calls a language."""
LOCALES: Final = Path(__file__).parents[1] / "locales"


def N_(text: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Mark a text that is shown later, through `Texts.say` or `_()` in a template; return it as it is."""
    return text


@dataclass(frozen=True)
class Texts:
    """One language's texts; a text that is not there is shown in English."""

    language: Language
    single: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(context, English) -> translated."""
    plural: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def say(self, text: str) -> str:
        """Translate."""
        return self.single.get(("", text), text)

    def say_in(self, context: str, text: str) -> str:
        """Translate a text whose meaning depends on where it stands."""
        return self.single.get((context, text), text)

    def say_many(self, one: str, many: str, count: int) -> str:
        """Translate a text with a number; Chinese has one form for all."""
        found = self.plural.get(("", one))
        if found is not None:
            return found[0] if len(found) == 1 or count == 1 else found[1]
        return one if count == 1 else many


def messages(language: Language) -> Iterator[tuple[Path, Message]]:
    """Yield each message of each catalog of a language."""
    for file in sorted((LOCALES / language).glob("*.po")):
        with file.open("rb") as opened:
            for message in read_po(opened, locale=language):
                if message.id:
                    yield file, message


@cache
def texts(language: Language) -> Texts:
    """Return a language's texts."""
    single: dict[tuple[str, str], str] = {}
    plural: dict[tuple[str, str], tuple[str, ...]] = {}
    for _file, message in messages(language):
        where = message.context or ""
        if isinstance(message.id, (list, tuple)):
            forms = tuple(message.string or ())
            plural[where, message.id[0]] = forms
            single[where, message.id[0]] = forms[0]
        elif isinstance(message.string, str) and message.string:
            single[where, message.id] = message.string
    return Texts(language, single, plural)
