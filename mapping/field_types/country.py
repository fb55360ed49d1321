"""Countries: ISO 3166-1 alpha-2 from codes, names in Chinese and English, and what people write instead (UK, 香港).

Room: mapping. Pure; pycountry's and babel's tables are read at first use. Order after reference 2.8: exact code, our
aliases, pycountry, babel; never a fuzzy search (China would also be Hong Kong, Macao and Nicaragua).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

import pycountry
from babel import Locale

from mapping.field_types.contract import FieldContext
from mapping.field_types.placeholders import is_filler
from mapping.field_types.raw_values import each_text, invalid
from mapping.field_types.unicode_form import fold, one_line
from mapping.values import FieldValue, Json

_ALIASES: Final = {
    **dict.fromkeys(
        ("prc", "p.r.china", "p.r. china", "pr china", "mainland china", "中华人民共和国", "大陆", "内地"), "CN"
    ),
    **dict.fromkeys(("中国大陆", "中国内地", "china mainland", "people's republic of china"), "CN"),
    **dict.fromkeys(("uk", "u.k.", "england", "scotland", "wales", "great britain", "英格兰"), "GB"),
    **dict.fromkeys(("usa", "u.s.a.", "u.s.", "america", "united states of america", "美利坚合众国"), "US"),
    **dict.fromkeys(("香港", "中国香港", "香港特别行政区", "hong kong sar", "hongkong", "hk sar"), "HK"),
    **dict.fromkeys(("澳门", "澳門", "中国澳门", "澳门特别行政区", "macau", "macao sar"), "MO"),
    **dict.fromkeys(("台湾", "台灣", "臺灣", "中国台湾", "台湾省", "taiwan"), "TW"),
    **dict.fromkeys(("韩国", "南韩", "korea", "south korea", "republic of korea"), "KR"),
    **dict.fromkeys(("朝鲜", "north korea"), "KP"),
    **dict.fromkeys(("russia", "俄国"), "RU"),
    **dict.fromkeys(("turkey", "türkiye"), "TR"),
    **dict.fromkeys(("uae", "u.a.e."), "AE"),
    **dict.fromkeys(("holland", "the netherlands"), "NL"),
    **dict.fromkeys(("vietnam", "越南"), "VN"),
}
_CODE_LENGTH: Final = 2


@lru_cache(maxsize=4_096)
def country_code(text: str) -> str:
    """Return the alpha-2 code that *text* (one-line form) names, "" if none.

    >>> country_code("中国"), country_code("UK"), country_code("香港"), country_code("de"), country_code("Atlantis")
    ('CN', 'GB', 'HK', 'DE', '')
    """
    plain = fold(text).strip(" .")
    if not plain:
        return ""
    if len(plain) == _CODE_LENGTH and pycountry.countries.get(alpha_2=plain.upper()):
        return plain.upper()
    alias = _ALIASES.get(plain) or _ALIASES.get(fold(text))
    if alias:
        return alias
    try:
        return str(pycountry.countries.lookup(text).alpha_2)
    except LookupError:
        return _names().get(plain, "")


@cache
def _names() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for language in ("zh", "zh_Hant", "en"):
        for code, name in Locale.parse(language).territories.items():
            if len(code) == _CODE_LENGTH and code.isalpha() and pycountry.countries.get(alpha_2=code):
                names.setdefault(fold(name), code)
    return names


class Country:
    """Countries. *value* is the ISO 3166-1 alpha-2 code. Issue: `unknown_country`."""

    name = "country"

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        """Return the country in *raw*, a code or a name."""
        del context
        return each_text(raw, _read)

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return `key`, the code."""
        return {"key": str(value.value)} if value.valid and value.evidence else {}

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return nothing: half of all customers share one."""
        del value
        return ()

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return the code; parts `name` and `name_zh` give the name."""
        del context
        if not value.valid:
            return value.raw if part is None else None
        code = str(value.value)
        if part in ("name", "name_zh"):
            return str(Locale.parse("zh" if part == "name_zh" else "en").territories.get(code, code))
        return code if part is None else None

    def mask(self, value: FieldValue) -> str:
        """Return the code: a country names nobody."""
        return str(value.value) if value.valid else "***"

    def show(self, value: FieldValue) -> str:
        """Return the code."""
        return str(value.value)


@lru_cache(maxsize=4_096)
def _read(text: str) -> tuple[FieldValue, ...]:
    line = one_line(text)
    if is_filler(line):
        return (invalid(text, "placeholder"),)
    code = country_code(line)
    return (FieldValue(value=code, raw=text),) if code else (invalid(text, "unknown_country"),)
