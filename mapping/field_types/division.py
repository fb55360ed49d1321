"""Divisions of mainland China: which province, city and district the head of an address names.

Room: mapping. Pure; reads `data/divisions.txt` and `data/former_divisions.txt` at first use. A longest match from the
left, each level optional; short forms (南山 for 南山区) count only below a named parent, and a parent is never guessed:
朝阳区 lies in Beijing and in Changchun, and 长沙路 names no city (reference, part 1 and 2.5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from mapping.field_types.data_files import lines
from mapping.field_types.han import simplified

_MUNICIPALITIES: Final = frozenset({"11", "12", "31", "50"})
_PEOPLES: Final = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|"
    "仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|塔吉克|怒|鄂温克|保安|裕固|独龙|鄂伦春|普米|各"
)
_KIND: Final = re.compile(
    rf"(?:(?:{_PEOPLES})族?)*(?:自治区|自治州|自治县|自治旗)$|(?:省|市|地区|盟|林区|新区|矿区|特区|区|县|旗)$"
)
_NO_DIVISION: Final = re.compile(  # what follows makes the short form part of another name: 长沙路, 朝阳区, 杭州湾
    r"[东南西北中]?[一二三四五六七八九十]*(?:[路街道巷里弄]|大[街道])|[区县旗镇乡村桥站湾湖港]|大[桥厦楼]|胡同|广场|新村|花园|小区|国际|商"
)
_FILLER: Final = re.compile(r"^(?:市辖区|省直辖县级行政区划|自治区直辖县级行政区划|[\s,./、;:·|_-]+)")
_ZONES: Final = re.compile(
    r"^(?:雄安新区|西咸新区|天府新区|两江新区|贵安新区|兰州新区|赣江新区|哈尔滨新区|长春新区|湘江新区|江北新区|滇中新区)"
)
_PARK: Final = re.compile(r"(?:国家级?)?(?:工业园区|工业园|高新|经济|经开|开发区|科技园|产业园|保税)")
_LONGEST: Final = 16


@dataclass(frozen=True, slots=True)
class Place:
    """What the head of an address names; *rest* is the text behind it. *code* is that of the smallest unit named.

    *current* is the code in force now where *code* ended; *ambiguous*: a district alone that lies in several places.
    """

    rest: str
    province: str = ""
    city: str = ""
    district: str = ""
    code: str = ""
    zone: str = ""
    current: str = ""
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class _Table:
    """Names to codes: *heads* an address may start with, cities by province, districts by city and by province."""

    full: Mapping[str, str]
    heads: dict[str, str] = field(default_factory=dict)
    cities: dict[str, dict[str, str]] = field(default_factory=dict)
    districts: dict[str, dict[str, str]] = field(default_factory=dict)
    within: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    anywhere: dict[str, list[str]] = field(default_factory=dict)
    current: dict[str, str] = field(default_factory=dict)


def short_form(name: str) -> str:
    """Return a division's name without its kind, itself where one character would be left.

    >>> short_form("大理白族自治州"), short_form("浦东新区"), short_form("乾县")
    ('大理', '浦东', '乾县')
    """
    short = _KIND.sub("", name)
    return short if len(short) > 1 else name


def full_name(code: str) -> str:
    """Return the full name of the division with *code*, "" if there is none (former ones included)."""
    return _table().full.get(code, "")


@cache
def place_names() -> Mapping[str, str]:
    """Return every name that may stand for a province or city (full and short) with the code it means."""
    return dict(_table().heads)


@cache
def unit_names() -> frozenset[str]:
    """Return the full names of all districts, counties and county-level cities."""
    return frozenset(_table().anywhere)


@cache
def _table() -> _Table:
    current = [line.split() for line in lines("divisions.txt")]
    former = [line.split() for line in lines("former_divisions.txt")]
    named = [(code, name) for code, name, *_ in (*current, *former)]
    table = _Table(full=dict(named))
    table.current.update({old: new for old, _, new, _ in former})
    for code, name in named:
        _enter(table, code, name)
    return table


def _enter(table: _Table, code: str, name: str) -> None:
    short = short_form(name)
    if code.endswith("0000"):
        table.heads[name] = table.heads[short] = code
    elif code.endswith("00"):
        table.heads.setdefault(name, code)
        table.heads.setdefault(short, code)
        for form in (name, short):
            table.cities.setdefault(code[:2], {}).setdefault(form, code)
    else:
        for form in (name, short):
            table.districts.setdefault(code[:4], {}).setdefault(form, code)
        table.within.setdefault(code[:2], {}).setdefault(name, []).append(code)
        table.anywhere.setdefault(name, []).append(code)


def find_place(text: str) -> Place:
    """Return what the head of *text* (one-line form) names of mainland China, and the rest of it.

    >>> find_place("深圳南山科技园").district, find_place("鼓楼区中山北路").ambiguous
    ('南山区', True)
    """
    place = _find(text)
    if place.code:
        return place
    plain = simplified(text)
    return _find_in(plain, text) if plain != text and len(plain) == len(text) else place


def _find_in(plain: str, text: str) -> Place:
    """Find in the simplified spelling, but give the rest back as it was written."""
    place = _find(plain)
    return replace(place, rest=text[len(text) - len(place.rest) :]) if place.code else Place(text)


def _find(text: str) -> Place:
    head = _longest(text, _table().heads)
    if not head:
        return _district_alone(text)
    code = _table().heads[head]
    rest = _trim(text[len(head) :])
    if code.endswith("0000"):
        return _below_province(code, rest)
    province = full_name(code[:2] + "0000")
    if _PARK.match(rest) and head != full_name(code):
        return Place(text, province, full_name(code), code=code)
    return _below_city(Place(rest, province, full_name(code), code=code), code[:4])


def _below_province(code: str, rest: str) -> Place:
    province = full_name(code)
    table, key = _table(), code[:2]
    if key in _MUNICIPALITIES:
        again = rest.removeprefix(province) if rest.startswith(province) else rest
        place = Place(_trim(again), province, province, code=code)
        found = _district_in(_trim(again), _municipal(key))
        return _with_district(place, *found) if found else place
    rest = _trim(rest.removeprefix(province))
    found_city = _longest(rest, table.cities.get(key, {}))
    if found_city:
        city = table.cities[key][found_city]
        behind = _trim(rest[len(found_city) :])
        place = Place(behind, province, full_name(city), code=city, current=table.current.get(city, ""))
        if _PARK.match(behind) and found_city != full_name(city):
            return replace(place, rest=rest)
        return _below_city(place, city[:4])
    return _skipping_city(Place(rest, province, code=code), key)


def _skipping_city(place: Place, key: str) -> Place:
    """Find a district that is the only one of its name in the named province: its city is no guess."""
    table = _table()
    zone = _ZONES.match(place.rest)
    rest = _trim(place.rest[zone.end() :]) if zone else place.rest
    name = _longest(rest, table.within.get(key, {}))
    if not name or len(table.within[key][name]) > 1:
        return replace(place, zone=zone.group(), rest=rest) if zone else place
    code = table.within[key][name][0]
    city = full_name(code[:4] + "00")
    found = replace(
        place,
        rest=_trim(rest[len(name) :]),
        code=code,
        zone=zone.group() if zone else "",
        current=table.current.get(code, ""),
    )
    # Places without a prefecture (仙桃市, counties of Hainan): the unit itself is the city.
    return replace(found, city=city, district=name) if city else replace(found, city=name)


def _below_city(place: Place, key: str) -> Place:
    rest = _trim(place.rest.removeprefix(place.city)) if place.city else place.rest
    zone = _ZONES.match(rest)
    if zone:
        place, rest = replace(place, zone=zone.group()), _trim(rest[zone.end() :])
    found = _district_in(rest, _table().districts.get(key, {}))
    return _with_district(replace(place, rest=rest), *found) if found else replace(place, rest=rest)


def _district_in(rest: str, names: Mapping[str, str]) -> tuple[str, str] | None:
    name = _longest(rest, names)
    return (name, names[name]) if name else None


def _with_district(place: Place, name: str, code: str) -> Place:
    behind = _trim(place.rest[len(name) :])
    return replace(place, rest=behind, district=full_name(code), code=code, current=_table().current.get(code, ""))


@cache
def _municipal(key: str) -> dict[str, str]:
    """Return the districts and counties of a municipality."""
    tables = (names for city, names in _table().districts.items() if city[:2] == key)
    return {name: code for names in tables for name, code in names.items()}


def _district_alone(text: str) -> Place:
    names = _table().anywhere
    name = _longest(text, names)
    if not name or short_form(name) == name:  # 城区 and 郊区 name nothing by themselves
        return Place(text)
    codes = names[name]
    only = codes[0] if len(codes) == 1 else ""
    return Place(_trim(text[len(name) :]), district=name, code=only, ambiguous=not only)


def _longest(text: str, names: Mapping[str, object]) -> str:
    """Return the longest of *names* that *text* starts with; short forms not where they begin a street's name."""
    for length in range(min(_LONGEST, len(text)), 1, -1):
        name = text[:length]
        if name in names and (_is_full(name, names) or not _NO_DIVISION.match(text, length)):
            return name
    return ""


def _is_full(name: str, names: Mapping[str, object]) -> bool:
    code = names[name]
    return not isinstance(code, str) or full_name(code) == name


def _trim(text: str) -> str:
    while (match := _FILLER.match(text)) is not None:
        text = text[match.end() :]
    return text
