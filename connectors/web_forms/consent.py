"""Is an answer a consent, and to which words?

Pure. Only a question that the operator named is one; only an explicit answer counts. A box that is absent or unticked
says nothing: it is neither given nor withdrawn (reference: GDPR practice; a withdrawal is an act of its own).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from connectors.web_forms.clean import clean_ref, clean_text

if TYPE_CHECKING:
    from connectors.web_forms.settings import ConsentAnswer
    from connectors.web_forms.submission import Answer

YES = frozenset({"1", "on", "true", "yes", "y", "ja", "oui", "si", "sí", "是", "同意", "订阅", "我同意"})
NO = frozenset({"no", "n", "nein", "non", "否", "不同意", "不订阅", "我不同意"})
UNTICKED = frozenset({"0", "off", "false"})
"""What pages post for a box that nobody ticked; a no only where the sender tells a chosen no from an empty box."""


def consent_of(answer: Answer, asked: ConsentAnswer, at: str) -> dict[str, Any] | None:
    """Return the consent that an answer gives or denies; None where nothing clear was said."""
    granted = _stated(answer, asked) if asked.yes or asked.no else said(answer.value, chosen=answer.chosen)
    if granted is None:
        return None
    text = asked.text if asked.text is not None else clean_text(answer.label)
    return {
        "ref": clean_ref(answer.ref),
        "purpose": asked.purpose,
        "granted": granted,
        "text": text,
        "text_version": asked.version or clean_text(answer.version) or _version(text),
        "at": at,
    }


def said(value: Any, *, chosen: bool = False) -> bool | None:  # noqa: ANN401 (an answer of any kind)
    """Read an explicit yes or no; None for anything else. A ticked box of one choice comes as a list of one.

    *chosen*: the sender leaves skipped questions out, so that a false was chosen by a person.
    """
    if isinstance(value, list) and len(value) == 1:
        return said(value[0], chosen=chosen)
    if not isinstance(value, (str, bool, int)):
        return None
    word = clean_text(str(value)).casefold()
    if word in YES:
        return True
    return False if word in NO or (chosen and word in UNTICKED) else None


def _stated(answer: Answer, asked: ConsentAnswer) -> bool | None:
    """Read the answer by the operator's own lists; what stands in neither says nothing."""
    value = answer.value[0] if isinstance(answer.value, list) and len(answer.value) == 1 else answer.value
    word = clean_text(str(value)).casefold() if isinstance(value, str | bool | int) else ""
    granting, denying = ({one.casefold() for one in words} for words in (asked.yes, asked.no))
    return True if word in granting else False if word in denying else None


@lru_cache(maxsize=256)
def _version(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""
