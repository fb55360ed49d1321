"""The words that these pages have for what the hub calls by a code. Room: console; pure.

English, marked for translation; a code that is not here is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.web.frame.texts import N_

KINDS: Final[Mapping[str, str]] = {
    "duplicate": N_("Duplicate?"),
    "value": N_("Which value?"),
    "write": N_("A write"),
    "returned": N_("Returned?"),
}
QUESTIONS: Final[Mapping[str, str]] = {
    "duplicate": N_("Are these one customer?"),
    "value": N_("Which value shall stand?"),
    "write": N_("What shall become of this write?"),
    "returned": N_("Is this customer back?"),
}
WHYS: Final[Mapping[str, str]] = {
    "band": N_("Much speaks for it, but not enough to merge by itself"),
    "against": N_("It would join records that speak strongly against each other"),
    "too_large": N_("Together the profile would grow beyond the model's limit"),
    "cannot": N_("A steward keeps two of their records apart"),
    "concurrent": N_("Two people changed it, neither knowing of the other"),
    "not_owner": N_("Somebody changed it who does not own it"),
    "cleared": N_("Somebody emptied it"),
    "widened": N_("Somebody agreed who did not know of the refusal"),
    "spoke_again": N_("People deleted it there, and the customer has been heard of again since"),
    "oscillates": N_("What the hub writes is turned back there each time; it is left alone until somebody decides"),
}
STATES: Final[Mapping[str, str]] = {
    "equal": N_("same"),
    "normalised": N_("same, written differently"),
    "partly": N_("partly the same"),
    "different": N_("differs"),
    "one_sided": N_("only one has it"),
    "empty": N_("nobody has it"),
}
DECISIONS: Final[Mapping[str, str]] = {
    "match": N_("merged"),
    "no_match": N_("not a match"),
    "value": N_("a value was chosen"),
    "pin": N_("a value was pinned"),
    "pick": N_("a value was chosen"),
    "restore": N_("the customer is back"),
    "dismiss": N_("dismissed"),
}
ACTS: Final[Mapping[str, str]] = {
    "joined": N_("merged"),
    "kept_apart": N_("kept apart"),
    "split": N_("split"),
    "set": N_("set a value"),
    "called_back": N_("said that the customer is back"),
    "dismissed": N_("dismissed the question"),
    "deferred": N_("put the question off"),
    "commented": N_("commented"),
    "deletion_requested": N_("asked for the deletion"),
}
SUGGESTIONS: Final[Mapping[str, str]] = {
    "match": N_("The evidence is nearer to a match."),
    "no_match": N_("The evidence is nearer to two customers."),
    "pick": N_("Candidate 1 is what the field's rules would keep."),
    "dismiss": N_("There is nothing left to decide."),
}
RULES: Final[Mapping[str, str]] = {
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
}
MODES: Final[Mapping[str, str]] = {
    "report": N_("planned only: this system is not written to yet"),
    "fill": N_("only empty fields are filled"),
    "update": N_("fields are changed, no records are made"),
    "create": N_("fields are changed and records made"),
}
REFUSALS: Final[Mapping[str, str]] = {
    "closed": N_("%(by)s was quicker: %(decision)s, %(at)s. Nothing of yours was kept."),
    "in_hand": N_("%(by)s is working on this until %(until)s. Take another one, or wait."),
    "changed_since": N_("What this is about has changed since you opened it. Look again; nothing of yours was kept."),
    "obsolete": N_("This question no longer stands: its grounds have gone."),
    "no_such_review": N_("There is no such question."),
    "empty": N_("That record shows nothing in this field. Pick another, or type the value."),
    "asked_already": N_("%(by)s has asked for this already."),
    "wrong_value": N_("That is no value for this field. Nothing was kept."),
}
RECORD_STATES: Final[Mapping[str, str]] = {
    "live": N_("live"),
    "orphan": N_("deleted there"),
    "merged": N_("merged away there"),
}
LEVELS: Final[Mapping[str, str]] = {
    "prior": N_("before looking: two records of this base by chance"),
    "missing": N_("one side has nothing"),
    "else": N_("anything else"),
    "equal": N_("equal"),
    "equal mobile": N_("equal mobile number"),
    "equal extension": N_("equal extension"),
    "other extension": N_("other extension"),
    "own number": N_("a number of one's own"),
    "shared number": N_("a shared number"),
    "mistyped mobile": N_("a mobile number one digit off"),
    "other mobile": N_("other mobile number"),
    "equal mailbox": N_("equal mailbox"),
    "shared mailbox": N_("a shared mailbox"),
    "mistyped mailbox": N_("a mailbox one letter off"),
    "two mailboxes at one employer": N_("two mailboxes at one employer"),
    "other mailbox": N_("other mailbox"),
    "pinyin_equal": N_("equal in pinyin"),
    "one_char": N_("one character off"),
    "jaro_winkler": N_("much alike"),
    "jaro_winkler given": N_("given names much alike"),
    "equal district": N_("equal district"),
    "other given name at the same mobile and mailbox": N_("other given name, but the same mobile and mailbox"),
    "other given name at the same mobile and employer": N_("other given name, but the same mobile and employer"),
    "swapped": N_("names in the other order"),
    "nickname": N_("a nickname"),
    "initials": N_("equal initials"),
    "other given name": N_("other given name"),
    "only the family name known": N_("only the family name is known"),
    "equal company": N_("equal company"),
    "equal company core": N_("equal company but for place and form"),
    "same mailbox": N_("the same mailbox has spoken already"),
    "equal mail domain": N_("equal mail domain"),
    "equal USCC": N_("equal USCC"),
    "other USCC": N_("other USCC"),
    "equal core, other place": N_("equal brand, other place"),
    "branch": N_("a branch"),
    "equal name and place": N_("equal name and place"),
    "equal name, other form": N_("equal name, other legal form"),
    "equal full name": N_("equal full name"),
    "equal brand": N_("equal brand"),
    "equal core": N_("equal brand and trade"),
    "brand alone": N_("the brand alone"),
    "other script, same sound": N_("other script, same sound"),
    "other script": N_("other script"),
    "other name": N_("other name"),
    "equal domain and number": N_("equal domain and number"),
    "equal domain": N_("equal domain"),
    "equal number": N_("equal number"),
    "equal street and door": N_("equal street and door"),
    "equal city": N_("equal city"),
}
COMPARED: Final[Mapping[str, str]] = {
    "prior": N_("Starting point"),
    "phones": N_("Phones"),
    "emails": N_("E-mails"),
    "name": N_("Name"),
    "work": N_("Work"),
    "reach": N_("Reach"),
    "address": N_("Address"),
    "birthday": N_("Birthday"),
    "uscc": N_("USCC"),
}
OUTCOMES: Final[Mapping[str, str]] = {
    "auto": N_("merge by itself"),
    "review": N_("ask a steward"),
    "apart": N_("stay apart"),
}
BLOCKED: Final[Mapping[str, str]] = {
    "overflow": N_("no room for another value"),
    "in_review": N_("a field waits for a decision"),
    "maybe_there": N_("it may be there under another profile"),
    "deleted_there": N_("it was deleted there"),
    "not_contactable": N_("no name with a phone or mail"),
    "rejected_before": N_("the system refused it before"),
    "fuse": N_("too many writes within the hour"),
    "on_its_way": N_("a write is on its way"),
    "retry_later": N_("a write waits to be tried again"),
    "mapping_not_applied": N_("an edited mapping has yet to be applied"),
    "in_use": N_("another record of the customer uses the value"),
    "create_condition": N_("the condition for making a record does not hold"),
    "create_only": N_("records of this stream are made, and then left to their people"),
    "never_blank": N_("the field is never left empty"),
    "oscillates": N_("what the hub writes is turned back there each time"),
    "undone": N_("a write there was taken back"),
}
RELATIONS: Final[Mapping[str, str]] = {
    "employer": N_("employer"),
    "customer": N_("customer"),
    "company": N_("company"),
    "became": N_("became"),
    "parent": N_("parent company"),
}
EVENTS: Final[Mapping[str, str]] = {
    "created": N_("made"),
    "changed": N_("changed"),
    "restored": N_("lives again"),
    "merged": N_("merged into another"),
    "joined": N_("joined by a steward"),
    "records_joined": N_("records came"),
    "kept_apart": N_("kept apart"),
    "split": N_("split"),
    "set": N_("a value was set"),
    "called_back": N_("said to be back"),
    "dismissed": N_("a question was dismissed"),
    "deletion_requested": N_("deletion asked for"),
    "undone": N_("taken back"),
    "first_sight": N_("seen for the first time"),
    "observed": N_("people changed it"),
    "shown_after_push": N_("shown after a push"),
    "reformatted": N_("reformatted by its system"),
    "read_by_a_new_mapping": N_("read by a new mapping"),
    "came_with_the_record": N_("came with a record that the hub made"),
    "write_planned": N_("write planned"),
    "write_sending": N_("write on its way"),
    "write_confirmed": N_("written"),
    "write_unknown": N_("write of unknown outcome"),
    "write_retry_at": N_("write waits to be tried again"),
    "write_rejected": N_("write refused"),
    "write_dismissed": N_("write dismissed"),
    "write_superseded": N_("write replaced by a newer one"),
}
