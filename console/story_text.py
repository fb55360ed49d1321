"""A profile's story in sentences; the JSON of `crmhub profiles story` is beside it. Room: console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.say import line
from console.table import table, text_of

_WHY = {
    "first": "the first record of this customer",
    "earlier": "by an earlier decision: nothing that stands today ties it to the others",
    "system": "its system merged or converted it into",
    "hub": "the hub made it for this customer, beside",
}


def tell_story(found: Mapping[str, Any]) -> None:
    """Tell it: records, turns, decisions, and values with what lost to them."""
    line(f"{found['entity']} {found['profile_id']}, known since {found['created_at']}")
    for former in found["redirected_from"]:
        line(f"formerly {former}")
    line()
    line("Records, in the order in which they came:")
    for one in found["records"]:
        gone = "" if one["state"] == "live" else f" ({one['state']})"
        line(f"  {one['joined_at']}  {_name(one)}{gone}: {_why(one['because'])}")
    line()
    line("What happened to it:")
    for turn in found["turns"]:
        line(f"  {turn['at']}  {_turn(turn)}")
    for one in found["decisions"]:
        undone = f", undone by {one['undone_by']} at {one['undone_at']}" if one["undone_at"] else ""
        about = f" {', '.join(one['fields'])}" if one.get("fields") else ""
        line(f"  {one['at']}  {one['author']}: {one['kind']}{about}: {one['reason']} ({one['id']}{undone})")
    rows = [
        (name, text_of(lost["value"]), _name(lost), lost["at"], lost["lost_to"])
        for name, value in found["values"].items()
        for lost in value["losing"]
    ]
    if rows:
        line()
        line("Values that people gave and that do not show:")
        table(("field", "value", "from", "given at", "lost to"), rows)
    for review in found["reviews"]:
        line(f"In review: {review}")


def _why(because: Mapping[str, Any]) -> str:
    if because["kind"] == "evidence":
        return f"{because['bits']:+.1f} bits for one customer with {_name(because['with'])}"
    if because["kind"] == "steward":
        said = f"{because['author']} joined it with" if "author" in because else "a steward joined it with"
        reason = f": {because['reason']}" if because.get("reason") else ""
        return f"{said} {_name(because['with'])}{reason}"
    beside = f" {_name(because['with'])}" if "with" in because else ""
    return f"{_WHY[because['kind']]}{beside}"


def _turn(turn: Mapping[str, Any]) -> str:
    names = ", ".join(_name(one) for one in turn.get("records", ()))
    said = {
        "created": f"made from {names}",
        "records_joined": f"{names} came" + (f" from {turn['from']}" if turn.get("from") else ""),
        "merged": f"{turn['profile_id']} was merged into {turn.get('into')}",
        "restored": f"{turn['profile_id']} stands by itself again",
    }
    if turn["kind"] in said:
        return said[turn["kind"]]
    return f"{turn.get('author', 'a steward')}: {turn['kind']}" + (f" ({names})" if names else "")


def _name(record: Mapping[str, Any]) -> str:
    return "/".join(str(record[part]) for part in ("system", "stream", "id") if record.get(part))
