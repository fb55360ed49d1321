"""Sending one write: values in the API's forms, clearing in whichever way the tenant understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract import WriteRequest
from connectors.errors import SkipRecord
from connectors.fxiaoke.client import Client, Row
from connectors.fxiaoke.decide import IN_APPROVAL, POOLS
from connectors.fxiaoke.values import empty, not_offered, on_the_wire, same

Fields = dict[str, Any]
NO_SUCH_OPTION = "no-such-option"
"""Our code for a choice that is not in the object's description."""


class Sender:
    """Makes the calls of single writes.

    Whether null or an empty text clears a field is not documented. Null is tried first; where it is refused or does
    nothing, the empty text follows, and is used at once from then on.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._null_clears = True
        self._fields: dict[str, Mapping[str, Mapping[str, Any]]] = {}

    def send(self, stream: str, request: WriteRequest, before: Row) -> str:
        """Create or update; return the record's id ("" where the answer names none)."""
        if request.kind == "create":
            return self._create(stream, request)
        changed = {name: value for name, value in request.fields.items() if not same(before.get(name), value)}
        owner = changed.pop("owner", None)
        if changed:
            self._update(stream, str(request.record_id), changed, before)
        if owner:  # update would ignore it
            self._client.change_owner(stream, str(request.record_id), _listed(owner))
        return str(request.record_id)

    def clear_again(self, stream: str, sent: Sequence[tuple[WriteRequest, Row]]) -> list[str]:
        """Clear with an empty text what null has left standing; return the ids of the records concerned.

        *sent* are answered updates, each with the row as it shows now.
        """
        if not self._null_clears:
            return []
        again: list[str] = []
        for request, row in sent:
            standing = [name for name, value in request.fields.items() if empty(value) and not empty(row.get(name))]
            # What stands there must be what the clearing met, and no approval flow may be holding it back.
            old = [name for name in standing if same(row.get(name), request.expected.get(name, row.get(name)))]
            if not old or row.get("life_status") in IN_APPROVAL:
                continue
            try:
                self._client.update(stream, str(request.record_id), {name: _blank(row.get(name)) for name in old})
            except SkipRecord:
                continue  # neither way clears it: the result will say that the value was not taken
            again.append(str(request.record_id))
        self._null_clears = not again
        return again

    def _create(self, stream: str, request: WriteRequest) -> str:
        values = self._written(stream, {name: value for name, value in request.fields.items() if not empty(value)})
        if request.binding_id:
            values[self._client.settings.binding_field] = request.binding_id
        if not values.keys() & (POOLS | {"owner"}):
            values["owner"] = [self._client.settings.owner or self._client.sign_in.acting()]
        return self._client.create(stream, values)

    def _update(self, stream: str, record_id: str, changed: Mapping[str, Any], before: Row) -> None:
        values = self._written(stream, changed)
        cleared = [name for name, value in changed.items() if empty(value)]
        blank = {name: _blank(before.get(name)) for name in cleared}
        if not cleared or not self._null_clears:
            self._client.update(stream, record_id, values | blank)
            return
        try:
            self._client.update(stream, record_id, values | dict.fromkeys(cleared))
        except SkipRecord:
            self._client.update(stream, record_id, values | blank)
            self._null_clears = False

    def _written(self, stream: str, values: Mapping[str, Any]) -> Fields:
        """Return values as the API takes them; the tenant's description is asked for once per object.

        Raises:
            SkipRecord: a choice that the tenant's field does not offer; gateways are said to refuse it, and one that
                took it would show people an empty field.
        """
        fields = self._fields_of(stream)
        for name, value in values.items():
            if wrong := not_offered(value, fields.get(name)):
                raise SkipRecord(
                    f"the field {name} offers no such choice ({wrong} of the values)",
                    system=self._client.system,
                    stream=stream,
                    code=NO_SUCH_OPTION,
                    cure="Correct the mapping's `values`: an option's value goes there, not its label "
                    "(crmhub discover); or add the option in Fxiaoke.",
                )
        return {name: on_the_wire(value, str(fields.get(name, {}).get("type", ""))) for name, value in values.items()}

    def _fields_of(self, stream: str) -> Mapping[str, Mapping[str, Any]]:
        if stream not in self._fields:
            try:
                fields = self._client.describe(stream)
            except SkipRecord:  # the app may write the object and not describe it: nothing is checked then
                fields = {}
            self._fields[stream] = {name: field for name, field in fields.items() if isinstance(field, dict)}
        return self._fields[stream]


def _blank(held: object) -> str | list[Any]:
    return [] if isinstance(held, list) else ""


def _listed(owner: object) -> list[str]:
    return [str(one) for one in owner] if isinstance(owner, list) else [str(owner)]
