"""Amounts of money with their ISO 4217 currency.

Room: mapping. Pure; touches nothing. ¥ is CNY or JPY by the source's country; net and gross are different fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import pycountry

from mapping.field_types.amount import plain, read_amount
from mapping.field_types.contract import FieldContext
from mapping.field_types.placeholders import is_filler
from mapping.field_types.raw_values import as_text, each_text, invalid, part
from mapping.field_types.simple_type import Values
from mapping.field_types.unicode_form import fold, one_line
from mapping.values import FieldValue, Json

_SIGNS: Final = {
    "人民币": "CNY", "rmb": "CNY", "元": "CNY", "圆": "CNY", "块": "CNY", "美元": "USD", "美金": "USD",
    "us$": "USD", "$": "USD", "€": "EUR",
    "欧元": "EUR", "£": "GBP", "英镑": "GBP", "港币": "HKD", "港元": "HKD", "hk$": "HKD", "日元": "JPY", "円": "JPY",
    "韩元": "KRW", "₩": "KRW",
    "新台币": "TWD", "nt$": "TWD", "澳元": "AUD", "a$": "AUD", "加元": "CAD", "c$": "CAD", "新加坡元": "SGD",
    "s$": "SGD", "卢布": "RUB", "₹": "INR",
}  # fmt: skip
_BY_REGION: Final = {"CN": "CNY", "JP": "JPY", "US": "USD", "GB": "GBP", "HK": "HKD", "TW": "TWD", "KR": "KRW"}
_YUAN_TAIL: Final = re.compile(r"(?:元整|整|元人民币)$")
_WORD: Final = re.compile(
    r"^(?P<head>[^\d\s.(+−-]+)?\s*(?P<number>.*\d[\d.,]*\s*(?:万亿|千万|百万|[亿億万萬千wWkK])?\)?)\s*(?P<tail>[^\d\s]+)?$"
)


class Money:
    """Amounts of money. *value* is {"amount": "1200.5", "currency": "CNY"}, the amount exact, as text.

    Option `currency`: that of amounts that name none (else the region's). Issues: `not_an_amount`, `unknown_currency`.
    """

    name = "money"

    def normalise(self, raw: Json, context: FieldContext) -> Values:
        """Return the amount in *raw*: a number, a text (¥1.2万, 12万元, USD 5), or {amount, currency}."""
        default = context.options.get("currency")
        currency = default if isinstance(default, str) else _BY_REGION.get(context.region, "")
        if isinstance(raw, Mapping):
            amount, stated = part(raw, "amount", "value"), part(raw, "currency", "currency_code")
            return _read(f"{amount}", stated or currency, context.region) if amount else ()
        return each_text(raw, lambda text: _read(text, currency, context.region))

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return nothing: an amount says nothing about who somebody is."""
        del value
        return {}

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return nothing."""
        del value
        return ()

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return `1200.5 CNY`, or a part: `amount` (text), `number`, `currency`."""
        del context
        if not value.valid or not isinstance(value.value, Mapping):
            return value.raw if part is None else None
        if part is None:
            return self.show(value)
        if part == "number":
            return float(str(value.value["amount"]))
        return value.value.get(part)

    def mask(self, value: FieldValue) -> str:
        """Return the currency alone."""
        return f"*** {value.value['currency']}" if isinstance(value.value, Mapping) else "***"

    def show(self, value: FieldValue) -> str:
        """Return amount and currency."""
        if not isinstance(value.value, Mapping):
            return as_text(value.value)
        return f"{value.value['amount']} {value.value['currency']}"


@lru_cache(maxsize=8_192)
def _read(text: str, default: str, region: str) -> Values:
    line = _YUAN_TAIL.sub("元", one_line(text))
    match = _WORD.match(line.replace("¥", "").strip())
    amount = read_amount(match["number"]) if match else None
    if match is None or amount is None:
        return (invalid(text, "placeholder" if is_filler(line) else "not_an_amount"),)
    word = (match["head"] or match["tail"] or "").strip(" :")
    yen = "JPY" if region == "JP" else "CNY"
    currency = _currency(word) if word else yen if "¥" in line else _currency(default)
    if not currency:
        return (invalid(text, "unknown_currency"),)
    return (FieldValue(value={"amount": plain(amount), "currency": currency}, raw=text, evidence=False),)


@lru_cache(maxsize=1_024)
def _currency(word: str) -> str:
    """Return the ISO 4217 code that *word* names, "" if none."""
    sign = _SIGNS.get(fold(word))
    if sign:
        return sign
    code = word.upper()
    return code if len(code) == 3 and pycountry.currencies.get(alpha_3=code) else ""  # noqa: PLR2004 (ISO 4217)
