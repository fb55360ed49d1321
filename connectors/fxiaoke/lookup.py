"""Is a record there already? By binding id, then by exact mail and phone, in few calls.

A query joins its filters by AND, so each field searched is a query of its own; its IN takes a hundred values at once.
Queries read the tenant's rows themselves, not an index that lags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from connectors.contract import Found, Lookup
from connectors.errors import SkipRecord, StopSystem
from connectors.fxiaoke.client import PAGE, Client, Row, id_of, where
from connectors.fxiaoke.streams import FxiaokeReader, is_gone
from connectors.fxiaoke.values import mail_key, mail_spellings, phone_key, phone_spellings

KeyOf = Callable[[object], str]
Spellings = Callable[[str], list[str]]


class Finder:
    """Looks records of one object up."""

    def __init__(self, client: Client, reader: FxiaokeReader) -> None:
        self._client, self._reader, self._settings = client, reader, client.settings

    def find(self, lookups: Sequence[Lookup]) -> Iterator[Found]:
        """Yield at most one record for each lookup: by binding id, else by mail, else by phone."""
        bound = self.bound([lookup.binding_id for lookup in lookups])
        left: list[Lookup] = []
        for lookup in lookups:
            row = bound.get(lookup.binding_id)
            if row is None:
                left.append(lookup)
            else:
                yield self._found(lookup, row, "binding_id")
        by_mail = list(self._by(left, "mail", self._settings.mail_fields, mail_key, mail_spellings))
        yield from by_mail
        answered = {found.write_id for found in by_mail}
        left = [lookup for lookup in left if lookup.write_id not in answered]
        yield from self._by(left, "phone", self._settings.phone_fields, phone_key, phone_spellings)

    def bound(self, binding_ids: Sequence[str]) -> Mapping[str, Row]:
        """Return binding id -> row, invalid rows included: what people deleted must not be created again."""
        field = self._settings.binding_field
        wanted = [one for one in dict.fromkeys(binding_ids) if one]
        rows = self._rows(field, wanted, self._reader.any_status())
        # Should two rows carry one binding id, the live one and then the smaller id speaks for it.
        ordered = sorted(rows, key=lambda row: (is_gone(row), id_of(row)), reverse=True)
        return {str(row[field]): row for row in ordered if row.get(field)}

    def _by(
        self,
        lookups: Sequence[Lookup],
        by: Literal["mail", "phone"],
        fields: Sequence[str],
        key_of: KeyOf,
        spellings: Spellings,
    ) -> Iterator[Found]:
        searched = [field for field in fields if any(field in lookup.fields for lookup in lookups)]
        values = [str(one.fields[field]) for one in lookups for field in searched if key_of(one.fields.get(field))]
        texts = list(dict.fromkeys(text for value in values for text in spellings(value)))
        held: dict[str, Row] = {}
        for field in searched:
            for row in self._rows(field, texts, []):
                key = key_of(row.get(field))
                known = held.get(key)
                if not is_gone(row) and (known is None or id_of(row) < id_of(known)):
                    held[key] = row
        for lookup in lookups:
            keys = [key for field in searched if (key := key_of(lookup.fields.get(field)))]
            hits = [held[key] for key in keys if key in held]
            if hits:
                yield self._found(lookup, hits[0], by)

    def _rows(self, field: str, values: Sequence[str], more: Sequence[Mapping[str, object]]) -> Iterator[Row]:
        for start in range(0, len(values), PAGE):
            asked = [where(field, "IN", values[start : start + PAGE]), *more]
            try:
                yield from self._client.rows(self._reader.name, asked)
            except SkipRecord as error:
                # Without the look-up a create could make a second record: rather write nothing.
                raise StopSystem(
                    f"records cannot be looked up by {field}",
                    system=error.system,
                    stream=self._reader.name,
                    code=error.code,
                    cure=f"Give the object a custom text field {field} that the acting employee sees, or correct "
                    "binding_field, mail_fields or phone_fields.",
                ) from None

    def _found(self, lookup: Lookup, row: Row, by: Literal["binding_id", "mail", "phone"]) -> Found:
        return Found(lookup.write_id, id_of(row), by, self._reader.record(row))
