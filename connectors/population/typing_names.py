"""How a department writes a person's name and a company's, and whether the writing still tells who it is."""

from __future__ import annotations

import random

from connectors.population import slips
from connectors.population.chinese_names import TO_TRADITIONAL
from connectors.population.companies import Company
from connectors.population.happens import happens
from connectors.population.noise import Noise
from connectors.population.people import Person
from connectors.population.western_names import SHORT_FORMS

NOBODY = ("无", "test", "N/A", "未知", "测试", "-", "匿名")
NO_COMPANY = ("个人", "无", "-", "N/A", "个体")
_HONORIFICS = {"m": ("先生", "总", "经理"), "f": ("女士", "小姐", "经理")}
_FORM_VARIANTS = {
    "有限公司": ("公司", "有限责任公司"), "有限责任公司": ("有限公司",), "股份有限公司": ("股份公司", "有限公司"),
    "集团有限公司": ("集团", "集团公司"), "（集团）股份有限公司": ("集团", "(集团)股份有限公司"),
    "Inc.": ("Inc", "Incorporated", "INC."), "LLC": ("L.L.C.", "llc"), "Corporation": ("Corp.", "Corp"),
    "Corp.": ("Corporation",), "Co.": ("Company",), "Ltd": ("Limited", "Ltd."), "Limited": ("Ltd", "Ltd."),
    "PLC": ("plc", "P.L.C."), "GmbH": ("Gmbh", "G.m.b.H."), "GmbH & Co. KG": ("GmbH & Co KG", "GmbH + Co. KG"),
    "AG": ("Aktiengesellschaft",), "SARL": ("S.A.R.L.", "Sarl"), "SAS": ("S.A.S.",), "S.A.": ("SA",),
    "S.L.": ("SL", "Sociedad Limitada"), "S.r.l.": ("SRL", "Srl"), "S.p.A.": ("SpA", "SPA"),
}  # fmt: skip


def name_values(chance: random.Random, noise: Noise, person: Person) -> tuple[dict[str, str], bool]:
    """Return family, given and full_name as typed, and whether they show the name (in any form that can be undone)."""
    draw = chance.random()
    if draw < noise.name_placeholder:
        text = chance.choice(NOBODY)
        return {"family": text, "full_name": text}, False
    if happens(chance, noise.name_typo):
        return _parts(person, person.family, _misspelt(chance, person)), False
    special = _chinese if person.chinese else _western
    typed = special(chance, noise, person)
    if typed is None:
        typed = _parts(person, person.family, person.given), True
        if happens(chance, noise.name_swapped):
            values = typed[0]
            whole = values["full_name"] if person.chinese else f"{person.family} {person.given}"
            return {"family": person.given, "given": person.family, "full_name": whole}, True
    values, shown = typed
    if happens(chance, noise.name_untidy):
        values = {**values, "full_name": slips.untidy_name(chance, values["full_name"])}
        values["family"] = (
            slips.untidy_name(chance, values["family"]) if len(values["family"]) > 1 else values["family"]
        )
    return values, shown


def company_text(chance: random.Random, noise: Noise, company: Company) -> tuple[str, frozenset[str]]:
    """Return the company's name as typed, and what it shows: `name` (brand and trade), `place`, `brand`."""
    if happens(chance, noise.company_typo):
        return _misspelt_company(chance, company), frozenset()
    if happens(chance, noise.company_short):
        return company.brand, frozenset({"brand"})
    return _chinese_company(chance, noise, company) if company.chinese else _western_company(chance, noise, company)


def _parts(person: Person, family: str, given: str) -> dict[str, str]:
    whole = family + given if person.chinese else f"{given} {family}"
    return {"family": family, "given": given, "full_name": whole}


def _misspelt(chance: random.Random, person: Person) -> str:
    return (slips.one_sound if person.chinese else slips.one_letter)(chance, person.given)


def _chinese(chance: random.Random, noise: Noise, person: Person) -> tuple[dict[str, str], bool] | None:
    draw = chance.random()
    if draw < noise.name_honorific_only:
        text = person.family + chance.choice(_HONORIFICS[person.gender])
        return {"family": text, "full_name": text}, False
    draw -= noise.name_honorific_only
    if draw < noise.name_pinyin:
        family, given = person.family_latin.title(), person.given_latin.title()
        whole = f"{family} {given}" if happens(chance, 0.5) else f"{given} {family}"
        return {"family": family, "given": given, "full_name": whole}, False
    draw -= noise.name_pinyin
    if draw < noise.name_traditional:
        return _parts(person, person.family.translate(TO_TRADITIONAL), person.given.translate(TO_TRADITIONAL)), True
    draw -= noise.name_traditional
    if draw < noise.name_whole_in_family:
        return {"family": person.whole_name, "full_name": person.whole_name}, True
    return None


def _western(chance: random.Random, noise: Noise, person: Person) -> tuple[dict[str, str], bool] | None:
    draw = chance.random()
    if draw < noise.name_initial:
        return _parts(person, person.family, f"{person.given[0]}."), False
    draw -= noise.name_initial
    if draw < noise.name_short_form and person.given in SHORT_FORMS:
        return _parts(person, person.family, chance.choice(SHORT_FORMS[person.given])), True
    return None


def _chinese_company(chance: random.Random, noise: Noise, company: Company) -> tuple[str, frozenset[str]]:
    if happens(chance, noise.company_english):
        return company.english, frozenset()
    place, form, shown = company.place, company.form, {"name", "brand", "place"}
    if happens(chance, noise.company_no_place):
        place = ""
        shown.discard("place")
    form = _form(chance, noise, form)
    text = f"{place}{company.brand}{company.trade}{form}"
    if place and (happens(chance, noise.company_brackets) or "（" in company.name[:8]):
        left, right = chance.choice(("（）", "()"))
        text = f"{company.brand}{left}{place}{right}{company.trade}{form}"
    if happens(chance, noise.name_traditional):
        text = text.translate(TO_TRADITIONAL)
    return text, frozenset(shown)


def _western_company(chance: random.Random, noise: Noise, company: Company) -> tuple[str, frozenset[str]]:
    form = _form(chance, noise, company.form)
    text = f"{company.brand} {company.trade}{', ' if form == 'Inc.' and happens(chance, 0.4) else ' '}{form}".strip(
        " ,"
    )
    if happens(chance, noise.name_untidy):
        text = text.upper()
    return text, frozenset({"name", "brand"})


def _form(chance: random.Random, noise: Noise, form: str) -> str:
    draw = chance.random()
    if draw < noise.company_no_form:
        return ""
    if draw < noise.company_no_form + noise.company_form_variant:
        return chance.choice(_FORM_VARIANTS[form])
    return form


def _misspelt_company(chance: random.Random, company: Company) -> str:
    if company.chinese:
        return company.name.replace(company.brand, slips.one_sound(chance, company.brand))
    return slips.one_letter(chance, company.name)
