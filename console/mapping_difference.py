"""What an edited mapping would change, for people. Room: console."""

from __future__ import annotations

from typing import Any

from console.say import line
from console.table import short, table
from flows.mapping_diff import Difference


def print_difference(found: Difference) -> None:
    """Print what would change, the counts first."""
    fetching = f", {found.to_fetch:,} of them from the system (for {', '.join(found.paths)})" if found.to_fetch else ""
    line(
        f"records   {found.records:,} would be read anew{fetching}; {found.changed_records:,} would show something else"
    )
    if found.to_fetch > found.fetched:
        line(f"          {found.fetched:,} were read from the system now as a sample; the rest is not known yet")
    for name, count in sorted(found.by_field.items()):
        line(f"          {name}: {count:,}")
    if found.record_items:
        rows = [(one["id"], one["field"], _values(one["old"]), _values(one["new"])) for one in found.record_items]
        table(("record", "field", "now", "then"), rows)
    counts = found.profiles
    line(f"profiles  {counts['changed']:,} would change, {counts['new']:,} be new, {counts['gone']:,} be merged away")
    if found.profile_items:
        rows = [(one["profile_id"], one["field"], short(one["old"]), short(one["new"])) for one in found.profile_items]
        table(("profile", "field", "now", "then"), rows)
    writes = found.writes
    line(
        f"writes    {writes['added']:,} more, {writes['changed']:,} other, {writes['dropped']:,} fewer than planned now"
    )
    planned = [
        (
            one["what"],
            one["system"],
            one["stream"],
            one["record_id"] or "new",
            name,
            short(each["old"]),
            short(each["new"]),
        )
        for one in found.write_items
        for name, each in one["fields"].items()
    ]
    if planned:
        table(("", "system", "stream", "record", "field", "old", "new"), planned)
    if found.trouble:
        line(f"error     {found.trouble}")
    line("Nothing was changed." if found else "Nothing would change.")


def _values(shown: list[dict[str, Any]]) -> str:
    return short([one["value"] if one["valid"] else f"{one['value']} (invalid)" for one in shown])
