"""Every text that people read is there in both languages, and no template holds one that cannot be translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract

import console
from console.web import ops_words
from console.web.frame.texts import LANGUAGES, LOCALES, messages, texts
from console.web.pages.reviews import words
from flows import plan
from golden_record import survive

ROOM = Path(console.__file__).parent
TEMPLATES = sorted(ROOM.glob("web/templates/**/*.html"))
CODE = sorted(ROOM.glob("**/*.py"))
KEYWORDS: Any = {
    "_": None,
    "gettext": None,
    "N_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "P_": ((1, "c"), 2),
}
OTHER = [language for language in LANGUAGES if language != "en"]
SAME = {"crmhub"}
"""Words that are the same in every language."""
READ_OUT = ("title", "aria-label", "placeholder", "alt", "data-key-says", "data-label", "data-undo", "data-offline")

Found = tuple[str, str, str | tuple[str, ...]]
"""(where, context, text)"""


def extracted() -> Iterator[Found]:
    """Yield every text that templates and code mark for translation."""
    options = {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}
    for file in TEMPLATES:
        with file.open("rb") as opened:
            for line, text, _comments, context in extract(
                "jinja2.ext:babel_extract", opened, KEYWORDS, options=options
            ):
                yield f"{file.relative_to(ROOM)}:{line}", context or "", text
    for file in CODE:
        with file.open("rb") as opened:
            for line, text, _comments, context in extract("python", opened, KEYWORDS):
                yield f"{file.relative_to(ROOM)}:{line}", context or "", text


MARKED = list(extracted())


def ids(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, (list, tuple)) else (message.id,)


@pytest.mark.parametrize("language", OTHER)
def test_every_text_of_the_pages_is_translated(language: str) -> None:
    said = texts(language)
    missing = {
        f"{where}: {text}"
        for where, context, text in MARKED
        if (context, text if isinstance(text, str) else text[0]) not in said.single
    }
    assert len(MARKED) > 50
    assert sorted(missing) == []


@pytest.mark.parametrize("language", OTHER)
def test_no_translation_is_empty_fuzzy_left_over_or_has_other_placeholders(language: str) -> None:
    known = {(context, text if isinstance(text, str) else text[0]) for _, context, text in MARKED}
    wrong = []
    for file, message in messages(language):  # type: ignore[arg-type]  # one of LANGUAGES
        where = f"{file.relative_to(LOCALES)}: {ids(message)[0]}"
        strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if not all(strings):
            wrong.append(f"{where}: empty")
        if message.fuzzy:
            wrong.append(f"{where}: fuzzy")
        if not message.context and ("", ids(message)[0]) not in known:
            wrong.append(f"{where}: nothing says this any more")
        if any(placeholders(ids(message)[-1]) != placeholders(str(string)) for string in strings):
            wrong.append(f"{where}: other placeholders")
    assert wrong == []


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|\{\w*\}", text))


@pytest.mark.parametrize("language", OTHER)
def test_a_text_that_two_areas_use_is_translated_alike(language: str) -> None:
    seen: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for _file, message in messages(language):  # type: ignore[arg-type]  # one of LANGUAGES
        seen.setdefault((message.context or "", ids(message)), set()).add(str(message.string))
    assert {key: strings for key, strings in seen.items() if len(strings) > 1} == {}


class _Bare(HTMLParser):
    """Collects words that stand in a template as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.bare: list[tuple[int, str]] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)
        for name, value in attrs:
            if name in READ_OUT and has_words(value or ""):
                self.bare.append((self.getpos()[0], f'{name}="{value}"'))

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if has_words(data) and not {"kbd", "code", "pre"} & set(self.inside):
            self.bare.append((self.getpos()[0], data.strip()))


def has_words(text: str) -> bool:
    left = text.replace("\0", "")
    for word in SAME:
        left = left.replace(word, "")
    return re.search(r"[^\W\d_]", left) is not None


def bare_texts(source: str) -> list[tuple[int, str]]:
    """Return (line, text) of each text that no call to a translation surrounds."""
    without = re.sub(
        r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", lambda one: "\0" + "\n" * one[0].count("\n"), source, flags=re.DOTALL
    )
    parser = _Bare()
    parser.feed(without)
    return parser.bare


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOM)))
def test_no_template_holds_a_bare_text(file: Path) -> None:
    assert bare_texts(file.read_text(encoding="utf-8")) == []


def test_the_search_for_bare_texts_finds_one() -> None:
    assert bare_texts('<p title="Hello">{{ _("Hi") }} <b>there</b></p>') == [(1, 'title="Hello"'), (1, "there")]


def test_every_reason_for_not_writing_and_every_rule_has_words_on_the_pages() -> None:
    source = Path(plan.__file__).read_text(encoding="utf-8")
    whys = set(re.findall(r'^[A-Z_]+ = "([a-z_]+)"\n"""Why ', source, re.MULTILINE))
    assert "kept_otherwise" in whys
    assert (whys - ops_words.BLOCKED.keys(), whys - words.BLOCKED.keys()) == (set(), set())
    assert {*survive.RULES, "undone"} - ops_words.RULES.keys() == set()


def test_the_words_of_the_trade_are_those_that_chinese_users_know() -> None:
    said = "\n".join(file.read_text(encoding="utf-8") for file in (LOCALES / "zh_CN").glob("*.po"))
    assert "数据管家" in said
    assert re.findall("主档|(?<!黄)金记录|数据管理员", said) == []
