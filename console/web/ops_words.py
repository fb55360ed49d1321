"""What codes of the store are called on the pages of ops, in the visitor's language. Room: console.

The English stands here; a code that is not listed (a connector's own, say) is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from console.web.frame.texts import N_, Texts

SYSTEM_STATES: Final = {
    "ok": N_("works"),
    "partly": N_("works in part"),
    "failing": N_("does not work"),
    "paused": N_("paused"),
    "quota": N_("calls used up"),
    "new": N_("not read yet"),
}
RUN_KINDS: Final = {
    "sync": N_("Sync"),
    "scheduled": N_("Scheduled sync"),
    "api": N_("Sync on demand"),
    "webhook": N_("Posted changes"),
    "push": N_("Push"),
    "plan": N_("Plan"),
    "measure": N_("Measure of quality"),
    "reconcile": N_("Reconcile"),
    "mapping_diff": N_("Trial of a mapping"),
    "undo": N_("Taking back"),
}
RUN_STATES: Final = {
    "waiting": N_("waits"),
    "running": N_("at work"),
    "ok": N_("done"),
    "partial": N_("done in part"),
    "failed": N_("failed"),
    "paused": N_("paused"),
}
STAGES: Final = {
    "read": N_("Read"),
    "changed": N_("Changed"),
    "invalid": N_("Invalid"),
    "matched": N_("Matched"),
    "planned": N_("Planned"),
    "written": N_("Written"),
    "confirmed": N_("Confirmed"),
    "rejected": N_("Rejected"),
}
PLAN_STATES: Final = {
    "making": N_("is being made"),
    "ready": N_("ready"),
    "failed": N_("failed"),
    "sent": N_("carried out"),
}
WRITE_STATES: Final = {
    "planned": N_("planned"),
    "sending": N_("on its way"),
    "confirmed": N_("confirmed"),
    "unknown": N_("outcome unknown"),
    "retry_at": N_("tried again later"),
    "rejected": N_("refused"),
    "dismissed": N_("given up"),
    "superseded": N_("overtaken"),
}
WRITE_KINDS: Final = {"create": N_("new record"), "update": N_("update"), "delete": N_("delete"), "merge": N_("merge")}
BLOCKED: Final = {
    "ceiling": N_("above the ceiling of one run"),
    "fuse": N_("the record was written too often within an hour"),
    "on_its_way": N_("an earlier write is still on its way"),
    "retry_later": N_("an earlier write waits to be tried again"),
    "mapping_not_applied": N_("not read yet under the edited mapping"),
    "rejected_before": N_("the system refused the same before"),
    "in_use": N_("another record of the customer holds the value"),
    "overflow": N_("more values than the system has places for"),
    "deleted_there": N_("people deleted the record there"),
    "not_contactable": N_("no name, or no way to reach the customer"),
    "maybe_there": N_("the system may have the customer already"),
    "in_review": N_("a steward is asked about it"),
    "invalid": N_("a value that cannot be used"),
    "too_long": N_("longer than the field holds"),
    "no_such_word": N_("the system has no such choice"),
    "create_condition": N_("the condition for making a record does not hold"),
    "create_only": N_("records of this stream are made, and then left to their people"),
    "never_blank": N_("the field is never left empty"),
    "oscillates": N_("what the hub writes is turned back there each time"),
    "undone": N_("a write there was taken back"),
    "kept_otherwise": N_("the system keeps what is written in a form of its own"),
    "no_delete": N_("the hub deletes nothing there"),
    "edited_since": N_("people have edited it since"),
    "referred_to": N_("other records there hang on it"),
}
NEEDS: Final = {
    "mapping_broken": N_("The mapping of %(system)s/%(name)s cannot be used"),
    "file_broken": N_("%(name)s was edited and cannot be used: what it said before goes on"),
    "hub_yaml": N_("%(name)s was edited: crmhub serve goes by it once it is restarted"),
    "system_failing": N_("%(system)s does not work"),
    "stream_stale": N_("%(system)s/%(name)s has not been read for too long"),
    "writes_refused": N_("Writes refused by %(system)s: %(number)s"),
    "writes_unknown": N_("Writes to %(system)s whose outcome is unknown: %(number)s"),
    "events_failed": N_("Posted changes of %(system)s that could not be worked off: %(number)s"),
    "drift": N_("The fields of %(system)s/%(name)s have changed"),
    "plan_to_approve": N_("A plan waits for a second person; its writes: %(number)s"),
    "reviews_overdue": N_("Overdue reviews: %(number)s"),
    "posts_stopped": N_("%(system)s has stopped posting its changes"),
    "paused": N_("%(system)s is paused by %(name)s"),
    "quota_low": N_("Calls that %(system)s has left (%(name)s): %(number)s"),
}
REVIEW_KINDS: Final = {
    "duplicate": N_("Possible duplicate"),
    "value": N_("Conflicting values"),
    "write": N_("Write in doubt"),
    "returned": N_("Returned record"),
    "deleted": N_("Deleted record"),
}
TRACE: Final = {
    "read": N_("Read"),
    "mapped": N_("Mapped"),
    "resolved": N_("Resolved"),
    "review": N_("Put to a steward"),
    "write": N_("Write"),
    "error": N_("Error"),
}
TRACE_WHAT: Final = {
    "first_seen": N_("seen for the first time"),
    "changed": N_("changed since it was read before"),
    "unchanged": N_("not changed in this run, or not read"),
    "unknown": N_("the hub does not know this record"),
    "gone": N_("no longer there: deleted or merged away"),
    "created": N_("a profile was made"),
    "restored": N_("the profile was restored"),
    "merged": N_("the profile was merged into another"),
    "records_joined": N_("records joined the profile"),
}
MODES: Final = {
    "report": N_("plans only"),
    "fill": N_("fills empty fields"),
    "update": N_("updates"),
    "create": N_("updates and creates"),
}
CHANGES: Final = {
    "added": N_("new field"),
    "removed": N_("field is gone"),
    "type": N_("type has changed"),
    "required": N_("is required now"),
    "choices": N_("choices have changed"),
    "read_only": N_("cannot be written any more"),
}
MAPPING_STATES: Final = {
    "in_force": N_("in force"),
    "waits": N_("edited: waits for the next sync"),
    "new": N_("waits for the first sync"),
    "refused": N_("refused"),
    "broken": N_("cannot be used"),
}
MAPPING_FILES: Final = {
    "own": N_("the project's own"),
    "shipped": N_("comes with the connector"),
    "none": N_("there is no file"),
}
LEFT_ALONE: Final = {
    "edited_since": N_("people have edited it since"),
    "gone": N_("the record is gone"),
    "deleted": N_("the hub takes back no delete: its people can restore it, where that system has a recycle bin"),
    "merged": N_("no system takes back a merge"),
    "no_longer_mapped": N_("the mapping has no such field any more"),
    "not_written_to": N_("the hub does not write to this system any more"),
    "created": N_("the hub made the record: it is not deleted, its department may do that"),
}
TRIAL: Final = {
    "plan": N_("what is planned now"),
    "copy": N_("the store is copied"),
    "records": N_("records are read anew"),
    "profiles": N_("profiles are resolved"),
    "writes": N_("writes are planned"),
}
TRIAL_WRITES: Final = {"added": N_("more"), "changed": N_("other"), "dropped": N_("no longer")}
MAPPING_NOTES: Final = {
    "if_empty": N_("written only where it is empty"),
    "shown": N_("filled by the system itself"),
}

RULES: Final = {
    "only": N_("the only value"),
    "owner": N_("its owner's"),
    "source_priority": N_("the most trusted system's"),
    "most_recent": N_("the newest"),
    "most_frequent": N_("what most say"),
    "most_complete": N_("the most complete"),
    "longest": N_("the longest"),
    "union": N_("all of them"),
    "minimum": N_("the smallest"),
    "maximum": N_("the largest"),
    "computed": N_("computed"),
    "smallest_source_key": N_("equal in all, by the record's name"),
    "pin": N_("pinned by a steward"),
    "steward": N_("a steward's word"),
    "on_create": N_("a constant of new records"),
    "undone": N_("taken back"),
    "valid": N_("the one that is a name"),
    "strictest": N_("a no stands"),
}

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "rule": RULES,
    "system": SYSTEM_STATES,
    "run_kind": RUN_KINDS,
    "run": RUN_STATES,
    "stage": STAGES,
    "plan": PLAN_STATES,
    "write": WRITE_STATES,
    "write_kind": WRITE_KINDS,
    "blocked": BLOCKED,
    "need": NEEDS,
    "review_kind": REVIEW_KINDS,
    "trace": TRACE,
    "trace_what": TRACE_WHAT,
    "mode": MODES,
    "change": CHANGES,
    "mapping": MAPPING_STATES,
    "mapping_file": MAPPING_FILES,
    "mapping_note": MAPPING_NOTES,
    "left_alone": LEFT_ALONE,
    "trial": TRIAL,
    "trial_write": TRIAL_WRITES,
}
TONES: Final = {
    "ok": "good", "partly": "warn", "failing": "bad", "paused": "info", "quota": "warn", "new": "",
    "partial": "warn", "failed": "bad", "running": "accent", "waiting": "accent",
    "ready": "good", "making": "accent", "sent": "info",
    "in_force": "good", "waits": "warn", "refused": "bad", "broken": "bad",
    "confirmed": "good", "rejected": "bad", "unknown": "warn", "retry_at": "warn", "sending": "accent",
}  # fmt: skip
"""Code of a state -> the tone of its badge."""


@dataclass(frozen=True, slots=True)
class Words:
    """Codes in a language: `words.of("run", "ok")`, and the tone of a state's badge."""

    texts: Texts

    def of(self, kind: str, code: str | None) -> str:
        """Return what a code is called; itself where it has no name."""
        found = WORDS[kind].get(code or "")
        return self.texts.say(found) if found is not None else (code or "")

    @staticmethod
    def tone(code: str | None) -> str:
        """Return the tone of a state's badge."""
        return TONES.get(code or "", "")
