"""Postal addresses: country, province, city, district with its code, detail and postal code (reference 2.5).

Room: mapping. Pure; touches nothing but its tables. Chinese addresses are read against the division table, Western ones
are kept in the parts they came in. Old names stay as the source gave them; keys use the code in force now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from mapping.field_types.address_text import door_key, lift_country, lift_postal_code, numbers
from mapping.field_types.city_line import english_name, read_city_line, write_city_line
from mapping.field_types.contract import FieldContext
from mapping.field_types.country import country_code
from mapping.field_types.division import Place, find_place
from mapping.field_types.han import simplified
from mapping.field_types.placeholders import extra, is_filler, is_listed
from mapping.field_types.raw_values import as_text, each_text, invalid, part
from mapping.field_types.unicode_form import DAMAGE, fold, has_han, is_han, one_line, without_blanks_in_han
from mapping.values import FieldValue, Json

_KEYS: Final = ("country", "province", "city", "zone", "district", "code", "detail", "postal_code")
_NAMES: Final = {
    "country": ("country",),
    "province": ("province", "state", "region"),
    "city": ("city",),
    "zone": ("zone",),
    "district": ("district", "county"),
    "detail": ("detail", "street", "address", "line"),
    "postal_code": ("postal_code", "postcode", "zip", "zip_code"),
}
_LINES: Final = frozenset({"street", "address", "line"})
_WHOLE: Final = ("province", "city", "zone", "district", "detail")
_LABELS: Final = {"HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾", "CN": "中国"}
_LONGEST: Final = 2_000
_ROUNDS: Final = 6

_Parts = tuple[tuple[str, str], ...]


class Address:
    """Postal addresses, as objects of the parts that are known.

    *value* has the filled ones of country (alpha-2), province, city, zone, district, code (GB/T 2260), detail,
    postal_code. Parts: `current_code` (of a division that was renamed or merged). Issues: `ambiguous` (a district that
    several cities have), `former_division`, `postal_default` (430000: a whole city's), `only_region` (no more than a
    province), `unknown_country`, `placeholder`. Option `country_labels: true` shows 中国香港 for HK.
    """

    name = "address"

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        """Return the address in *raw*: text, or {country, province or state, city, district, detail or street, zip}."""
        more = extra(context)
        if isinstance(raw, Mapping):
            given = tuple((key, one_line(part(raw, *names)[:_LONGEST])) for key, names in _NAMES.items())
            filled = tuple((key, text) for key, text in given if text)
            return _from_parts(filled, as_text(raw), more) if filled else ()
        return each_text(raw, lambda text: _from_parts((("detail", one_line(text)),), text, more))

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return `key` (place and door) and what else is filled.

        That is `code`, `province`, `city`, `district`, `detail`, `numbers`, `postal_code`, `country`. What names no
        street has no key: thousands share a district or a postal code, millions a city.
        """
        if not (value.valid and isinstance(value.value, Mapping)):
            return {}
        items = tuple((key, str(text)) for key, text in value.value.items())
        found = dict(_features(items, value.parts.get("current_code", "")))
        if not value.evidence:
            return {"city": found["city"]} if "city" in found else {}
        return found

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return place and door, where a number says which door."""
        found = self.features(value)
        return (found["key"],) if found.get("numbers") else ()

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return the address as one text, or a part of it (`state` is the province).

        `detail` is what stands below the district; `street` is that with zone and district before it, for systems that
        have a street, a city and a state and nothing between: else the district would be lost there.
        One text gives the same address back where the division table knows the place (`code`), or abroad where it was
        read from one; map others by parts.
        """
        if not value.valid or not isinstance(value.value, Mapping):
            return value.raw if part is None else None
        if part is None:
            return _as_line(value.value)
        if part in _LINES:
            return _below_city(value.value)
        for key, names in _NAMES.items():
            if part in names or part == key:
                return _part_of(value.value, key, context)
        text = value.value.get(part) or value.parts.get(part)
        return str(text) if text else None

    def mask(self, value: FieldValue) -> str:
        """Return the address down to its district, the rest hidden."""
        if not value.valid or not isinstance(value.value, Mapping):
            return "***"
        names = (str(value.value.get(key, "")) for key in ("province", "city", "district"))
        place = "".join(dict.fromkeys(names))  # a municipality is its own city
        return f"{place}***" if has_han(place) else "***"

    def show(self, value: FieldValue) -> str:
        """Return the address as one text."""
        if not isinstance(value.value, Mapping):
            return str(value.value)
        return _as_line(value.value)


