"""Evidence made by hand for tests, with features as the field types make them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML

from golden_record.matching.evidence import Evidence, Values
from golden_record.matching.model import Model, read_models

SHIPPED = Path(__file__).parents[3] / "config" / "matching.yaml"

FREE_MAIL = {"163.com", "gmail.com"}


def shipped_models() -> dict[str, Model]:
    return read_models(YAML(typ="safe").load(SHIPPED.read_text("utf-8")))


def name(family: str, given: str, *, pinyin: str = "", nickname: str = "", latin: bool = False) -> dict[str, str]:
    key = f"{given} {family}" if latin else family + given
    features = {"key": key, "family": family, "given": given, "pinyin": pinyin, "nickname": nickname}
    features["sorted"] = " ".join(sorted(key.split())) if latin else ""
    return {feature: text for feature, text in features.items() if text}


def mobile(number: str) -> dict[str, str]:
    return {"key": number, "line": number, "type": "mobile"}


def landline(number: str, extension: str = "") -> dict[str, str]:
    key = f"{number};ext={extension}" if extension else number
    found = {"key": key, "line": number, "type": "fixed"}
    return {**found, "extension": extension} if extension else found


def mail(address: str) -> dict[str, str]:
    domain = address.partition("@")[2]
    if domain in FREE_MAIL:
        return {"key": address}
    unnumbered = address.partition("@")[0].translate(dict.fromkeys(map(ord, "0123456789._-")))
    return {"key": address, "domain": domain, "unnumbered": f"{unnumbered}@{domain}"}


def role_mail(address: str) -> dict[str, str]:
    return {"role_key": address, "role": address.partition("@")[0], "domain": address.partition("@")[2]}


def person(key: str, **features: dict[str, str] | Values) -> Evidence:
    return evidence(key, "person", features)


def company(key: str, **features: dict[str, str] | Values) -> Evidence:
    return evidence(key, "company", features)


def evidence(key: str, entity: str, features: Mapping[str, dict[str, str] | Values]) -> Evidence:
    values: dict[str, Values] = {
        field: (found,) if isinstance(found, dict) else found for field, found in features.items()
    }
    blocks = {
        field: tuple(text for one in found if (text := one.get("line") or one.get("key")))
        for field, found in values.items()
    }
    return Evidence(key, entity, values, {field: keys for field, keys in blocks.items() if keys})
