"""The post that Zoho sends about a change of one record.

Room: connectors/zoho_crm sandbox; pure.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import orjson

from connectors.sandboxes.contract import Change, PostOut
from connectors.zoho_crm.sandbox.org import Org

OPERATIONS = {"create": "insert", "update": "update", "restore": "insert", "delete": "delete", "merge": "delete"}
CHANNEL = "1001"


def notification(org: Org, token: str, url: str, change: Change, channel: str = CHANNEL) -> PostOut | None:
    """Return the post for one change; API writes are told of too."""
    if change.stream not in org.modules:
        return None
    operation = OPERATIONS[change.kind]
    fields = sorted(change.fields) if operation == "update" else []
    body = {
        "server_time": int(change.at.timestamp() * 1000),
        "query_params": dict(parse_qsl(urlsplit(url).query)),
        "module": change.stream,
        "resource_uri": f"https://www.zohoapis.com/crm/v2/{change.stream}",
        "ids": [change.record_id],
        "affected_fields": [{change.record_id: fields}] if fields else [],
        "operation": operation,
        "channel_id": channel,
        "token": token,
    }
    return PostOut(url, {"Content-Type": "application/json"}, orjson.dumps(body))
