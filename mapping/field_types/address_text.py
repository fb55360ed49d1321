"""What an address text holds beside the divisions: postal code, country, numbers of the door.

Room: mapping. Pure; touches nothing.
"""

from __future__ import annotations

import re
from typing import Final

from mapping.field_types.country import country_code
from mapping.field_types.unicode_form import HAN

_POSTAL_LABEL: Final = r"(?:邮政编码|邮编|郵編|P\.?C\.?|zip(?:\s*code)?|postal\s*code)?\s*[::]?\s*"
_CHINESE_POSTAL: Final = re.compile(
    rf"^{_POSTAL_LABEL}(?P<head>\d{{6}})(?!\d)[\s,、;]*|[\s,、;(]*{_POSTAL_LABEL}(?<!\d)(?P<tail>\d{{6}})\)?$",
    re.IGNORECASE,
)
_REGIONS: Final = re.compile(
    r"^(?:中国|中國)?(?:(?P<HK>香港)|(?P<MO>澳[门門])|(?P<TW>[台臺][湾灣]))(?:特别行政区|特別行政區|省)?[\s,]*(?![路街道大])"
)
_CHINA: Final = re.compile(r"^(?:中华人民共和国|中國|中国(?![路街大]))[\s,·-]*")
_ROOM_WORDS: Final = re.compile(
    r"号楼|號樓|栋|棟|幢|座|单元|單元|室|房|层|樓|楼|[号號户戶]|(?i:\b(?:room|rm|no|unit|floor|flr|fl|suite|ste|apt|building|bldg|block)\b\.?)"
)
_NUMBER: Final = re.compile(r"\d+")
_CHINESE_DIGITS: Final = re.compile(r"[一二三四五六七八九十]+(?=[层楼号单座栋期区])")
_WORDS: Final = re.compile(rf"[{HAN}]|[^\W\d_]+")


def lift_postal_code(text: str) -> tuple[str, str]:
    """Return *text* without the six digits of a Chinese postal code at its head or end, and these.

    >>> lift_postal_code("武汉市武昌区中南路1号，430000")
    ('武汉市武昌区中南路1号', '430000')
    """
    match = _CHINESE_POSTAL.search(text.replace("，", ","))
    if match is None or match.span() == (0, len(text)):
        return text, ""
    code = match["head"] or match["tail"]
    rest = text[match.end() :] if match["head"] else text[: match.start()]
    return rest.strip(" ,，、;()"), code


def lift_country(text: str) -> tuple[str, str]:
    """Return *text* without the country it starts with or (in Latin letters) ends with, and the country's code.

    >>> lift_country("香港中环皇后大道中1号"), lift_country("10 Downing Street, London, UK")
    (('中环皇后大道中1号', 'HK'), ('10 Downing Street, London', 'GB'))
    """
    region = _REGIONS.match(text)
    if region:
        return text[region.end() :], str(region.lastgroup)
    china = _CHINA.match(text)
    if china:
        return text[china.end() :], "CN"
    before, comma, last = text.rpartition(",")
    two_letters_are_states = 2
    code = (
        country_code(last.strip())
        if (comma and len(last.strip()) > two_letters_are_states) or last.strip() == "UK"
        else ""
    )
    return (before.strip(" ,"), code) if code else (text, "")


def door_key(detail: str) -> str:
    """Return the words and numbers of *detail* with 号楼, 单元, 室 and 层 reduced to the digits before them.

    >>> door_key("建国路88号2号楼3单元1201室") == door_key("建国路88-2-3-1201")
    True
    """
    plain = _ROOM_WORDS.sub(" ", _CHINESE_DIGITS.sub(lambda m: str(_digit(m.group())), detail))
    words = "".join(_WORDS.findall(plain))
    return f"{words}#{'-'.join(numbers(plain))}"


def numbers(text: str) -> tuple[str, ...]:
    """Return the numbers in *text*, without leading zeros."""
    return tuple(number.lstrip("0") or "0" for number in _NUMBER.findall(text))


def _digit(text: str) -> int:
    """Return a Chinese number below 100."""
    tens, ten, ones = text.rpartition("十")
    value = {c: n for n, c in enumerate("一二三四五六七八九", start=1)}
    return (value.get(tens[-1:], 1) * 10 if ten else 0) + value.get(ones[-1:], 0)
