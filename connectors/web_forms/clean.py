"""What strangers typed, made safe to carry: text without what no store takes, answers of bearable size.

Pure. The raw post stays in the inbox; nothing here guesses a meaning.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

LONGEST_ANSWER = 10_000
"""Characters of one answer; no name, address or message of a customer is longer. The rest is cut."""
MOST_ANSWERS = 500
DEEPEST = 20

_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean_text(text: str) -> str:
    r"""Return *text* in NFC, trimmed, LF line ends, without control characters; a lone surrogate becomes U+FFFD.

    >>> clean_text("  Ren\u0065\u0301\x00 ")
    'René'
    """
    if text.isprintable():  # the usual case, quickly: neither control characters nor surrogates
        whole = text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()
        return whole if len(whole) <= LONGEST_ANSWER else whole[:LONGEST_ANSWER]
    whole = _SURROGATE.sub("\ufffd", text)
    return unicodedata.normalize("NFC", _UNWANTED.sub("", whole.replace("\r\n", "\n"))).strip()[:LONGEST_ANSWER]


@lru_cache(maxsize=4096)
def clean_ref(ref: str) -> str:
    """Return a question's key, cleaned; a form asks the same questions of everybody."""
    return clean_text(ref)


def clean_value(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 (JSON of any shape)
    """Return a JSON value with every text in it cleaned; what lies deeper than 20 levels is left out (None)."""
    if isinstance(value, str):
        return clean_text(value)
    if depth >= DEEPEST and isinstance(value, (list, dict)):
        return None
    if isinstance(value, list):
        return [clean_value(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {clean_ref(str(key)): clean_value(one, depth + 1) for key, one in value.items()} if value else {}
    return value
