"""The place in a Chinese company's name: at its head, or in brackets before its form.

Room: mapping. Pure; reads the division and trade tables at first use. Rules after reference 2.4: nested places are
taken off one by one, 中国 at the head never, and no place where only a trade or an institution would be left.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from mapping.field_types.country import country_code
from mapping.field_types.data_files import words
from mapping.field_types.division import full_name, place_names, short_form, unit_names

_LONGEST_PLACE: Final = 12
_SHORTEST_CORE: Final = 2
_SHORTENED: Final = ("省", "市", "自治区")
_ALSO_WORDS: Final = frozenset(
    {
        "安康",
        "吉安",
        "广安",
        "安顺",
        "大同",
        "三明",
        "金昌",
        "白银",
        "百色",
        "来宾",
        "中卫",
        "保安",
        "平安",
        "东方",
        "长治",
    }
)
_ELSEWHERE: Final = frozenset(
    {"大中华", "大中华区", "亚太", "亚洲", "华东", "华南", "华北", "华中", "西南", "西北", "东北", "国际"}
)


def split_head(name: str) -> tuple[str, str]:
    """Return the places at the head of *name* (simplified, without its form) and what follows them.

    >>> split_head("吉林省吉林市大华商贸"), split_head("长沙银行"), split_head("中国石油天然气")
    (('吉林省吉林市', '大华商贸'), ('', '长沙银行'), ('', '中国石油天然气'))
    """
    taken = 0
    while (length := _head_length(name[taken:])) and _is_a_name(name[taken + length :]):
        taken += length
    return name[:taken], name[taken:]


def _head_length(text: str) -> int:
    """Return the length of the place that starts a name.

    Short forms of prefectures and of places that are also words do not count: 阿里巴巴 is not 巴巴 of 阿里地区.
    """
    length = _place_length(text)
    place = text[:length]
    code = place_names().get(place)
    if code is None or full_name(code) == place:
        return length
    return length if place not in _ALSO_WORDS and full_name(code).endswith(_SHORTENED) else 0


def _place_length(text: str) -> int:
    for length in range(min(_LONGEST_PLACE, len(text)), 1, -1):
        candidate = text[:length]
        if candidate in place_names() or (len(candidate) > _SHORTEST_CORE and candidate in unit_names()):
            return length
    return 0


def _is_a_name(rest: str) -> bool:
    return len(rest) >= _SHORTEST_CORE and not _only_trades().fullmatch(rest)


@cache
def _only_trades() -> re.Pattern[str]:
    trades = sorted(words("trade_words.txt"), key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, trades))})+")


def place_key(place: str) -> str:
    """Return the short form of the innermost place: 深圳 for 广东省深圳市.

    >>> place_key("吉林省吉林市"), place_key("深圳"), place_key("中国")
    ('吉林', '深圳', '中国')
    """
    last = ""
    while place and (length := _place_length(place)):
        last, place = place[:length], place[length:]
    return short_form(last or place)


def is_place(text: str) -> bool:
    """Return whether the text in brackets (simplified) is a place: 深圳, 中国, 广东深圳."""
    if text in _ELSEWHERE or country_code(text):
        return True
    rest = text
    while rest and (length := _place_length(rest)):
        rest = rest[length:]
    return not rest


def ending_place(text: str) -> str:
    """Return the place that *text* ends with (华为技术上海: 上海), "" if none."""
    for length in range(min(_LONGEST_PLACE, len(text) - _SHORTEST_CORE), 1, -1):
        if text[-length:] in place_names() or text[-length:] in unit_names():
            return text[-length:]
    return ""
