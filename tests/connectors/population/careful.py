"""A careful reader with no access to the truth: undoes formats, trusts a shared value only beside a name that fits.

Not the hub's matcher: a plain yardstick that shows what the values allow.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import combinations

from connectors.population import slips
from connectors.population.chinese_names import HOMOPHONES, SURNAMES, TO_TRADITIONAL
from connectors.population.contract import TypedIn
from connectors.population.people import CHINESE_MAIL, WESTERN_MAIL, to_ascii
from connectors.population.typing_names import NOBODY
from connectors.population.western_names import SHORT_FORMS
from tests.connectors.population.scoring import Place, closed, mail_keys, phone_keys, places, plain

_TO_SIMPLE = {ord(str(traditional)): simple for simple, traditional in TO_TRADITIONAL.items()}
_LONG = {short.lower(): long.lower() for long, shorts in SHORT_FORMS.items() for short in shorts}
_PINYIN_FAMILIES = {one.split()[1] for one in SURNAMES.replace("\n", " ").split(",")}
_FORMS = re.compile(
    r"(有限责任公司|股份有限公司|集团有限公司|集团公司|股份公司|有限公司|公司|集团|[(]集团[)])+$"
    r"|[ ,]+(inc|incorporated|llc|l\.l\.c\.|corporation|corp|co|company|ltd|limited|plc|p\.l\.c\.|gmbh|g\.m\.b\.h\.|"
    r"gmbh [&+] co\.? kg|ag|aktiengesellschaft|sarl|s\.a\.r\.l\.|sas|s\.a\.s\.|s\.a\.|sa|s\.l\.|sl|sociedad limitada|"
    r"s\.r\.l\.|srl|s\.p\.a\.|spa|co\., ltd)\.?$"
)


def name_of(record: TypedIn) -> tuple[str, ...] | None:
    """The name's parts, simplified, long forms, sorted; None where it names nobody (or only a surname)."""
    whole = plain(str(record.values.get("full_name", ""))).lower().translate(_TO_SIMPLE)
    if not whole or whole in {one.lower() for one in NOBODY}:
        return None
    if not re.search(r"[\u4e00-\u9fff]", whole):
        return tuple(sorted(to_ascii(_LONG.get(part, part)) for part in re.split(r"[ ]+", whole)))
    whole = whole.replace(" ", "")
    return None if re.search(r"(先生|女士|小姐|经理|总)$", whole) else (whole,)


def fit(a: tuple[str, ...] | None, b: tuple[str, ...] | None) -> bool:
    """Whether two names may be one person's: equal, an initial, one slip, or one of them unknown."""
    if a is None or b is None or a == b:
        return True
    if a[0].isascii() != b[0].isascii():
        return True  # pinyin or an English name against characters: not looked into
    one, other = "".join(a), "".join(b)
    if not a[0].isascii():
        return (one[:-1] == other[:-1] and other[-1] in HOMOPHONES.get(one[-1], "东文林华")) or (
            one[:1] == other[:1] and len(one) == 1
        )
    shared = set(a) & set(b)
    if shared and any(x[0] == y[0] for x in set(a) - shared or a for y in set(b) - shared or b):
        return True
    return (
        abs(len(one) - len(other)) <= 1 and sum(x != y for x, y in zip(sorted(one), sorted(other), strict=False)) <= 3
    )


def core_of(text: str) -> str:
    """A company's name without legal form, brackets and capitals."""
    text = plain(text).lower().translate(_TO_SIMPLE)
    text = re.sub(r"[(（]集团[)）]", "", text)
    text = re.sub(r"[()（）]", "", text)
    before = ""
    while before != text:
        before, text = text, _FORMS.sub("", text).strip(" ,.")
    return text


def clusters(records: Sequence[TypedIn], cities: Sequence[str], trades: Sequence[str]) -> list[list[Place]]:
    """Say which entities of which records are one customer's."""
    everything = places(records)
    companies = _companies(records, [place for place in everything if place[1] == "company"], cities, trades)
    employer = _employers(records, companies)
    return companies + _persons(records, [place for place in everything if place[1] == "person"], employer)


