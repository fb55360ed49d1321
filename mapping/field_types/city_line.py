"""The line with city and postal code that ends a Western address: read where its country makes it plain, and written.

Room: mapping. Pure; touches nothing. The order of city, state and code follows the country's postal service. Without a
country only American and Canadian lines are read: their state and code together are unmistakable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale

_STATES: Final = {
    "US": "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH "
    "OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR VI GU",
    "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
    "AU": "ACT NSW NT QLD SA TAS VIC WA",
}
_CODES: Final = {
    **dict.fromkeys(("DE", "FR", "IT", "ES", "FI", "EE", "HR", "MC", "SM", "VA"), r"\d{5}"),
    **dict.fromkeys(("AT", "BE", "CH", "DK", "NO", "LU", "LI", "HU", "SI", "BG"), r"\d{4}"),
    **dict.fromkeys(("SE", "CZ", "SK", "GR"), r"\d{3} ?\d{2}"),
    "NL": r"\d{4} ?[A-Z]{2}",
    "PL": r"\d{2}-\d{3}",
    "PT": r"\d{4}-\d{3}",
}
"""Postal codes that stand before the city; after the countries' postal services."""

_CITY: Final = r"[^\W\d_](?:[^\W\d_]|[ .'’/-])*"
_DETAIL: Final = r"(?:(?P<detail>\S.*),\s*)?"
_BRITISH: Final = r"(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})"
_CANADIAN: Final = r"[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d"
_AMERICAN: Final = r"\d{5}(?:-\d{4})?"


@dataclass(frozen=True, slots=True)
class CityLine:
    """The parts of a Western address written as one text: `…, Mountain View, CA 94043`."""

    country: str
    detail: str
    city: str
    postal_code: str
    province: str = ""


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    found = {
        country: re.compile(rf"^{_DETAIL}(?:[A-Z]{{1,2}}-)?(?P<code>{code})\s+(?P<city>{_CITY})$")
        for country, code in _CODES.items()
    }
    us, ca, au = ("|".join(_STATES[country].split()) for country in ("US", "CA", "AU"))
    found["US"] = re.compile(rf"^{_DETAIL}(?P<city>{_CITY}),\s*(?P<state>{us})\s+(?P<code>{_AMERICAN})$")
    found["CA"] = re.compile(rf"^{_DETAIL}(?P<city>{_CITY}),?\s+(?P<state>{ca})\s+(?P<code>{_CANADIAN})$")
    found["AU"] = re.compile(rf"^{_DETAIL}(?P<city>{_CITY}),?\s+(?P<state>{au})\s+(?P<code>\d{{4}})$")
    found["GB"] = re.compile(rf"^{_DETAIL}(?P<city>{_CITY}),?\s+(?P<code>{_BRITISH})$")
    return found


def read_city_line(text: str, country: str) -> CityLine | None:
    """Return the parts of *text* (without its country) if it ends as addresses of *country* (alpha-2, or "") do.

    >>> read_city_line("Hauptstr. 1, 10115 Berlin", "DE")
    CityLine(country='DE', detail='Hauptstr. 1', city='Berlin', postal_code='10115', province='')
    >>> read_city_line("Hauptstr. 1, 10115 Berlin", "") is None
    True
    """
    for name in (country,) if country else ("US", "CA"):
        pattern = _patterns().get(name)
        match = pattern.match(text) if pattern else None
        if match:
            state = match["state"] if name in _STATES else ""
            return CityLine(name, (match["detail"] or "").strip(" ,"), match["city"].strip(), match["code"], state)
    return None


def write_city_line(country: str, city: str, province: str, postal_code: str) -> str:
    """Return city, state and code in the country's order, so that `read_city_line` gives them back.

    >>> write_city_line("GB", "London", "", "SW1A 2AA"), write_city_line("US", "Reno", "NV", "89501")
    ('London SW1A 2AA', 'Reno, NV 89501')
    """
    if country in _CODES:
        return ", ".join(filter(None, (" ".join(filter(None, (postal_code, city))), province)))
    if country in ("GB", "AU"):
        return " ".join(filter(None, (city, province, postal_code)))
    return ", ".join(filter(None, (city, " ".join(filter(None, (province, postal_code))))))


@cache
def english_name(country: str) -> str:
    """Return the country's name in English, the code itself where there is none."""
    return str(Locale.parse("en").territories.get(country, country))
