"""How a department writes telephone numbers, mailboxes and addresses, and which true ones the writing shows."""

from __future__ import annotations

import random

from connectors.population import slips
from connectors.population.happens import happens
from connectors.population.noise import Noise
from connectors.population.people import Person
from connectors.population.phones import written
from connectors.population.places import Address

NO_PHONE = ("13800000000", "13888888888", "00000000000", "无", "12345678", "1111111")
NO_MAIL = ("test@test.com", "none@none.com", "noreply@example.com", "无", "n/a")
ROLES = ("info", "sales", "service", "contact", "hr", "office")

Typed = tuple[dict[str, str], set[str]]
"""Values as typed, and the facts that they show."""


def phones(chance: random.Random, noise: Noise, person: Person, missing: float) -> Typed:
    """Return mobile, phone and phone_2; *missing* is the chance that the department has no mobile number."""
    values: dict[str, str] = {}
    facts: set[str] = set()
    country = person.home.city.country
    if not happens(chance, missing):
        text, fact = _mobile(chance, noise, person, country)
        values["mobile"] = text
        facts |= fact
    landline = _landline(chance, noise, person, country)
    if landline:
        values["phone"], fact = landline
        facts |= fact
    if "mobile" in values and happens(chance, noise.phone_other_field):
        moved = values.pop("mobile")
        if "phone" in values:
            values["phone_2"] = values["phone"]
        values["phone"] = moved
    if "phone" in values and "mobile" in values and happens(chance, noise.phone_two_in_one):
        values["mobile"] += chance.choice((" / ", "、", ";")) + values.pop("phone")
    return values, facts


def mails(chance: random.Random, noise: Noise, person: Person, missing: float, work: float) -> Typed:
    """Return email and email_2; *work* is the chance that an employed person gave the mailbox at work."""
    facts: set[str] = set()
    if happens(chance, missing):
        return {}, facts
    if happens(chance, noise.mail_placeholder):
        return {"email": chance.choice(NO_MAIL)}, facts
    mail, fact = _mailbox(chance, noise, person, work)
    if happens(chance, noise.mail_typo):
        mail, fact = slips.wrong_mail(chance, mail), ""
    elif happens(chance, noise.mail_untidy):
        mail = slips.untidy_mail(chance, mail)
    values = {"email": mail}
    facts |= {fact} - {""}
    if fact == "work_mail" and happens(chance, 0.12):
        values["email_2"] = person.personal_mail
        facts.add("personal_mail")
    return values, facts


def address(chance: random.Random, noise: Noise, place: Address) -> tuple[dict[str, str], bool]:
    """Return street, city, state, postcode and country, and whether the street is right; nothing where not known."""
    if happens(chance, noise.address_missing):
        return {}, False
    city, road, right = place.city, place.road, True
    if happens(chance, noise.address_typo):
        road, right = (slips.one_sound if city.country == "CN" else slips.one_letter)(chance, road), False
    values = (
        _chinese_address(chance, noise, place, road) if city.country == "CN" else _western_address(chance, place, road)
    )
    if happens(chance, 0.4):
        values["postcode"] = place.postcode
    return values, right


def _mobile(chance: random.Random, noise: Noise, person: Person, country: str) -> tuple[str, set[str]]:
    draw = chance.random()
    if draw < noise.phone_placeholder:
        return chance.choice(NO_PHONE), set()
    draw -= noise.phone_placeholder
    if draw < noise.phone_typo:
        return written(chance, slips.one_digit(chance, person.mobile), country), set()
    draw -= noise.phone_typo
    stale = draw < noise.phone_stale
    text = written(chance, person.old_mobile if stale else person.mobile, country)
    if happens(chance, noise.phone_full_width):
        text = slips.full_width(text)
    elif happens(chance, noise.phone_note) and country == "CN":
        text += chance.choice(("（微信同号）", "(微信)", " 本人"))
    return text, {"old_mobile" if stale else "mobile"}


def _landline(chance: random.Random, noise: Noise, person: Person, country: str) -> tuple[str, set[str]] | None:
    employer = person.employer
    draw = chance.random()
    if employer is None:
        return (written(chance, person.home_phone, country), {"home_phone"}) if happens(chance, 0.15) else None
    if draw < noise.switchboard:
        extension = person.extension if happens(chance, 0.4) else ""
        return written(chance, employer.switchboard, country, extension), {"switchboard"}
    if person.direct and draw < noise.switchboard + 0.3:
        return written(chance, person.direct, country), {"direct"}
    return None


def _mailbox(chance: random.Random, noise: Noise, person: Person, work: float) -> tuple[str, str]:
    employer = person.employer
    if employer is None or not happens(chance, work):
        if person.household and happens(chance, noise.mail_family):
            return person.household, "household_mail"
        return person.personal_mail, "personal_mail"
    if happens(chance, noise.mail_role):
        return f"{chance.choice(ROLES)}@{employer.domain}", ""
    if person.old_mail and happens(chance, noise.mail_stale / OLD_JOBS):
        return person.old_mail, "old_mail"
    return person.work_mail, "work_mail"


OLD_JOBS = 0.2
"""Share of employed people whose earlier employer is among the companies."""


def _chinese_address(chance: random.Random, noise: Noise, place: Address, road: str) -> dict[str, str]:
    city = place.city
    line = f"{road}{place.number}号{place.inside if happens(chance, 0.7) else ''}"
    name = city.name if happens(chance, 0.6) else city.name.removesuffix("市")
    if happens(chance, noise.address_one_line):
        state = city.state if happens(chance, 0.5) else ""
        return {"street": f"{state}{name}{place.district}{line}"}
    values = {"street": f"{place.district}{line}" if happens(chance, 0.7) else line, "city": name}
    if happens(chance, 0.6):
        values["state"] = city.state or city.name
    if happens(chance, 0.4):
        values["country"] = chance.choice(("中国", "China", "CN"))
    return values


_SHORT_ROADS = {"Street": "St", "Avenue": "Ave", "Road": "Rd", "Lane": "Ln", "Drive": "Dr", "Boulevard": "Blvd"}
_COUNTRIES = {
    "US": ("United States", "USA", "US"), "GB": ("United Kingdom", "UK", "GB"), "DE": ("Germany", "Deutschland", "DE"),
    "FR": ("France", "FR"), "ES": ("Spain", "España", "ES"), "IT": ("Italy", "Italia", "IT"),
}  # fmt: skip


def _western_address(chance: random.Random, place: Address, road: str) -> dict[str, str]:
    city = place.city
    if happens(chance, 0.4):
        first, _, last = road.rpartition(" ")
        road = f"{first} {_SHORT_ROADS[last]}" if last in _SHORT_ROADS else road.replace("straße", "str.")
    number_first = city.country in {"US", "GB", "FR"}
    line = f"{place.number} {road}" if number_first else f"{road} {place.number}"
    if place.inside and happens(chance, 0.7):
        line += chance.choice((f", Apt {place.inside}", f" #{place.inside}", f", {place.inside}"))
    values = {"street": line, "city": city.name, "country": chance.choice(_COUNTRIES[city.country])}
    if city.state:
        values["state"] = city.state
    return values
