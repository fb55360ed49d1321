"""Make the population behind the sandboxes: pure, and the same for the same seed.

True customers first (companies with their people, families, private customers), then what each department typed in.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from connectors.population.chinese_names import ChineseName
from connectors.population.clerks import Clerks
from connectors.population.companies import Company, company_of
from connectors.population.contract import Kind, TypedIn
from connectors.population.departments import FURTHER_COMPANY_DESKS, FURTHER_DESKS
from connectors.population.drafts import Draft, tie
from connectors.population.happens import happens
from connectors.population.noise import Noise
from connectors.population.people import Person, person_of, relative_of, with_household
from connectors.population.phones import written
from connectors.population.typing_contacts import OLD_JOBS

FIRST, LAST = datetime(2021, 1, 4, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
"""When the oldest record was made and the last one touched."""
BULK = datetime(2026, 2, 20, 18, tzinfo=UTC)
"""When a bulk job touched records without changing them."""

COMPANIES = 0.27
"""Share of companies among the customers."""
CHINESE = 0.65
"""Share of Chinese customers."""
PRIVATE = 0.22
"""Share of private customers among the persons."""
WANG_WEI = ChineseName("王", "伟", "wang", "wei")
_WEST, _WEST_WEIGHTS = ("US", "GB", "DE", "FR", "ES", "IT"), (40, 20, 15, 10, 8, 7)
_SIZES, _SIZE_WEIGHTS = (1, 2, 3, 5, 8, 14, 25), (30, 26, 18, 12, 8, 4, 2)
_FLAGS: dict[Kind, tuple[tuple[str, float], ...]] = {
    "contact": (("deleted", 0.006), ("locked", 0.004), ("under_review", 0.004)),
    "account": (("deleted", 0.003), ("pool", 0.03), ("locked", 0.004), ("under_review", 0.004)),
    "lead": (("deleted", 0.008), ("pool", 0.05), ("invalid", 0.01)),
    "user": (("deleted", 0.006), ("suspended", 0.006)),
    "organization": (("deleted", 0.003),),
    "entry": (("invalid", 0.004),),
}


def make_population(
    customers: int, seed: int, systems: Sequence[str], noise: Noise | None = None
) -> tuple[TypedIn, ...]:
    """Return what the departments of *systems* typed in about *customers* true customers (persons and companies).

    A thousand customers give about three thousand records over zoho_crm, fxiaoke, zendesk and web_forms; the true
    customers are the same whichever of them are asked for. So are these four systems' records whichever further systems
    are asked for, but for a clean fact here and there that ties the two. A record stands behind the one that it refers
    to.
    """
    noise = noise or Noise()
    chance = random.Random(seed)  # noqa: S311 (a population that can be made again)
    return tuple(_dated(chance, noise, draft) for draft in typed_in(chance, customers, seed, systems, noise))


def typed_in(chance: random.Random, customers: int, seed: int, systems: Sequence[str], noise: Noise) -> list[Draft]:
    """Return the records without their dates and flags, but with the facts that they show."""
    tying = random.Random(seed + 1)  # noqa: S311 (likewise)
    companies = _companies(chance, round(customers * COMPANIES))
    people: list[Person] = []
    clerks = Clerks(chance, noise, systems)
    drafts = [draft for company in companies for draft in clerks.company(company)]
    for person in _people(chance, noise, companies, customers - len(companies)):  # made and typed in in turn
        people.append(person)
        typed = clerks.person(person)
        tie(tying, typed, "person", ("mobile", "work_mail", "personal_mail"), _Mend(tying, person), noise.undecidable)
        drafts += typed
    _tie_companies(tying, companies, drafts, noise)
    return drafts + _further(companies, people, drafts, noise, systems, seed)


def _further(  # noqa: PLR0913 (what the records above are made of)
    companies: Sequence[Company],
    people: Sequence[Person],
    drafts: Sequence[Draft],
    noise: Noise,
    systems: Sequence[str],
    seed: int,
) -> list[Draft]:
    """Type the same customers into the further systems that are asked for, each with a chance of its own."""
    found: list[Draft] = []
    for desk in FURTHER_DESKS:
        if desk.system not in systems:
            continue
        chance = random.Random(f"{seed}/{desk.system}")  # noqa: S311 (likewise)
        kept = {name: kind for name, kind in FURTHER_COMPANY_DESKS.items() if name == desk.system}
        clerks = Clerks(chance, noise, [desk.system], [desk], kept)
        typed = [draft for company in companies for draft in clerks.company(company)]
        typed += [draft for person in people for draft in clerks.person(person)]
        found += typed
        _tie_further(chance, people, [*drafts, *found], noise)
        _tie_companies(chance, companies, [*drafts, *found], noise)
    return found


def _tie_further(chance: random.Random, people: Sequence[Person], drafts: Sequence[Draft], noise: Noise) -> None:
    kept: dict[str, list[Draft]] = {}
    for draft in drafts:
        if "person" in draft.customers:
            kept.setdefault(draft.customers["person"], []).append(draft)
    for person in people:
        solid = ("mobile", "work_mail", "personal_mail")
        tie(chance, kept.get(person.customer, []), "person", solid, _Mend(chance, person), noise.undecidable)


def _companies(chance: random.Random, count: int) -> list[Company]:
    taken: set[str] = set()
    made = []
    for number in range(count):
        country = "CN" if happens(chance, CHINESE) else chance.choices(_WEST, _WEST_WEIGHTS)[0]
        size = chance.choices(_SIZES, _SIZE_WEIGHTS)[0]
        made.append(company_of(chance, f"company-{number + 1:06d}", country, size, taken))
    return made


def _people(chance: random.Random, noise: Noise, companies: Sequence[Company], count: int) -> Iterator[Person]:
    taken: set[str] = set()
    namesakes = _namesakes(count)
    weights = list(accumulate(company.size for company in companies))
    colleagues: dict[str, Person] = {}
    number = 0
    while number < count:
        number += 1
        customer = f"person-{number:06d}"
        private = not companies or happens(chance, PRIVATE)
        employer = None if private else chance.choices(companies, cum_weights=weights)[0]
        old = chance.choice(companies) if employer and happens(chance, OLD_JOBS) else None
        country = _culture(chance, employer)
        name = None
        if number <= namesakes:
            country, name = "CN", WANG_WEI
        person = person_of(chance, customer, country, employer, None if old is employer else old, taken, name)
        if employer and employer.customer in colleagues and happens(chance, noise.same_name_colleague):
            person = _same_name(person, colleagues[employer.customer])
        elif employer:
            colleagues[employer.customer] = person
        elif number < count and number > namesakes and happens(chance, noise.household):
            person = with_household(chance, person, taken)
            number += 1
            yield relative_of(chance, person, f"person-{number:06d}", taken)
        yield person


def _namesakes(count: int) -> int:
    """How many are called 王伟: one in a hundred customers up to a thousand, more rarely beyond."""
    return min(count // 70, 10) + max(0, count - 1000) // 2000


def _culture(chance: random.Random, employer: Company | None) -> str:
    if employer is not None and happens(chance, 0.95):
        return employer.country
    return "CN" if happens(chance, CHINESE) else chance.choices(_WEST, _WEST_WEIGHTS)[0]


def _same_name(person: Person, colleague: Person) -> Person:
    """Call *person* like *colleague* (mailbox and numbers stay its own)."""
    return replace(
        person,
        country=colleague.country,
        family=colleague.family,
        given=colleague.given,
        family_latin=colleague.family_latin,
        given_latin=colleague.given_latin,
    )


class _Mend:
    """Writes a person's true number or mailbox into a record."""

    def __init__(self, chance: random.Random, person: Person) -> None:
        self.chance, self.person = chance, person

    def __call__(self, draft: Draft, fact: str) -> None:
        person = self.person
        if fact == "mobile":
            draft.values["mobile"] = written(self.chance, person.mobile, person.home.city.country)
        else:
            draft.values["email"] = person.work_mail if fact == "work_mail" else person.personal_mail


