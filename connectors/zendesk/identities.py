"""Changing a user's mails and further phones.

A changed `email` of a user does not change the address: it adds a further identity. So an address is added, then made
primary; the old one stays or goes as the settings say. What is asked for already costs no call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors.errors import SkipRecord
from connectors.zendesk.failures import GONE
from connectors.zendesk.fields import EMAIL, same, texts
from connectors.zendesk.records import IDENTITIES, OTHER_EMAILS, OTHER_PHONES, USERS, id_of, same_phone

if TYPE_CHECKING:
    from connectors.zendesk.client import Client

_MAIL, _PHONE = "email", "phone_number"


@dataclass
class Refusals:
    """The values that Zendesk does not take for one user, by field: another user has them, or they are malformed."""

    values: dict[str, list[str]] = field(default_factory=dict)
    error: SkipRecord | None = None

    def note(self, name: str, value: str, error: SkipRecord) -> None:
        """Remember a refused value; the first refusal gives the reason."""
        self.values.setdefault(name, []).append(value)
        self.error = self.error or error


class Identities:
    """Carries out the changes of one account's users."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def change(self, user: Mapping[str, Any], fields: Mapping[str, Any]) -> Refusals:
        """Bring *user* (with its identities) to the mails and phones in *fields*; fields not named stay.

        Returns:
            The values that were refused; all others are there.

        Raises:
            SkipRecord: the user is gone.
            OutcomeUnknown, TryAgain, StopSystem: see connectors.errors.
        """
        refusals = Refusals()
        held = [one for one in user.get(IDENTITIES) or () if isinstance(one, dict)]
        if EMAIL in fields and not same(EMAIL, user.get(EMAIL), fields[EMAIL]):
            held = self._change_primary(user, held, fields[EMAIL], refusals)
        primary = user.get(EMAIL) if EMAIL in refusals.values else fields.get(EMAIL, user.get(EMAIL))
        if OTHER_EMAILS in fields:
            wanted = [one for one in texts(fields[OTHER_EMAILS]) if not same(EMAIL, one, primary)]
            rest = [one for one in held if one.get("type") == _MAIL and not same(EMAIL, one.get("value"), primary)]
            self._bring_to(user, _MAIL, rest, wanted, refusals)
        if OTHER_PHONES in fields:
            phone = fields.get("phone", user.get("phone")) or ""
            rest = [one for one in held if one.get("type") == _PHONE and not same_phone(one.get("value"), phone)]
            wanted = [one for one in texts(fields[OTHER_PHONES]) if not same_phone(one, phone)]
            self._bring_to(user, _PHONE, rest, wanted, refusals)
        return refusals

    def _change_primary(
        self, user: Mapping[str, Any], held: list[dict[str, Any]], mail: object, refusals: Refusals
    ) -> list[dict[str, Any]]:
        """Set, change or clear the primary mail; return the identities that are left. A refused one changes nothing."""
        old = [one for one in held if one.get("type") == _MAIL and same(EMAIL, one.get("value"), user.get(EMAIL))]
        if mail in (None, ""):
            return self._without(user, held, old)
        there = [one for one in held if one.get("type") == _MAIL and same(EMAIL, one.get("value"), mail)]
        new = there[0] if there else self._add(user, _MAIL, str(mail), EMAIL, refusals)
        if new is None:
            return held
        if user.get(EMAIL):
            self._client.send("PUT", f"{_place(user)}/{id_of(new)}/make_primary", stream=USERS, record_id=id_of(user))
        kept = held if there else [*held, new]
        return self._without(user, kept, old) if self._client.settings.replaced_mail == "delete" else kept

    def _bring_to(
        self,
        user: Mapping[str, Any],
        kind: str,
        held: list[dict[str, Any]],
        wanted: list[str],
        refusals: Refusals,
    ) -> None:
        name = OTHER_EMAILS if kind == _MAIL else OTHER_PHONES
        for value in wanted:
            if not any(same(name, [one.get("value")], [value]) for one in held):
                self._add(user, kind, value, name, refusals)
        self._without(user, held, [one for one in held if not any(same(name, [one.get("value")], [v]) for v in wanted)])

    def _add(
        self, user: Mapping[str, Any], kind: str, value: str, name: str, refusals: Refusals
    ) -> dict[str, Any] | None:
        """Add one identity; None where Zendesk does not take its value."""
        body = {"identity": {"type": kind, "value": value, "skip_verify_email": True}}
        try:
            answer = self._client.send("POST", _place(user), body, stream=USERS, record_id=id_of(user))
        except SkipRecord as refused:
            if refused.code == GONE:
                raise
            refusals.note(name, value, refused)
            return None
        identity = answer.get("identity")
        return identity if isinstance(identity, dict) else {"type": kind, "value": value}

    def _without(
        self, user: Mapping[str, Any], held: list[dict[str, Any]], removed: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        for one in removed:
            self._client.send("DELETE", f"{_place(user)}/{id_of(one)}", stream=USERS, record_id=id_of(user))
        return [one for one in held if one not in removed]


def _place(user: Mapping[str, Any]) -> str:
    return f"users/{id_of(user)}/identities"
