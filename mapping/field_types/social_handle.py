"""Names in messengers and social networks: WeChat, QQ, Weibo, X, LinkedIn.

Room: mapping. Pure; touches nothing. Equal only inside one network: option `network` says which.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from mapping.field_types.contract import FieldContext
from mapping.field_types.placeholders import extra, is_filler
from mapping.field_types.raw_values import invalid
from mapping.field_types.simple_type import SimpleType
from mapping.field_types.unicode_form import fold, one_line
from mapping.values import FieldValue

_LABEL: Final = re.compile(
    r"^(?:微信号?|weixin|wechat|wx|vx|qq|微博|weibo|twitter|x|linkedin)\s*(?:id|账号|帐号|号)?\s*[::]\s*", re.IGNORECASE
)
_PROFILE_URL: Final = re.compile(
    r"^(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}/(?:in/|u/|@)?(?P<handle>[^/?#\s]+)/?(?:[?#].*)?$", re.IGNORECASE
)
_HANDLE: Final = re.compile(r"[\w.\-]{2,100}")
_SAME_AS_PHONE: Final = ("同手机", "同电话", "手机号", "同号", "微信同号")


def _read(text: str, context: FieldContext) -> tuple[FieldValue, ...]:
    return _handle(text, extra(context))


@lru_cache(maxsize=8_192)
def _handle(text: str, more: frozenset[str]) -> tuple[FieldValue, ...]:
    line = _LABEL.sub("", one_line(text))
    url = _PROFILE_URL.match(line)
    handle = (url["handle"] if url else line).lstrip("@").lower()
    if is_filler(handle) or handle in more or handle in _SAME_AS_PHONE:
        return (invalid(text, "placeholder"),)
    if not _HANDLE.fullmatch(handle) or one_line(handle) != handle or _PROFILE_URL.match(handle):
        return (invalid(text, "not_a_handle"),)
    return (FieldValue(value=handle, raw=text),)


def _covered(text: str) -> str:
    return f"{text[:1]}***"


SOCIAL_HANDLE: Final = SimpleType("social_handle", _read, key=fold, covered=_covered)
"""Handles: lower case, without `@`, label or the address of the profile's page."""
