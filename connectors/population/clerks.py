"""Type customers in, as the departments do: one record after another, noise included, with the facts that it shows."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from connectors.population.companies import Company
from connectors.population.contract import Kind
from connectors.population.departments import (
    COMPANY_DESKS,
    DESKS,
    MESSAGES,
    OWNERS,
    SOURCES,
    TAGS,
    TIERS,
    Desk,
)
from connectors.population.drafts import Draft
from connectors.population.happens import happens
from connectors.population.noise import Noise
from connectors.population.people import Person
from connectors.population.phones import written
from connectors.population.typing_contacts import OLD_JOBS, address, mails, phones
from connectors.population.typing_names import NO_COMPANY, company_text, name_values


class Clerks:
    """Type customers in, one system after another, with *noise*; keys are numbered in the order of typing."""

    def __init__(
        self,
        chance: random.Random,
        noise: Noise,
        systems: Sequence[str],
        desks: Sequence[Desk] = DESKS,
        company_desks: Mapping[str, tuple[Kind, float]] = COMPANY_DESKS,
    ) -> None:
        self.chance, self.noise, self.systems = chance, noise, frozenset(systems)
        self.desks, self.company_desks = desks, company_desks
        self.accounts: dict[tuple[str, str], list[str]] = {}
        self._number = 0

    def company(self, company: Company) -> list[Draft]:
        """Return the records that keep a company by itself."""
        drafts = []
        for system, (kind, holds) in self.company_desks.items():
            if not happens(self.chance, holds):
                continue
            for _ in range(1 + happens(self.chance, self.noise.duplicate)):
                draft = self._account(company, system, kind)
                if system in self.systems:
                    self.accounts.setdefault((system, company.customer), []).append(draft.key)
                    drafts.append(draft)
        return drafts

    def person(self, person: Person) -> list[Draft]:
        """Return the records that keep a person, at least one (where any chosen system keeps persons)."""
        drafts = []
        for desk in self.desks:
            if happens(self.chance, desk.holds):
                times = 1 + happens(self.chance, max(desk.again, self.noise.duplicate))
                typed = [self._person(person, desk) for _ in range(times)]
                drafts += [draft for draft in typed if draft.system in self.systems]
        mine = [desk for desk in self.desks if desk.system in self.systems]
        if not drafts and mine:
            drafts = [self._person(person, self.chance.choice(mine))]
        return drafts

    def _key(self, system: str) -> str:
        self._number += 1
        return f"{system}-{self._number}"

    def _account(self, company: Company, system: str, kind: Kind) -> Draft:
        chance, noise = self.chance, self.noise
        name, shown = company_text(chance, noise, company)
        values: dict[str, str | bool | list[str]] = {"company": name}
        facts = set()
        if happens(chance, 0.5):
            values["website"] = chance.choice(("www.", "http://www.", "https://www.", "https://", "")) + company.domain
            facts.add("domain")
        if kind == "account":
            if happens(chance, 0.6):
                values["phone"] = written(chance, company.switchboard, company.country)
                facts.add("switchboard")
            where, right = address(chance, noise, company.office)
            values |= where
            facts |= _company_facts(shown, placed=bool(where)) | ({"office"} if right else set())
            values["tier"] = chance.choice(TIERS)
            values["owner"] = chance.choice(OWNERS)
            if company.uscc and happens(chance, 0.3):
                values["uscc"] = company.uscc
                facts.add("uscc")
        else:
            facts |= _company_facts(shown, placed=False)
            if happens(chance, 0.3):
                values["tags"] = chance.sample(TAGS, chance.randint(1, 2))
        return Draft(system, kind, self._key(system), {"company": company.customer}, values, {"company": facts})

    def _person(self, person: Person, desk: Desk) -> Draft:
        chance, noise = self.chance, self.noise
        values: dict[str, str | bool | list[str]] = {}
        names, named = name_values(chance, noise, person)
        numbers, facts = phones(chance, noise, person, noise.phone_missing * desk.phone_missing)
        boxes, mail_facts = mails(chance, noise, person, noise.mail_missing * desk.mail_missing, desk.work)
        values |= names | numbers | boxes
        facts |= mail_facts
        draft = Draft(desk.system, desk.kind, self._key(desk.system), {"person": person.customer}, values)
        draft.stale = bool(facts & {"old_mobile", "old_mail"})
        self._employment(draft, person, facts)
        self._extras(draft, person, facts)
        if named:
            facts |= {
                f"name+{one}"
                for one in facts & {"home_phone", "household_mail", "switchboard", "home", "born", "employer"}
            }
        draft.facts["person"] = facts - {"home_phone", "household_mail", "switchboard", "home", "born", "employer"}
        return draft

    def _employment(self, draft: Draft, person: Person, facts: set[str]) -> None:
        chance = self.chance
        employer = person.employer
        if employer is None:
            if draft.kind == "lead" and happens(chance, 0.5):
                draft.values["company"] = chance.choice(NO_COMPANY)
            return
        accounts = self.accounts.get((draft.system, employer.customer), [])
        if draft.kind in {"contact", "user"}:
            if accounts and happens(chance, 0.93):
                draft.refers_to = chance.choice(accounts)
                facts.add("employer")
        elif draft.kind == "lead" or happens(chance, 0.6):
            self._typed_company(draft, person, employer, facts)
        if draft.kind != "user" and happens(chance, 0.6):
            draft.values["job_title"] = person.title
        if draft.kind == "contact" and happens(chance, 0.4):
            draft.values["department"] = person.department

    def _typed_company(self, draft: Draft, person: Person, employer: Company, facts: set[str]) -> None:
        chance, noise = self.chance, self.noise
        company = employer
        if person.old_employer is not None and happens(chance, noise.company_stale / OLD_JOBS):
            company, draft.stale = person.old_employer, True
        text, shown = company_text(chance, noise, company)
        draft.values["company"] = text
        draft.customers["company"] = company.customer
        placed = False
        if happens(chance, 0.65):
            draft.values["city"] = company.office.city.name
            placed = True
        of_company = _company_facts(shown, placed=placed)
        if company is employer and shown:
            facts.add("employer")
        if company is employer and "switchboard" in facts:
            of_company.add("switchboard")
        if f"@{company.domain}" in str(draft.values.get("email", "")).lower():
            of_company.add("domain")
        draft.facts["company"] = of_company

    def _extras(self, draft: Draft, person: Person, facts: set[str]) -> None:
        chance, values = self.chance, draft.values
        language = "zh" if person.chinese else "en"
        if person.employer is None and draft.kind != "user":
            where, right = address(chance, self.noise, person.home)
            values.update(where)
            facts |= {"home"} if right else set()
            if happens(chance, 0.25):
                values["birthday"] = _birthday(chance, person.birthday, chinese=person.chinese)
                facts.add("born")
        if draft.kind in {"contact", "lead"}:
            values["owner"] = chance.choice(OWNERS)
            values["tier" if draft.kind == "contact" else "source"] = chance.choice(
                TIERS if draft.kind == "contact" else SOURCES
            )
            if person.chinese and happens(chance, 0.1):
                values["wechat"] = f"{person.family_latin}{person.given_latin}_{person.mobile[-3:]}"
        elif draft.kind == "user":
            values["language"] = language
            if happens(chance, 0.2):
                values["tags"] = chance.sample(TAGS, chance.randint(1, 2))
        else:
            values |= {
                "consent": happens(chance, 0.7),
                "message": chance.choice(MESSAGES[language]),
                "language": language,
            }


def _company_facts(shown: frozenset[str], *, placed: bool) -> set[str]:
    facts = {"name"} & shown
    return facts | {"brand+place"} if "brand" in shown and (placed or "place" in shown) else facts


def _birthday(chance: random.Random, born: str, *, chinese: bool) -> str:
    year, month, day = born.split("-")
    forms = [born, f"{year}/{month}/{day}", f"{year}{month}{day}"]
    if chinese:
        forms.append(f"{year}年{int(month)}月{int(day)}日")
    return chance.choice(forms)