def _tie_companies(chance: random.Random, companies: Sequence[Company], drafts: Sequence[Draft], noise: Noise) -> None:
    kept: dict[str, list[Draft]] = {}
    for draft in drafts:
        if "company" in draft.facts:
            kept.setdefault(draft.customers["company"], []).append(draft)
    for company in companies:

        def write_name(draft: Draft, _fact: str, company: Company = company) -> None:
            draft.values["company"] = company.name

        tie(chance, kept.get(company.customer, []), "company", ("name",), write_name, noise.undecidable)


def _dated(chance: random.Random, noise: Noise, draft: Draft) -> TypedIn:
    span = (LAST - FIRST).total_seconds()
    created = chance.random() * span * (0.5 if draft.stale else 1.0)
    modified = created + chance.random() ** 2 * (span - created) * (0.3 if draft.stale else 1.0)
    touched = draft.kind not in {"entry", "user"} and happens(chance, noise.bulk_touched)
    at = _at(created)
    later = at if draft.kind == "entry" else BULK if touched and created < span * 0.98 else _at(modified)
    flags = frozenset(flag for flag, rate in _FLAGS[draft.kind] if happens(chance, rate))
    return TypedIn(
        draft.key, draft.system, draft.kind, draft.customers, draft.values, at, later, draft.refers_to, flags
    )


def _at(seconds: float) -> datetime:
    return FIRST + timedelta(seconds=int(seconds))
