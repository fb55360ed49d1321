"""Is the customer there already? By binding id (no index, at once), then by exact mail and phone (Zendesk's search).

The search index lags behind people's entries by up to minutes. Nothing is made twice for that: Zendesk itself refuses
a second user with the same mail. What the hub wrote carries a binding id, which is found at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from connectors.contract import Found, Lookup
from connectors.zendesk.client import BATCH
from connectors.zendesk.fields import EMAIL, texts
from connectors.zendesk.flights import pieces
from connectors.zendesk.reading import usable
from connectors.zendesk.records import ORGANIZATIONS, OTHER_EMAILS, OTHER_PHONES, USERS, is_staff, same_phone

if TYPE_CHECKING:
    from connectors.zendesk.client import Client
    from connectors.zendesk.reading import Reading

TERMS = 20
"""Terms in one search: some 700 characters of address, well below what servers take."""
NOBODY = "nobody@crmhub.invalid"

Records = list[dict[str, Any]]


class Lookups:
    """Finds records of one account."""

    def __init__(self, client: Client, reading: Reading) -> None:
        self._client, self._reading = client, reading
        self._joins: bool | None = None

    def find(self, lookups: Sequence[Lookup]) -> Iterator[Found]:
        """Yield what is there, each lookup at most once."""
        for stream in dict.fromkeys(one.stream for one in lookups):
            yield from self._find([one for one in lookups if one.stream == stream], stream)

    def in_the_way(self, stream: str, fields: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the record whose mail or name keeps a create from being made, where the search knows it yet."""
        if stream == ORGANIZATIONS:
            answer = self._client.get("organizations/search", {"name": str(fields.get("name") or "")}, stream=stream)
            found = [one for _, one in usable(self._client.system, stream, answer.get(stream))]
        else:
            found = [one for mail in _mails(fields) for one in self._with_mail([mail]).get(folded(mail), ())]
        return self._reading.marked(stream, found[0]) if found else None

    def holders(self, mails: Sequence[str]) -> dict[str, Records]:
        """Return the live customers who have a mail, as primary or further one, by the mail in lower case."""
        return self._with_mail(mails)

    def _find(self, lookups: list[Lookup], stream: str) -> Iterator[Found]:
        keys = [one.binding_id.upper() for one in lookups if one.binding_id]
        bound = self._reading.raw(stream, keys, by="external_ids")
        by_key = {
            str(one.get("external_id") or "").upper(): one for one in bound.values() if one.get("active") is not False
        }
        yield from self._told(lookups, "binding_id", lambda one: _listed(by_key.get(one.binding_id.upper())))
        left = [one for one in lookups if one.binding_id.upper() not in by_key]
        if stream != USERS or not left:
            return
        by_mail = self._with_mail([mail for one in left for mail in _mails(one.fields)])
        yield from self._told(
            left, "mail", lambda one: [x for m in _mails(one.fields) for x in by_mail.get(folded(m), ())]
        )
        left = [one for one in left if not any(by_mail.get(folded(mail)) for mail in _mails(one.fields))]
        by_phone = self._with_phone([phone for one in left for phone in _phones(one.fields)])
        yield from self._told(left, "phone", lambda one: [x for p in _phones(one.fields) for x in by_phone.get(p, ())])

    def _told(
        self, lookups: Sequence[Lookup], by: Literal["binding_id", "mail", "phone"], found: Callable[[Lookup], Records]
    ) -> Iterator[Found]:
        for one in lookups:
            for record in found(one)[:1]:
                yield Found(one.write_id, str(record["id"]), by, self._reading.marked(one.stream, record))

    def _with_mail(self, mails: Sequence[str]) -> dict[str, Records]:
        """Return the customers that have a mail, as primary or further one."""
        users = self._searched(EMAIL, list(dict.fromkeys(map(folded, mails))))
        held: dict[str, Records] = {}
        for user in users:
            for mail in dict.fromkeys(map(folded, [str(user.get(EMAIL) or ""), *texts(user.get(OTHER_EMAILS))])):
                held.setdefault(mail, []).append(user)
        return held

    def _with_phone(self, phones: Sequence[str]) -> dict[str, Records]:
        """Return the one customer who has a number; a shared number (a switchboard) says nothing about who it is."""
        users = self._searched("phone", list(dict.fromkeys(phones)))
        held: dict[str, Records] = {}
        for phone in phones:
            own = [one for one in users if any(same_phone(phone, number) for number in _phones(one))]
            held[phone] = own if len(own) == 1 else []
        return held

    def _searched(self, keyword: str, values: list[str]) -> Records:
        """Search for live end-users, many values in one call where the account joins them with `or`."""
        size = TERMS if len(values) > 1 and self._joins_values() else 1
        ids: dict[str, None] = {}
        for chunk in pieces(values, size):
            ids |= dict.fromkeys(self._hits(keyword, chunk))
        found = self._reading.raw(USERS, list(ids)).values()
        live = [one for one in found if one.get("active") is not False and not is_staff(one)]
        return [self._reading.whole(USERS, one) for one in live]

    def _hits(self, keyword: str, values: Sequence[str]) -> list[str]:
        query = " ".join(f'{keyword}:"{_quotable(value)}"' for value in values)
        answer = self._client.get("users/search", {"query": query, "per_page": BATCH}, stream=USERS)
        if answer.get("next_page") and len(values) > 1:  # more hits than a page: ask one by one
            return [hit for value in values for hit in self._hits(keyword, [value])]
        return [record_id for record_id, _ in usable(self._client.system, USERS, answer.get(USERS))]

    def _joins_values(self) -> bool:
        """Learn once whether a search for two mails finds the users of either: the vendor does not say.

        Asked with the hub's own user and with nobody.
        """
        if self._joins is None:
            me = self._client.me()
            own = str(me.get(EMAIL) or "")
            self._joins = bool(own) and str(me["id"]) in self._hits(EMAIL, [own, NOBODY])
        return self._joins


def _mails(fields: Mapping[str, Any]) -> list[str]:
    return [one for one in (*texts(fields.get(EMAIL)), *texts(fields.get(OTHER_EMAILS))) if "@" in one]


def _phones(fields: Mapping[str, Any]) -> list[str]:
    return [*texts(fields.get("phone")), *texts(fields.get(OTHER_PHONES))]


def folded(mail: str) -> str:
    """Return the form in which mails are compared."""
    return mail.strip().lower()


def _quotable(value: str) -> str:
    """Return *value* as it can stand in quotes in an address; lone surrogates cannot."""
    return value.replace('"', "").strip().encode("utf-8", "ignore").decode()


def _listed(record: dict[str, Any] | None) -> Records:
    return [record] if record else []
