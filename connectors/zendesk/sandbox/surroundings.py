"""What stands around the customers of an account: tickets of a user, memberships, groups, brands, fields of tickets.

The hub asks for none of it; other clients of the account do.
"""

from __future__ import annotations

from collections import Counter

from connectors.zendesk.sandbox import reads
from connectors.zendesk.sandbox.account import ORGANIZATIONS, USERS, Account, texts
from connectors.zendesk.sandbox.wire import Answer, Ask, Handler, Json, not_found, stamp

GROUP, BRAND = 4_100_001, 4_200_001
FIXED = (
    *("groups", "group_memberships", "brands", "ticket_fields", "ticket_forms", "ticket_metrics", "ticket_audits"),
    *("custom_roles", "macros", "triggers", "automations", "views", "slas/policies"),
    *("activities", "recipient_addresses", "sharing_agreements", "skips", "suspended_tickets", "targets"),
    *("channels/voice/phone_numbers", "dynamic_content/items"),
    *("macros/active", "triggers/active", "automations/active", "views/active"),
)
"""Lists whose rows never change; those without a row below are empty in this account."""
_TICKET_FIELDS = {"subject": "subject", "description": "description", "status": "status", "priority": "priority"}


_OF_GROUPS: Json = {"description": "", "default": True, "deleted": False, "is_public": True}
_OF_BRANDS: Json = {
    "active": True,
    "default": True,
    "is_deleted": False,
    "has_help_center": False,
    "help_center_state": "disabled",
    "ticket_form_ids": [],
    **dict.fromkeys(("host_mapping", "logo", "signature_template")),
}
_OF_FIELDS: Json = {
    "key": None,
    "active": True,
    "required": False,
    "removable": False,
    "collapsed_for_agents": False,
    "visible_in_portal": True,
    "editable_in_portal": True,
    "required_in_portal": False,
    "regexp_for_validation": None,
    "agent_description": None,
    "tag": None,
    "agent_can_edit": True,
}


def _titled(title: str) -> Json:
    both = dict.fromkeys(("title", "raw_title", "title_in_portal", "raw_title_in_portal"), title)
    return {**both, "description": title, "raw_description": title}


def organizations(account: Account, ask: Ask) -> Answer:
    """`GET /users/{id}/organizations`: the default one, where there is one."""
    _insist(account, USERS, ask.ids["id"])
    user = account.live(USERS, ask.ids["id"])
    own = str(user.values.get("organization_id") or "") if user else ""
    return reads.paged(account, ask, ORGANIZATIONS, [own] if account.live(ORGANIZATIONS, own) else [])


def count_members(account: Account, ask: Ask) -> Answer:
    """`GET /organizations/{id}/users/count`."""
    _insist(account, ORGANIZATIONS, ask.ids["id"])
    known = (account.live(USERS, one) for one in account.alive(USERS))
    mine = sum(1 for one in known if one and str(one.values.get("organization_id")) == ask.ids["id"])
    return Answer(body={"count": {"value": mine, "refreshed_at": stamp(account.clock.now())}})


def requested(account: Account, ask: Ask) -> Answer:
    """`GET /users/{id}/tickets/requested`."""
    _insist(account, USERS, ask.ids["id"])
    tickets = account.book.all("tickets")
    mine = [one.record_id for one in tickets if str(one.values.get("requester_id")) == ask.ids["id"]]
    return reads.paged(account, ask, "tickets", [one for one in account.alive("tickets") if one in set(mine)])


def comments(account: Account, ask: Ask) -> Answer:
    """`GET /tickets/{id}/comments`: the account keeps none."""
    _insist(account, "tickets", ask.ids["id"])
    return _list(account, ask, "comments", [])