def _companies(
    records: Sequence[TypedIn], mine: Sequence[Place], cities: Sequence[str], trades: Sequence[str]
) -> list[list[Place]]:
    held: dict[object, list[Place]] = defaultdict(list)
    brands: dict[object, list[Place]] = defaultdict(list)
    for place in mine:
        values = records[place[0]].values
        core = core_of(str(values["company"]))
        city = next((one for one in cities if one in core), "") or next(
            (one for one in cities if one in f"{values.get('city', '')}{values.get('street', '')}".lower()), ""
        )
        rest = core.replace(city, "", 1) if city and city in core else core
        brand = re.sub("(" + "|".join(trades) + ")$", "", rest).strip()
        held["core", rest, city].append(place)
        brands[brand].append(place)
        for key in _company_keys(records[place[0]]):
            held[key].append(place)
        if rest != brand:
            held["full", rest].append(place)
        if city:
            held["brand", brand, city].append(place)
    cores = {place: core_of(str(records[place[0]].values["company"])) for place in mine}
    pairs = [pair for group in held.values() for pair in combinations(group, 2)]
    return closed(mine, [(a, b) for a, b in pairs if _alike(cores[a], cores[b])])


def _alike(a: str, b: str) -> bool:
    return a in b or b in a or SequenceMatcher(None, a, b).ratio() > 0.65


def _company_keys(record: TypedIn) -> Iterable[tuple[str, str]]:
    values = record.values
    if "uscc" in values:
        yield "uscc", str(values["uscc"])
    if "website" in values:
        yield "domain", re.sub(r"^(https?://)?(www\.)?", "", str(values["website"]))
    if record.kind == "account":
        for number in phone_keys(record):
            yield "phone", number
    else:
        for mail in mail_keys(record):
            if mail.split("@")[1] not in _FREE and "test" not in mail and "no" not in mail.split("@")[0]:
                yield "domain", mail.split("@")[1]


_NO_PHONES = {"8613800000000", "8613888888888", "00000000000", "000000000"}
_ROLE = re.compile(r"(info|sales|service|contact|hr|office|test|none|noreply)@")
_FREE = {*CHINESE_MAIL, *WESTERN_MAIL, *slips.WRONG_HOSTS.values(), "test.com", "none.com", "example.com"}


def _employers(records: Sequence[TypedIn], companies: Iterable[list[Place]]) -> Mapping[int, int]:
    """Record -> number of the company cluster that it belongs to."""
    cluster_of = {place[0]: number for number, cluster in enumerate(companies) for place in cluster}
    by_key = {one.key: n for n, one in enumerate(records)}
    found = dict(cluster_of)
    for n, one in enumerate(records):
        if one.refers_to is not None:
            found[n] = cluster_of[by_key[one.refers_to]]
    return found


def _persons(records: Sequence[TypedIn], mine: Sequence[Place], employer: Mapping[int, int]) -> list[list[Place]]:
    names = {place: name_of(records[place[0]]) for place in mine}
    held: dict[tuple[str, str], list[Place]] = defaultdict(list)
    strict: dict[object, list[Place]] = defaultdict(list)
    for place in mine:
        record, name = records[place[0]], names[place]
        shared = [("p", key) for key in phone_keys(record) - _NO_PHONES] + [("m", key) for key in mail_keys(record)]
        for key in shared:
            held[key].append(place)
        if name is not None:
            together = [
                *shared,
                ("e", str(employer.get(place[0], -1 - place[0]))),
                ("b", _day(record)),
                ("s", _street(record)),
            ]
            for known in together:
                if known[1]:
                    strict[name, known].append(place)
    pairs = [pair for group in strict.values() for pair in combinations(group, 2)]
    for key, group in held.items():
        if not _general(key, [names[place] for place in group]):
            pairs += [(a, b) for a, b in combinations(group, 2) if fit(names[a], names[b])]
    return closed(mine, pairs)


def _general(key: tuple[str, str], names: Sequence[tuple[str, ...] | None]) -> bool:
    """A value that says nothing without the name: several people show it, or it is a landline or a role's mailbox."""
    known = {name for name in names if name}
    if any(not fit(one, other) for one, other in combinations(known, 2)):
        return True
    landline = key[0] == "p" and not re.match(r"861\d{10}$|1\d{10}$|447|4915|4917|336|346|393", key[1])
    american = key[0] == "p" and key[1][0] == "1"
    return landline or (american and len(known) > 1) or bool(_ROLE.match(key[1]))


def _day(record: TypedIn) -> str:
    return "".join(part.zfill(2) for part in re.findall(r"\d+", str(record.values.get("birthday", ""))))


def _street(record: TypedIn) -> str:
    found = re.search(
        r"(\w+?[路街道])(\d+)号", re.sub(r".*[区镇道](?=\w+[路街道]\d)", "", str(record.values.get("street", "")))
    )
    return "".join(found.groups()) if found else ""