def _part_of(address: Mapping[str, Json], key: str, context: FieldContext) -> Json:
    text = address.get(key)
    if key == "country" and context.options.get("country_labels") and isinstance(text, str):
        return _LABELS.get(text, text)
    if key == "detail" and address.get("zone"):  # systems have no field for a zone
        return f"{address['zone']}{text or ''}"
    return str(text) if text else None


def _below_city(address: Mapping[str, Json]) -> Json:
    """Return what stands below the city as one text."""
    pieces = [str(address[key]) for key in ("zone", "district", "detail") if address.get(key)]
    if not has_han("".join(pieces)):
        return ", ".join(reversed(pieces)) or None
    return "".join(pieces)


def _as_line(address: Mapping[str, Json]) -> str:
    parts = {key: str(text) for key, text in address.items() if text}
    country = parts.get("country", "")
    if parts.keys() <= {"country", "postal_code"} and country in _LABELS:
        return parts.get("postal_code", "") + _LABELS[country]
    if has_han("".join(parts.get(key, "") for key in _WHOLE)):
        pieces = [parts.get(key, "") for key in _WHOLE]
        if pieces[0] == pieces[1]:
            pieces[0] = ""
        known = country == "CN" and parts.get("province")  # the table knows the rest: China goes without saying
        head = "" if known else _LABELS.get(country, "")
        line = " ".join(filter(None, (head + "".join(pieces), parts.get("postal_code", ""))))
        return line if not country or country in _LABELS else f"{line}, {english_name(country)}"
    city = write_city_line(country, parts.get("city", ""), parts.get("province", ""), parts.get("postal_code", ""))
    pieces = [parts.get("detail", ""), parts.get("district", ""), city, english_name(country) if country else ""]
    return ", ".join(piece for piece in pieces if piece)


@lru_cache(maxsize=16_384)
def _from_parts(given: _Parts, raw: str, more: frozenset[str]) -> tuple[FieldValue, ...]:
    parts = _ordered(dict(given))
    whole = simplified(fold("".join(parts.get(key, "") for key in _WHOLE)))
    if not parts or is_listed("address", whole) or whole in more:
        return (invalid(raw, "placeholder"),)
    if DAMAGE in whole:
        return (invalid(raw, "damaged"),)
    address, place = _settled(parts)
    if not address:
        return (invalid(raw, "placeholder" if "country" not in parts else "unknown_country"),)
    value = _value(address, place, raw)
    lost = "country" in parts and "country" not in address
    return (replace(value, issues=(*value.issues, "unknown_country")) if lost else value,)


def _settled(parts: Mapping[str, str]) -> tuple[dict[str, str], Place]:
    """Read the parts until reading them again changes nothing (a detail may repeat what stood before it)."""
    address, _ = _read(parts)
    for _ in range(_ROUNDS):
        again, place = _read(address)
        if again == address:
            return address, place
        address = again
    return {"detail": " ".join(address.values())[:_LONGEST]}, Place("")


def _read(parts: Mapping[str, str]) -> tuple[dict[str, str], Place]:
    """Read one set of parts; a text alone comes as its detail."""
    country = country_code(parts.get("country", ""))
    if not has_han("".join(parts.get(key, "") for key in _WHOLE)):
        return _western(parts, country), Place("")
    line, lifted = _lifted(_joined(parts))
    line, postal = lift_postal_code(line)
    country = lifted if lifted not in ("", "CN") else country or lifted
    if country not in ("", "CN"):
        return _abroad(parts, country, line if lifted else None, postal), Place("")
    return _chinese(parts, line, country, postal)


def _joined(parts: Mapping[str, str]) -> str:
    """Return the parts as one text, without those that the detail repeats at its head."""
    detail = without_blanks_in_han(parts.get("detail", ""))
    heads = [without_blanks_in_han(parts.get(key, "")) for key in _WHOLE[:-1]]
    for start in range(len(heads)):
        joined = "".join(heads[start:])
        if joined and detail.startswith(joined):
            return "".join(heads[:start]) + detail
    if heads[0] and detail.startswith(heads[0]):
        return detail
    return "".join(heads) + detail