def audits(account: Account, ask: Ask) -> Answer:
    """`GET /tickets/{id}/audits`: the ticket's creation; the account keeps no other event of it."""
    ticket = account.live("tickets", ask.ids["id"])
    if ticket is None:
        raise not_found()
    author = ticket.values.get("requester_id")
    number = account.identity_id(ticket.record_id, "audit", "create")
    events = [
        {
            "id": account.identity_id(ticket.record_id, "event", "comment"),
            "type": "Comment",
            "author_id": author,
            "body": str(ticket.values.get("subject") or ""),
            "public": True,
            "attachments": [],
        },
        {
            "id": account.identity_id(ticket.record_id, "event", "status"),
            "type": "Create",
            "field_name": "status",
            "value": "new",
        },
    ]
    row: Json = {
        "id": number,
        "ticket_id": int(ticket.record_id),
        "author_id": author,
        "created_at": stamp(ticket.created_at),
        "metadata": {"system": {}, "custom": {}},
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        "events": events,
    }
    return _list(account, ask, "audits", [row])


def memberships(account: Account, ask: Ask) -> Answer:
    """`GET /organization_memberships`, of all users or of one: each user's default organization."""
    users = account.alive(USERS)
    if "id" in ask.ids:
        _insist(account, USERS, ask.ids["id"])
        users = [ask.ids["id"]]
    rows: list[Json] = []
    for record_id in users:
        stored = account.live(USERS, record_id)
        organization = stored.values.get("organization_id") if stored else None
        if stored is not None and account.live(ORGANIZATIONS, organization) is not None:
            times = {"created_at": stamp(stored.created_at), "updated_at": stamp(stored.modified_at)}
            key = account.identity_id(record_id, "organization", str(organization))
            ids = {"id": key, "user_id": int(record_id), "organization_id": int(str(organization))}
            rows.append({**ids, "default": True, **times})
    return _list(account, ask, "organization_memberships", rows)


def members(account: Account, ask: Ask) -> Answer:
    """`GET /organizations/{id}/users`."""
    _insist(account, ORGANIZATIONS, ask.ids["id"])
    known = ((one, account.live(USERS, one)) for one in account.alive(USERS))
    mine = [one for one, stored in known if stored and str(stored.values.get("organization_id")) == ask.ids["id"]]
    return reads.paged(account, ask, USERS, mine)


def tags(account: Account, ask: Ask) -> Answer:
    """`GET /tags`: the most used ones, with how often."""
    counted = Counter(tag for one in account.book.all(USERS) for tag in texts(one.values.get("tags")))
    return _list(account, ask, "tags", [{"name": name, "count": count} for name, count in counted.most_common()])


def settings(account: Account, ask: Ask) -> Answer:
    """`GET /account/settings`."""
    del ask
    active = {"user_org_fields": True, "ticket_forms": False, "organization_access_enabled": True}
    return Answer(
        body={"settings": {"active_features": active, "brands": {"default_brand_id": BRAND}, "url": _url(account)}}
    )


def fixed(name: str) -> Handler:
    """Return the handler of a list whose rows never change: groups, brands, ticket fields, roles."""

    def handle(account: Account, ask: Ask) -> Answer:
        since = stamp(account.clock.now().replace(month=1, day=1, hour=0, minute=0, second=0))
        times, base = {"created_at": since, "updated_at": since}, account.options.base_url
        rows: dict[str, list[Json]] = {
            "groups": [{"id": GROUP, "name": "Support", **_OF_GROUPS, **times}],
            "group_memberships": [
                {"id": GROUP + 1, "user_id": int(account.me_id or 0), "group_id": GROUP, "default": True, **times}
            ],
            "brands": [{"id": BRAND, "name": "Acme", "subdomain": "acme", **_OF_BRANDS, "brand_url": base, **times}],
            "ticket_fields": [
                {"id": BRAND + at, "type": kind, "position": at, **_titled(key.title()), **_OF_FIELDS, **times}
                for at, (key, kind) in enumerate(_TICKET_FIELDS.items(), 1)
            ],
        }
        return _list(
            account,
            ask,
            name.removesuffix("/active").replace("slas/", "sla_").rpartition("/")[2],
            [{"url": f"{_url(account)}/{name}/{row['id']}.json", **row} for row in rows.get(name, [])],
        )

    return handle


def _url(account: Account) -> str:
    return f"{account.options.base_url}/api/v2"


def _list(account: Account, ask: Ask, name: str, rows: list[Json]) -> Answer:
    return reads.in_pages(account, ask, name, rows, lambda page: page)


def _insist(account: Account, stream: str, record_id: str) -> None:
    if account.live(stream, record_id) is None:
        raise not_found()
