"""Build the simulator: credentials and ids follow from the seed."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.fxiaoke.sandbox.app import WRITES, Gateway
from connectors.fxiaoke.sandbox.desk import Gate, TokenDesk
from connectors.fxiaoke.sandbox.door import Door, Tenant
from connectors.fxiaoke.sandbox.events import EventPosts
from connectors.fxiaoke.sandbox.index import Shelves
from connectors.fxiaoke.sandbox.people import People
from connectors.fxiaoke.sandbox.render import fill, id_maker, identity_of, people_of
from connectors.fxiaoke.sandbox.rows import Caller
from connectors.fxiaoke.sandbox.switches import Switches
from connectors.sandboxes.book import RecordBook, Stored
from connectors.sandboxes.contract import Sandbox, SandboxOptions

_CODES = {401: 20016, 429: 30004, 403: 15003}
"""Which errorCode stands for an HTTP status that a fault asks for; others are the gateway's own trouble."""


def build(options: SandboxOptions) -> Sandbox:
    """Return one simulated tenant with the population in its objects."""
    chance = random.Random(f"fxiaoke {options.seed}")  # noqa: S311 (secrets of a simulator)
    tenant = _tenant(chance)
    switches = Switches(options.switches)
    people = People(tenant.ea[-4:].upper(), people_of(options.population))
    book = RecordBook(options.clock, id_maker(options.seed, options.clock.now))
    fill(book, options.population, people, options.seed)
    shelves = Shelves(book)
    shelves.bumps = switches["SIM_INVALID_BUMPS"] == "yes"
    tokens = TokenDesk(options.clock, lambda: f"{chance.getrandbits(128):032X}")
    gate = Gate(options.clock, switches, real=options.limits == "real")
    gateway = Gateway(Door(tenant, people, tokens, gate, switches), people, shelves, switches)
    return Sandbox(
        name="fxiaoke",
        app=gateway.app(),
        book=book,
        config=_block(options, tenant, people),
        identity_of=identity_of,
        company_streams=frozenset({"AccountObj"}),
        expire_tokens=tokens.expire,
        writes=lambda _method, path: path.rsplit("/", 1)[-1] in WRITES,
        post_event=EventPosts(tenant.ea, tenant.event_secret, switches).make,
        save_as_person=_Hands(gateway).save,
        row_refusal=lambda _method, _path: (
            200,
            {
                "errorCode": 201112011,
                "errorMessage": "数据[…]的字段[客户名称]关联关系不存在-201112011",
                "errorDescription": "数据[…]的字段[客户名称]关联关系不存在-201112011",
                "traceId": "E-O.injected",
            },
        ),
        error_body=lambda status: {
            "errorCode": _CODES.get(status, 50009),
            "errorMessage": "injected",
            "traceId": "sim",
        },
        keep=lambda: {"purged": sorted(map(list, shelves.purged))},
        recall=lambda kept: _recall(shelves, kept),
    )


class _Hands:
    """What people do in the product's own pages."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def save(self, stream: str, record_id: str | None, values: Mapping[str, Any], at: datetime) -> Stored:
        """Save what a person typed; a new record gets an owner and the system's own fields."""
        book, admin = self._gateway.shelves.book, self._gateway.people.admin
        if record_id is not None:
            return book.update(stream, record_id, {**values, "last_modified_by": [admin.open_id]}, by="people", at=at)
        own = self._gateway.desk.defaults(Caller(admin, numbers=False)) | {"owner": [admin.open_id]}
        typed = {name: value for name, value in values.items() if value is not None}
        return book.create(stream, own | typed, by="people", at=at)


def _tenant(chance: random.Random) -> Tenant:
    return Tenant(
        app_id=f"FSAID_{chance.getrandbits(48):012x}",
        app_secret=f"{chance.getrandbits(128):032x}",
        permanent_code=f"{chance.getrandbits(128):032X}",
        corp_id=f"FSCID_{chance.getrandbits(64):016X}",
        ea=f"demo{chance.getrandbits(16):04x}",
        event_secret=base64.b64encode(chance.randbytes(32)).decode(),
    )


def _block(options: SandboxOptions, tenant: Tenant, people: People) -> dict[str, Any]:
    """Return the whole block of hub.yaml; the push is only proposed, as `init` writes it."""
    return {
        "connector": "fxiaoke",
        "department": "sales",
        "config": {
            "base_url": options.base_url,
            **({} if options.limits == "real" else {"calls_per_20s": 0}),
            "app_id": tenant.app_id,
            "app_secret": tenant.app_secret,
            "permanent_code": tenant.permanent_code,
            "open_user_id": people.admin.open_id,
            "ea": tenant.ea,
            "event_secret": tenant.event_secret,
        },
        "streams": ["AccountObj", "ContactObj", "LeadsObj"],
    }


def _recall(shelves: Shelves, kept: Mapping[str, Any]) -> None:
    shelves.purged = {(str(stream), str(record_id)) for stream, record_id in kept.get("purged", ())}
    shelves.rebuild()
