"""Numbers as people write them: 1,200.50, 1.2万, 500w, (50.00), -3.

Room: mapping. Pure; touches nothing. Reference 2.8: 万 is ten thousand, 亿 a hundred million, the sign is kept.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from mapping.field_types.unicode_form import one_line

_UNITS: Final = {
    "万亿": 10**12, "亿": 10**8, "億": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4, "萬": 10**4,
    "w": 10**4, "千": 1000, "k": 1000,
    "m": 10**6, "bn": 10**9, "b": 10**9, "": 1,
}  # fmt: skip
_NUMBER: Final = re.compile(
    r"(?P<open>\()?(?P<sign>[+−-])?\s*(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[eE](?P<exp>[+-]?\d{1,2}))?"
    r"\s*(?P<unit>万亿|千万|百万|[亿億万萬千wWkKmMbB]|bn)?\s*(?P<close>\))?"
)
_MOST_DIGITS: Final = 30


@lru_cache(maxsize=16_384)
def read_amount(text: str) -> Decimal | None:
    """Return the number that *text* writes, exactly; None if it is none.

    >>> read_amount("1.2万"), read_amount("-1,200.50"), read_amount("500w"), read_amount("(50.00)"), read_amount("abc")
    (Decimal('12000.0'), Decimal('-1200.50'), Decimal('5000000'), Decimal('-50.00'), None)
    """
    match = _NUMBER.fullmatch(one_line(text))
    if not match or bool(match["open"]) != bool(match["close"]) or len(match["digits"]) > _MOST_DIGITS:
        return None
    try:
        number = Decimal(match["digits"].replace(",", "")).scaleb(int(match["exp"] or 0))
        number *= _UNITS[(match["unit"] or "").lower()]
    except InvalidOperation:
        return None
    if len(plain(number)) > _MOST_DIGITS:
        return None
    return -number if match["open"] or match["sign"] in ("-", "−") else number


def plain(number: Decimal) -> str:
    """Return *number* without exponent and without zeros at its end.

    >>> plain(Decimal("12000.0")), plain(Decimal("-0.50"))
    ('12000', '-0.5')
    """
    text = f"{number:f}"
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short in ("-0", "") else short
