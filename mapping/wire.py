"""What lies between a system's raw value and a field type: formats, separators, joins, pieces, units.

Room: mapping; pure and total. Put together once per field when a mapping is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from mapping.field_types.amount import plain
from mapping.formats import FORMATS, Format
from mapping.language import FieldMapping, Piece
from mapping.values import Json

_LONGEST_NUMBER: Final = 40
"""Characters of a number; longer digits are an identifier, and are not scaled."""
_AMOUNT: Final = "amount"
"""The part of a money value that a scale concerns."""

Step = Callable[[Json, ZoneInfo], Json]


def wire_of(written: FieldMapping, blanks: frozenset[str] = frozenset()) -> Format | None:
    """Return how a field's raw values are decoded and encoded; None where they are taken as they come."""
    wire = _separated(written.separator) if written.separator is not None else None
    wire = FORMATS[written.format] if written.format is not None else wire
    if written.join is not None:
        wire = _before(_joined(written.join, blanks), wire)
    if written.piece is not None:
        wire = _after(wire, _piece(written.piece))
    if written.scale is not None:
        wire = _after(wire, _scaled(written.scale), _scaled(1 / written.scale))
    return wire


def _same(value: Json, zone: ZoneInfo) -> Json:
    del zone
    return value


_PLAIN: Final = Format("as it comes", _same, _same)


def _before(decode: Step, wire: Format | None) -> Format:
    inner = wire or _PLAIN
    return replace(inner, decode=lambda raw, zone: inner.decode(decode(raw, zone), zone))


def _after(wire: Format | None, decode: Step, encode: Step = _same) -> Format:
    inner = wire or _PLAIN
    return replace(
        inner,
        decode=lambda raw, zone: _each(decode, inner.decode(raw, zone), zone),
        encode=lambda value, zone: inner.encode(_each(encode, value, zone), zone),
    )


def _each(step: Step, value: Json, zone: ZoneInfo) -> Json:
    return [step(item, zone) for item in value] if isinstance(value, list | tuple) else step(value, zone)


def _separated(separator: str) -> Format:
    def split(raw: Json, zone: ZoneInfo) -> Json:
        del zone
        if not isinstance(raw, str):
            return raw
        return [piece.strip() for piece in raw.split(separator) if piece.strip()]

    def join(value: Json, zone: ZoneInfo) -> Json:
        del zone
        return separator.join(str(item) for item in value) if isinstance(value, list | tuple) else value

    return Format(f"several values in one text, joined by {separator!r}", split, join, joins=True)


def _joined(between: str, blanks: frozenset[str]) -> Step:
    def join(raw: Json, zone: ZoneInfo) -> Json:
        del zone
        if not isinstance(raw, Mapping):
            return raw
        texts = [str(part).strip() for part in raw.values() if isinstance(part, str | int | float)]
        return between.join(text for text in texts if text and text not in blanks)

    return join


def _piece(piece: Piece) -> Step:
    def take(raw: Json, zone: ZoneInfo) -> Json:
        del zone
        if not isinstance(raw, str):
            return raw
        pieces = raw.split(piece.of)
        place = piece.number - 1 if piece.number > 0 else len(pieces) + piece.number
        return pieces[place].strip() if 0 <= place < len(pieces) else None

    return take


def _scaled(factor: Decimal) -> Step:
    def scale(value: Json, zone: ZoneInfo) -> Json:
        if isinstance(value, Mapping):
            return {part: scale(one, zone) if part == _AMOUNT else one for part, one in value.items()}
        if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > _LONGEST_NUMBER:
            return value
        try:
            number = Decimal(str(value).strip()) * factor
        except InvalidOperation:
            return value
        if not number.is_finite():
            return value
        text = plain(number.normalize() if number else number)
        if isinstance(value, str):
            return text
        return int(text) if "." not in text else float(text)

    return scale
