"""Telephone numbers as they are assigned: true numbers in E.164, and how people write them down."""

from __future__ import annotations

import random

from connectors.population.happens import happens
from connectors.population.places import City
from connectors.population.words import words

DIALLING = {"CN": "86", "US": "1", "GB": "44", "DE": "49", "FR": "33", "ES": "34", "IT": "39"}
"""Country -> country calling code."""

_CN_MOBILE = words("""
134 135 136 137 138 139 150 151 152 157 158 159 182 183 187 188 130 131 132 155 156 185 186 133 153 180 181 189
177 173 176 178 199 198 166 191
""")
_MOBILE = {
    "GB": (["7710", "7720", "7740", "7770", "7780", "7790", "7801", "7850", "7860", "7890", "7951"], 6),
    "DE": (["151", "152", "157", "159", "176"], 8),
    "FR": (["61", "62", "66", "67", "68"], 7),
    "ES": (["610", "620", "630", "650", "660", "680"], 6),
    "IT": (["320", "328", "333", "338", "340", "347", "348", "349"], 7),
}
_FIXED = {"GB": 7, "DE": 7, "FR": 8, "ES": 7, "IT": 7}


def mobile_of(chance: random.Random, city: City) -> str:
    """Return a personal number in E.164; American mobiles look like any other number."""
    if city.country == "CN":
        return f"+86{chance.choice(_CN_MOBILE)}{chance.randrange(10**8):08d}"
    if city.country == "US":
        return f"+1{city.area}{chance.randint(2, 9)}{chance.randrange(10**6):06d}"
    prefixes, digits = _MOBILE[city.country]
    return f"+{DIALLING[city.country]}{chance.choice(prefixes)}{_digits(chance, digits)}"


def fixed_of(chance: random.Random, city: City) -> str:
    """Return a landline in E.164."""
    if city.country == "CN":
        return f"+86{city.area}{chance.randint(2, 8)}{_digits(chance, 7)}"
    if city.country == "US":
        return f"+1{city.area}{chance.randint(2, 9)}{chance.randrange(10**6):06d}"
    if city.country == "GB":
        return f"+44{city.area}{'7' if city.area == '20' else ''}2{_digits(chance, 6)}"
    return f"+{DIALLING[city.country]}{city.area}{chance.randint(2, 8)}{_digits(chance, _FIXED[city.country] - 1)}"


def written(chance: random.Random, number: str, country: str, extension: str = "") -> str:
    """Return *number* (E.164 of *country*) the way somebody writes it."""
    code = DIALLING[country]
    national = number[1 + len(code) :]
    text = _chinese(chance, national) if country == "CN" else _western(chance, national, code, country)
    if extension:
        joint = chance.choice(("转", "-", " ext ", "分机", "*") if country == "CN" else (" ext. ", " x", " ext "))
        text += joint + extension
    return text


def _chinese(chance: random.Random, national: str) -> str:
    if national[0] == "1" and len(national) == 11:  # noqa: PLR2004 (a Chinese mobile)
        a, b, c = national[:3], national[3:7], national[7:]
        forms = (national, national, national, national, f"{a} {b} {c}", f"{a}-{b}-{c}")
        foreign = (f"+86{national}", f"+86 {a} {b} {c}", f"86{national}", f"0086-{national}", f"(+86){national}")
        return chance.choice(forms) if happens(chance, 0.75) else chance.choice(foreign)
    area = national[:-8] or national[:2]
    rest = national[len(area) :]
    return chance.choice((
        f"0{area}-{rest}", f"0{area}-{rest}", f"0{area}{rest}", f"(0{area}){rest}", f"（0{area}）{rest}",
        f"+86 {area} {rest[:4]} {rest[4:]}", f"0{area} {rest[:4]} {rest[4:]}",
    ))  # fmt: skip


def _western(chance: random.Random, national: str, code: str, country: str) -> str:
    if country == "US":
        a, b, c = national[:3], national[3:6], national[6:]
        return chance.choice(
            (f"+1{national}", f"+1 ({a}) {b}-{c}", f"+1-{a}-{b}-{c}", f"+1 {a} {b} {c}", f"+1 {a}.{b}.{c}")
        )
    trunk = "0" if country in {"GB", "DE", "FR"} else ""
    pairs = " ".join(national[place : place + 3] for place in range(0, len(national), 3))
    optional = f"+{code} ({trunk}){national}" if trunk else f"+{code} {national}"
    return chance.choice(
        (f"+{code}{national}", f"+{code} {pairs}", f"00{code} {national}", f"+{code}-{national}", optional)
    )


def _digits(chance: random.Random, count: int) -> str:
    return f"{chance.randrange(10**count):0{count}d}"
