"""The page on which a customer corrects their own data: texts in both languages, what is shown, how it is guarded.

Room: console. Pure but for reading its template once. No script, nothing from elsewhere, no frame, no referrer
to others: the address of the page is its key.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from flows.self_update import LONGEST, MOST_NEW, Question
from mapping.issue_words import words_of

Language = Literal["en", "zh"]

STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1a1a1a;background:#fff}main{max-width:34rem;margin:0 auto;"
    "padding:1rem}fieldset{border:1px solid #bbb;border-radius:4px;margin:0 0 1rem}legend{font-weight:600}"
    "label{display:block;margin:.5rem 0 .2rem}input:not([type=checkbox]),select{width:100%;box-sizing:border-box;"
    "font:inherit;padding:.5rem}button{font:inherit;padding:.6rem 1.2rem}.wrong{color:#a00000}.done{color:#005a1e}"
    ".other{text-align:right;margin:0}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer under this path carries."""

TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "title": "Your details",
        "other": "中文",
        "explain": "This is what we have of you, partly hidden. Fill in only what is wrong or missing.",
        "known": "We have:",
        "comma": ",",
        "nothing": "We have nothing here.",
        "choose": "Your choice",
        "unchanged": "(unchanged)",
        "add": "Add another",
        "change": "Correct it to",
        "verified": "Everything else is right.",
        "send": "Send",
        "thanks": "Thank you. We have noted it.",
        "gone": "This link does not hold, or no longer. Please ask us for a new one.",
        "late": "The page was open for too long. Please look it over and send it again.",
        "refused": "Something cannot be read yet. Nothing was kept; please correct what is marked.",
        "away": "We cannot keep it at the moment. Please try again in a few minutes.",
    },
    "zh": {
        "title": "您的资料",
        "other": "English",
        "explain": "以下是我们留存的您的资料（部分隐藏）。仅需填写有误或缺失的内容。",
        "known": "现有：",
        "comma": "、",
        "nothing": "暂无。",
        "choose": "您的选择",
        "unchanged": "（不变）",
        "add": "新增",
        "change": "更正为",
        "verified": "其余内容无误。",
        "send": "提交",
        "thanks": "谢谢，我们已收到。",
        "gone": "链接无效或已过期，请向我们索取新链接。",
        "late": "页面停留过久，请核对后重新提交。",
        "refused": "有内容无法识别，尚未保存，请更正标出的部分。",
        "away": "暂时无法保存，请几分钟后再试。",
    },
}

_templates = Environment(loader=PackageLoader("console.web"), autoescape=True, undefined=StrictUndefined)


def language_of(asked: str, accepted: str) -> Language:
    """Return the language to show: the one asked for, else the one that the browser names first of the two.

    >>> language_of("", "de-DE,zh-CN;q=0.9,en;q=0.8"), language_of("en", "zh-CN"), language_of("", "")
    ('zh', 'en', 'en')
    """
    for name in (asked, *(part.split(";")[0].strip() for part in accepted.split(","))):
        if name[:2].lower() == "zh":
            return "zh"
        if name[:2].lower() == "en":
            return "en"
    return "en"


def form_page(  # noqa: PLR0913 (what the page shows)
    language: Language,
    questions: Sequence[Question],
    form_key: str,
    *,
    typed: Mapping[str, Sequence[str]] | None = None,
    refused: Mapping[str, Sequence[str]] | None = None,
    message: str = "",
) -> str:
    """Return the page with its form; *typed* and *refused* are of an answer that comes back."""
    why = {
        name: "; ".join(getattr(words_of(code), language) for code in codes) for name, codes in (refused or {}).items()
    }
    return _rendered(
        language,
        message=TEXTS[language][message] if message else "",
        kind="wrong",
        questions=[_shown(question) for question in questions],
        form_key=form_key,
        typed=defaultdict(tuple, typed or {}),
        refused=why,
    )


def message_page(language: Language, message: str, *, good: bool) -> str:
    """Return the page with nothing but a word to the customer."""
    return _rendered(
        language,
        message=TEXTS[language][message],
        kind="done" if good else "wrong",
        questions=[],
        form_key="",
        typed={},
        refused={},
    )


def _shown(question: Question) -> dict[str, object]:
    return {
        "name": question.name,
        "label": question.label.model_dump(),
        "masked": question.masked,
        "many": question.many,
        "choices": {word: label.model_dump() for word, label in question.choices.items()},
    }


def _rendered(language: Language, **what: object) -> str:
    other = "en" if language == "zh" else "zh"
    always = {"style": STYLE, "longest": LONGEST, "most_new": MOST_NEW, "other": other}
    template = _templates.get_template("self_update.html")
    return template.render(language=language, say=TEXTS[language], **always, **what)
