"""Create up to 100 records of one module so that no repeat makes a second one.

Room: connectors/zoho_crm; calls through the client.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.contract import WriteRequest, WriteResult
from connectors.errors import StopSystem
from connectors.zoho_crm.client import Client
from connectors.zoho_crm.failures import BINDING_REFUSED
from connectors.zoho_crm.reading_back import Done, read_back
from connectors.zoho_crm.records import Records
from connectors.zoho_crm.results import Element, result_of
from connectors.zoho_crm.sameness import sent
from connectors.zoho_crm.sending import Sending, send


def create(client: Client, records: Records, batch: Sequence[WriteRequest]) -> Iterator[WriteResult]:
    """Yield a result for each of *batch*: an upsert on the binding id, then a read-back.

    Rows that carry another field which the organisation marks unique are inserted instead: the upsert would match on
    that field too and overwrite somebody's record unread; the insert is refused and names the record.
    """
    others = other_unique_fields(client, records)
    careful = [one for one in batch if others & one.fields.keys()]
    plain = [one for one in batch if not others & one.fields.keys()]
    upsert = {"duplicate_check_fields": [client.settings.binding_field]}
    ways = ((Sending("POST", records.module, "/upsert", upsert), plain), _insert(records, careful))
    return _sent(client, records, ways)


def insert(client: Client, records: Records, batch: Sequence[WriteRequest]) -> Iterator[WriteResult]:
    """As `create`, by plain inserts: what is there is left as it is, whoever made it."""
    return _sent(client, records, (_insert(records, batch),))


Way = tuple[Sending, Sequence[WriteRequest]]


def _insert(records: Records, batch: Sequence[WriteRequest]) -> Way:
    return Sending("POST", records.module), batch


def _sent(client: Client, records: Records, ways: Sequence[Way]) -> Iterator[WriteResult]:
    binding = client.settings.binding_field
    done: list[Done] = []
    stopped: StopSystem | None = None
    try:
        for sending, batch in ways:
            rows = [
                (one, {name: sent(value) for name, value in one.fields.items()} | {binding: one.binding_id})
                for one in batch
            ]
            for request, answer in send(client, sending, rows):
                if isinstance(answer, WriteResult):
                    yield answer
                elif (record_id := _ours(answer, binding)) is not None:
                    done.append((request, record_id, answer.saved))
                else:
                    # A unique value that another record holds is a sign of the customer, not one to do without.
                    yield result_of(request.write_id, answer, request.fields if answer.verdict == "rejected" else None)
    except StopSystem as error:
        stopped = error
    yield from read_back(records, done, binding_field=binding)
    if stopped is not None:
        raise stopped


def _ours(answer: Element, binding: str) -> str | None:
    """Return the record that is there now: just made, or by an earlier attempt with the same binding id."""
    if answer.verdict == "done":
        return answer.record_id
    collisions = [one for one in (answer, *answer.more) if one.verdict == "exists" and one.field == binding]
    return collisions[0].record_id if collisions else None


def other_unique_fields(client: Client, records: Records) -> set[str]:
    """Return the unique fields beside the binding field, having made sure that this one is there and unique.

    Zoho might take an unknown check field for none given, and would then match on Email instead.
    """
    unique = {field.api_name for field in records.fields() if field.unique}
    binding = client.settings.binding_field
    if binding not in unique:
        raise StopSystem(
            f"the field {binding} is missing or not unique",
            system=client.system,
            stream=records.module,
            code=BINDING_REFUSED,
            cure="Create it in Zoho as a unique text field (64), or name another in `binding_field`.",
        )
    return unique - {binding}
