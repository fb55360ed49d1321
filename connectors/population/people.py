"""True persons: name, numbers, mailboxes, home, employer; households that share a mailbox and a landline."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from connectors.population import chinese_names, western_names
from connectors.population.companies import LANGUAGES, Company
from connectors.population.happens import happens
from connectors.population.phones import fixed_of, mobile_of
from connectors.population.places import Address, address_in, city_of
from connectors.population.words import words

CHINESE_MAIL = (
    "qq.com",
    "qq.com",
    "163.com",
    "163.com",
    "126.com",
    "139.com",
    "sina.com",
    "foxmail.com",
    "outlook.com",
)
WESTERN_MAIL = ("gmail.com", "gmail.com", "gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com")
CHINESE_TITLES = words(
    "总经理 副总经理 采购经理 销售总监 财务经理 技术总监 市场经理 人事主管 工程师 采购专员 行政主管 产品经理 运营总监"
)
WESTERN_TITLES = (
    "CEO", "Managing Director", "Purchasing Manager", "Head of Sales", "Finance Manager", "CTO", "Marketing Manager",
    "HR Manager", "Engineer", "Buyer", "Office Manager", "Product Manager", "Operations Director",
)  # fmt: skip
DEPARTMENTS = {"zh": words("采购部 销售部 财务部 技术部 市场部 人事部 行政部 运营部"),
               "en": words("""
Purchasing Sales Finance Engineering Marketing HR Administration Operations
""")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """The truth about one person. *household* is the mailbox that a family shares, "" where there is none."""

    customer: str
    country: str
    family: str
    given: str
    family_latin: str
    given_latin: str
    gender: str
    mobile: str
    old_mobile: str
    personal_mail: str
    work_mail: str
    direct: str
    extension: str
    home: Address
    home_phone: str
    birthday: str
    title: str
    department: str
    employer: Company | None
    old_employer: Company | None
    old_mail: str
    household: str = ""

    @property
    def chinese(self) -> bool:
        """Whether the name is written in Chinese."""
        return self.country == "CN"

    @property
    def whole_name(self) -> str:
        """The name as its owner writes it."""
        return self.family + self.given if self.chinese else f"{self.given} {self.family}"


def person_of(  # noqa: PLR0913 (what a person follows from)
    chance: random.Random,
    customer: str,
    country: str,
    employer: Company | None,
    old_employer: Company | None,
    taken: set[str],
    name: chinese_names.ChineseName | None = None,
) -> Person:
    """Return a person; numbers and mailboxes are added to *taken*, so that no other person gets them."""
    gender = chance.choice("mf")
    family, given, family_latin, given_latin = _name(chance, country, gender, name)
    city = employer.office.city if employer else city_of(chance, country)
    chinese = country == "CN"
    titles, departments = (CHINESE_TITLES, "zh") if chinese else (WESTERN_TITLES, "en")
    latin = (family_latin, given_latin)
    born = f"{chance.randint(1955, 2004)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    return Person(
        customer,
        country,
        family,
        given,
        family_latin,
        given_latin,
        gender,
        _fresh(taken, lambda: mobile_of(chance, city)),
        _fresh(taken, lambda: mobile_of(chance, city)),
        _fresh(taken, lambda: _personal_mail(chance, latin, chinese=chinese)),
        _work_mail(chance, latin, employer, taken) if employer else "",
        _fresh(taken, lambda: fixed_of(chance, city)) if employer and happens(chance, 0.3) else "",
        str(chance.randint(100, 8999)) if employer and happens(chance, 0.5) else "",
        address_in(chance, city, office=False),
        _fresh(taken, lambda: fixed_of(chance, city)),
        born,
        chance.choice(titles) if employer else "",
        chance.choice(DEPARTMENTS[departments]) if employer else "",
        employer,
        old_employer,
        _work_mail(chance, latin, old_employer, taken) if old_employer else "",
    )


def relative_of(chance: random.Random, person: Person, customer: str, taken: set[str]) -> Person:
    """Return somebody of the same family and home: other given name and mobile, shared mailbox and landline."""
    gender = chance.choice("mf")
    given, given_latin = person.given, person.given_latin
    while given == person.given:
        if person.chinese:
            given, given_latin = chinese_names.given_of(chance, gender)
        else:
            given = western_names.name_of(chance, LANGUAGES[person.country], gender)[1]
            given_latin = to_ascii(given)
    city = person.home.city
    return replace(
        person,
        customer=customer,
        given=given,
        given_latin=given_latin,
        gender=gender,
        mobile=_fresh(taken, lambda: mobile_of(chance, city)),
        old_mobile=_fresh(taken, lambda: mobile_of(chance, city)),
        personal_mail=_fresh(
            taken, lambda: _personal_mail(chance, (person.family_latin, given_latin), chinese=person.chinese)
        ),
        birthday=f"{chance.randint(1955, 2004)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
    )


def with_household(chance: random.Random, person: Person, taken: set[str]) -> Person:
    """Return the person with a mailbox that its family shares."""
    latin = (person.family_latin, chance.choice(("family", "home", "jia")))
    return replace(person, household=_fresh(taken, lambda: _personal_mail(chance, latin, chinese=person.chinese)))


def to_ascii(text: str) -> str:
    """Return *text* without accents, as it appears in mailboxes."""
    text = text.replace("ß", "ss")
    return "".join(one for one in unicodedata.normalize("NFKD", text) if one.isascii() and one.isalnum())


def _name(
    chance: random.Random, country: str, gender: str, name: chinese_names.ChineseName | None
) -> tuple[str, str, str, str]:
    if country == "CN":
        known = name or chinese_names.name_of(chance, gender)
        return known.family, known.given, known.family_pinyin, known.given_pinyin
    family, given = western_names.name_of(chance, LANGUAGES[country], gender)
    return family, given, to_ascii(family), to_ascii(given)


def _fresh(taken: set[str], draw: Callable[[], str]) -> str:
    value = draw()
    while value in taken:
        value = draw()
    taken.add(value)
    return value


def _personal_mail(chance: random.Random, latin: tuple[str, str], *, chinese: bool) -> str:
    family, given = latin[0].lower(), latin[1].lower()
    if not chinese:
        stem = chance.choice((f"{given}.{family}", f"{given}{family}", f"{given[0]}{family}", f"{given}_{family}"))
        number = chance.choice(("", "", chance.randint(1, 99), chance.randint(1960, 2004)))
        return f"{stem}{number}@{chance.choice(WESTERN_MAIL)}"
    host = chance.choice(CHINESE_MAIL)
    if host == "qq.com" and happens(chance, 0.8):
        return f"{chance.randint(10**8, 3 * 10**9)}@qq.com"
    stem = chance.choice((family + given, given + family, f"{family}_{given}", f"{family[0]}{given}"))
    number = chance.choice(("", chance.randint(1, 99), chance.randint(1975, 2004), chance.randint(100, 9999)))
    return f"{stem}{number}@{host}"


def _work_mail(chance: random.Random, latin: tuple[str, str], employer: Company, taken: set[str]) -> str:
    family, given = latin[0].lower(), latin[1].lower()
    forms = (
        f"{given}.{family}",
        f"{family}{given}",
        f"{family}.{given}",
        f"{given[0]}.{family}",
        f"{given[0]}{family}",
    )
    stem = chance.choice(forms)
    mail, number = f"{stem}@{employer.domain}", 2
    while mail in taken:
        mail, number = f"{stem}{number}@{employer.domain}", number + 1
    taken.add(mail)
    return mail
