"""What mapping costs: records per second for the shipped Zoho Contacts mapping, and microseconds by field type.

Run by benchmarks/mapping.py:

    python benchmarks/mapping.py [--customers 3000] [--seed 1] [--json FILE] [--profile]

*Fresh*: every record for the first time in this process, after a warm-up on another population, so that tables are
loaded and caches hold nothing of it. *Repeated*: the same records again, as a full read of an unchanged system. Each
field type stands beside what its library alone costs on the same values in the same run: seconds depend on the machine,
the ratio does not. One process, one thread.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import phonenumbers
from cleanco import basename
from email_validator import EmailNotValidError, validate_email
from nameparser import HumanName

from connectors.sandboxes.run import start_sandboxes
from mapping.compile import CompiledMapping
from mapping.field_types.contract import FieldContext
from mapping.field_types.registry import field_type, names
from mapping.load import load_mapping
from mapping.profile_fields import read_profile
from mapping.pull import pull

CONFIG = Path(__file__).parents[1] / "config"
AIMS = {"fresh": 2_000, "repeated": 20_000}
"""Records per second and core."""
REPEATS = 5
Record = Mapping[str, Any]


def contacts(customers: int, seed: int) -> list[Record]:
    """Return the contacts that a sales department of so many customers typed in."""
    with start_sandboxes(["zoho_crm"], customers, seed) as running:
        book = running.sandboxes["zoho_crm"].book
        return [{"id": one.record_id, **one.values} for one in book.all("Contacts")]


def shipped_contacts() -> CompiledMapping:
    """Return the shipped mapping, compiled anew: its own caches are empty."""
    profile, mistakes = read_profile(CONFIG / "profile.yaml", types=frozenset(names()))
    assert profile is not None, mistakes
    file = CONFIG / "mappings" / "zoho_crm" / "Contacts.yaml"
    compiled = load_mapping(file, stream="Contacts", profile=profile, types=field_type).compiled
    assert compiled is not None
    return compiled


def rate(mapping: CompiledMapping, records: Sequence[Record]) -> float:
    """Return records per second of CPU."""
    began = time.process_time()
    for record in records:
        pull(mapping, record)
    return len(records) / (time.process_time() - began)


# ---------------------------------------------------------------------------------------------- field types


def values_by_type(mapping: CompiledMapping, records: Iterable[Record]) -> dict[str, list[Any]]:
    """Return field type -> the distinct raw values that the records hold for it."""
    found: dict[str, dict[str, Any]] = {}
    fields = [field for emit in mapping.emits for field in emit.fields.values()]
    for record in records:
        for field in fields:
            for slot in field.pull_slots:
                raw = slot.read(record)
                if isinstance(raw, str | Mapping) and raw:
                    found.setdefault(field.type.name, {})[json.dumps(raw, ensure_ascii=False)] = raw
    return {name: list(values.values()) for name, values in sorted(found.items())}


def _phone(raw: str) -> None:
    with suppress(phonenumbers.NumberParseException):
        number = phonenumbers.parse(raw, "CN")
        if phonenumbers.is_valid_number(number):
            phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(raw: str) -> None:
    with suppress(EmailNotValidError):
        validate_email(raw, check_deliverability=False)


def _name(raw: str | Mapping[str, Any]) -> None:
    text = raw if isinstance(raw, str) else " ".join(filter(None, (raw.get("given"), raw.get("family"))))
    HumanName(text).as_dict()


def _date(raw: str) -> None:
    with suppress(ValueError):
        date.fromisoformat(raw)


PEERS: Mapping[str, tuple[str, Callable[[Any], None]]] = {
    "phone": ("phonenumbers", _phone),
    "email": ("email-validator", _email),
    "person_name": ("nameparser", _name),
    "company_name": ("cleanco", lambda raw: basename(raw) and None),
    "date": ("datetime", _date),
}


def by_type(values: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Yield a row per field type: microseconds per value, fresh and repeated, and the library's alone."""
    for name, raws in values.items():
        kind, context = field_type(name), FieldContext()
        times = []
        for _ in range(2):
            began = time.process_time()
            for raw in raws:
                kind.normalise(raw, context)
            times.append(1e6 * (time.process_time() - began) / len(raws))
        row: dict[str, Any] = {"type": name, "values": len(raws), "fresh_us": times[0], "repeated_us": times[1]}
        if name in PEERS:
            library, work = PEERS[name]
            began = time.process_time()
            for raw in raws:
                work(raw)
            alone = 1e6 * (time.process_time() - began) / len(raws)
            row |= {"library": library, "library_us": alone, "ratio": times[0] / alone}
        yield row


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--customers", type=int, default=3000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--profile", action="store_true", help="name the functions in which the time went")
    said = arguments.parse_args()
    warm, fresh = contacts(300, said.seed + 1), contacts(said.customers, said.seed)
    other = contacts(said.customers, said.seed + 2)
    rate(shipped_contacts(), warm)
    mapping = shipped_contacts()
    if said.profile:
        with cProfile.Profile() as profile:
            rate(mapping, fresh)
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
    rates = {"fresh": rate(mapping, fresh), "repeated": max(rate(mapping, fresh) for _ in range(REPEATS))}
    rows = list(by_type(values_by_type(mapping, other)))
    print(f"{len(fresh)} Zoho contacts, records per second of CPU on one core")
    for name, found in rates.items():
        print(f"  {name:<9} {found:>9,.0f}   aim {AIMS[name]:>7,}   {'met' if found >= AIMS[name] else 'MISSED'}")
    print(f"\n{'type':<16}{'values':>8}{'fresh µs':>10}{'again µs':>10}  the library alone")
    for row in rows:
        peer = "-"
        if "library" in row:
            peer = f"{row['library']} {row['library_us']:.1f} µs, ours {row['ratio']:.1f} times"
        print(f"{row['type']:<16}{row['values']:>8}{row['fresh_us']:>10.1f}{row['repeated_us']:>10.1f}  {peer}")
    if said.json:
        said.json.write_text(json.dumps({"records": len(fresh), "rates": rates, "types": rows}, indent=1))