def _chinese(parts: Mapping[str, str], line: str, country: str, postal: str) -> tuple[dict[str, str], Place]:
    place = find_place(line)
    named = bool(place.code or place.district)
    heads_used = named and (place.city or not parts.get("city"))
    if not heads_used:  # the table knows nothing of it: keep the parts as they came
        kept = _without_zone(parts)
        alone = parts.keys() <= {"detail", "country", "postal_code"}
        kept = {**kept, "detail": line} if alone else kept
        return _ordered({**kept, "country": country, "postal_code": postal or parts.get("postal_code", "")}), Place("")
    address = {
        "country": country or ("CN" if place.province else ""),
        "province": place.province,
        "city": place.city,
        "zone": place.zone,
        "district": place.district,
        "code": place.code,
        "detail": place.rest.strip(" ,"),
        "postal_code": postal or parts.get("postal_code", ""),
    }
    return _ordered(address), place


def _abroad(parts: Mapping[str, str], country: str, rest: str | None, postal: str) -> dict[str, str]:
    """An address in Chinese characters outside the mainland: no code, the text behind the country's name kept whole."""
    kept = {key: parts[key] for key in ("city", "district", "detail") if parts.get(key)}
    if rest is not None:
        kept = {"detail": rest}
    elif parts.get("province") and not _names_country(parts["province"], country):
        kept["province"] = parts["province"]
    return _ordered({**kept, "country": country, "postal_code": postal or parts.get("postal_code", "")})


def _names_country(text: str, country: str) -> bool:
    return country_code(text) == country


def _western(parts: Mapping[str, str], country: str) -> dict[str, str]:
    text = _without_zone(parts).get("detail", "")
    if any(parts.get(key) for key in ("province", "city", "district")):
        return _ordered({**_without_zone(parts), "country": country})
    text, named = _lifted(text)
    line = read_city_line(text, country or named)
    if line:
        found = {"country": line.country, "province": line.province, "city": line.city, "detail": line.detail}
        return _ordered({**found, "postal_code": line.postal_code})
    text, postal = lift_postal_code(text) if (country or named) in ("", "CN") else (text, "")
    return _ordered(
        {"country": country or named, "detail": text, "postal_code": postal or parts.get("postal_code", "")}
    )


def _lifted(text: str) -> tuple[str, str]:
    """Lift the country where something is left: a country's name alone may as well be a town's (Georgia, Jordan)."""
    rest, named = lift_country(text)
    alone = not rest or is_filler(without_blanks_in_han(rest))
    return (text.strip(" ,"), "") if alone and named not in _LABELS else (rest, named)


def _without_zone(parts: Mapping[str, str]) -> dict[str, str]:
    """Return the parts as they came, a zone that the table cannot place put before the detail."""
    kept = {key: parts[key] for key in _KEYS if parts.get(key) and key not in ("zone", "code")}
    if parts.get("zone"):
        gap = "" if is_han(parts["zone"][-1]) else " "
        kept["detail"] = f"{parts['zone']}{gap}{kept.get('detail', '')}".strip()
    return kept


def _ordered(address: Mapping[str, str]) -> dict[str, str]:
    """Return the filled parts in the order of the keys; 无 and its like are no content."""
    return {
        key: address[key]
        for key in _KEYS
        if address.get(key) and (key in ("country", "code") or not is_filler(without_blanks_in_han(address[key])))
    }


def _value(address: dict[str, str], place: Place, raw: str) -> FieldValue:
    issues = []
    if place.ambiguous:
        issues.append("ambiguous")
    if place.current:
        issues.append("former_division")
    if address.get("postal_code", "").endswith("0000") or address.get("postal_code") == "000000":
        issues.append("postal_default")
    whole = any(address.get(key) for key in ("detail", "district", "postal_code"))
    if not whole:
        issues.append("only_region")
    parts = {"current_code": place.current} if place.current else {}
    value: dict[str, Json] = {**address}
    return FieldValue(value=value, raw=raw, parts=parts, issues=tuple(issues), evidence=whole)


@lru_cache(maxsize=16_384)
def _features(items: _Parts, current: str) -> _Parts:
    address = dict(items)
    plain = {key: simplified(fold(text)) for key, text in address.items()}
    code = current or address.get("code", "")
    detail = plain.get("detail", "")
    where = next(
        filter(None, (code, *(plain.get(key, "") for key in ("district", "city", "postal_code", "country")))), ""
    )
    postal = address.get("postal_code", "")
    found = {
        "key": f"{where}:{door_key(detail)}" if detail else "",
        "code": code,
        "province": plain.get("province", ""),
        "city": plain.get("city", ""),
        "district": plain.get("district", ""),
        "detail": detail,
        "numbers": "-".join(numbers(detail)),
        "postal_code": "" if postal.endswith("0000") else postal,
        "country": address.get("country", ""),
    }
    return tuple((name, text) for name, text in found.items() if text)
