"""How does a system reformat what is written to it? Told from what the hub wrote and read back. Pure.

Room: golden_record. A *habit* is a named transformation of a field's value (`upper`, `cut:20`); beside the habits stand
the exact pairs of written and shown values. Both serve one question: is what a record shows a form of a value, of the
system's own making, or a person's word? A habit never makes other digits or letters of a value: at most it drops some.
Why: docs/decisions/0038-habits.md.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from golden_record.elements import Element
from mapping.canonical import canonical

Alike = Callable[[str, str], bool]
"""Whether a system shows the second value (canonical) where the first was written."""

ENOUGH: Final = 2
"""Different values that must have been reformatted alike before a habit is taken for one."""
_CUT, _ROUNDED = "cut:", "rounded:"
_SHORTEST_CUT: Final = 8
"""Characters: a system that holds fewer holds codes, of which a shortened one is another."""
_BEYOND_BMP: Final = re.compile("[\U00010000-\U0010ffff]")
_SPACES: Final = re.compile(r"\s+")


def never(_written: str, _shown: str) -> bool:
    """Know of no habit."""
    return False


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(one for one in parts if not unicodedata.combining(one)))


_NAMED: Final[Mapping[str, Callable[[str], str]]] = {
    "spaces": lambda text: _SPACES.sub(" ", text).strip(),
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "first_upper": str.capitalize,
    "no_accents": _without_accents,
    "half_width": lambda text: unicodedata.normalize("NFKC", text),
    "no_symbols": lambda text: _BEYOND_BMP.sub("", text),
    "no_punctuation": lambda text: "".join(one for one in text if one.isalnum() or one.isspace()),
}
NAMES: Final = (*_NAMED, f"{_CUT}N", f"{_ROUNDED}N")
"""What habits are called: letters' case, spaces and signs; cut to N characters; rounded to N places."""


def apply(habit: str, written: str) -> str:
    """Return what a system with this habit shows of a value (canonical text); the same where it does not concern it."""
    if habit.startswith(_ROUNDED):
        return _rounded(written, int(habit.removeprefix(_ROUNDED)))
    if _structured(written):
        return written
    if habit.startswith(_CUT):
        return _cut(written, int(habit.removeprefix(_CUT)))
    return _NAMED[habit](written)


def habits_of(written: str, shown: str) -> frozenset[str]:
    """Return the habits that make *shown* of *written*; empty where they are the same, or no single one does."""
    if written == shown:
        return frozenset()
    places = len(shown.partition(".")[2])
    tried = (*_NAMED, f"{_CUT}{len(shown)}", f"{_ROUNDED}{places}")
    return frozenset(one for one in tried if apply(one, written) == shown)


def contradicts(habit: str, written: str, shown: str) -> bool:
    """Whether a system that showed *shown* where *written* was written has not got this habit."""
    expected = apply(habit, written)
    return expected not in (written, shown)


def is_form_of(written: str, shown: str) -> bool:
    """Whether *shown* can be a system's form of *written*: nothing in it is new, and no digit is another.

    Letters and digits of *shown* stand in *written* in the same order, whatever their case, width and accents, and its
    digits are all those of *written*, unless a text is cut. Anything else is another value: stored wrongly, or
    somebody's edit.
    """
    if written == shown:
        return True
    if habits_of(written, shown):
        return True
    whole, left = _letters(written), _letters(shown)
    if _digits(whole) != _digits(left):
        cut = len(left) >= _SHORTEST_CUT and any(one.isalpha() for one in left)
        return cut and whole.startswith(left)
    if not left or not any(one.isalpha() for one in left):
        return whole == left
    rest = iter(whole)
    return all(one in rest for one in left)


def pairs_of(
    sent: AbstractSet[str], shown: Sequence[Element], before: AbstractSet[str]
) -> tuple[tuple[str, str] | None, frozenset[str]]:
    """Tell what a confirmed write says of a system's habits.

    Args:
        sent: canonical values that were written to a field.
        shown: what the field was read back as.
        before: canonical values that it showed before.

    Returns:
        The written and the shown form of the one value that came back otherwise (None: none did, or more than one, so
        that nobody can say which became which); and the values that came back as they were written.
    """
    keys = {one.key for one in shown}
    lost, new = sent - keys, keys - sent - before
    pair = None
    if len(lost) == len(new) == 1:
        written, came = min(lost), min(new)
        pair = (written, came) if is_form_of(written, came) else None
    return pair, frozenset(sent & keys - before)


def as_shown(
    wanted: Sequence[Element], shown: Sequence[Element], pushed: AbstractSet[str], alike: Alike
) -> tuple[Element, ...]:
    """Return *wanted* with each value that the record shows in the system's own form replaced by that form.

    Args:
        wanted: what the profile says.
        shown: what the record shows.
        pushed: canonical values that the hub wrote there last, where nobody has changed the field since.
        alike: the system's habits in this field.
    """
    keys, stand = {one.key for one in wanted}, {one.key for one in shown}
    spare = [one for one in shown if one.key not in keys]
    found = []
    for one in wanted:
        if one.key in stand or not spare:
            found.append(one)
            continue
        form = next((other for other in spare if _is_its_form(one.key, other.key, pushed, alike)), None)
        if form is not None:
            spare.remove(form)
        found.append(form or one)
    return tuple(found)


def _is_its_form(written: str, shown: str, pushed: AbstractSet[str], alike: Alike) -> bool:
    return (written in pushed and is_form_of(written, shown)) or alike(written, shown)


# -------------------------------------------------------------------------------------------------- texts


def _structured(text: str) -> bool:
    """Whether a canonical value is a block or a list: no single text that a system could reformat."""
    return text[:1] in {"{", "["}


def _cut(text: str, length: int) -> str:
    """Cut to *length*; a value without a letter (a number, a code) is not cut: it would be another."""
    if length < _SHORTEST_CUT or len(text) <= length or not any(one.isalpha() for one in text):
        return text
    return text[:length]


def _rounded(text: str, places: int) -> str:
    if "." not in text:
        return text
    try:
        number = json.loads(text)
    except ValueError:
        return text
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return text
    try:
        found = Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    except InvalidOperation:
        return text
    return canonical(float(found) if places else int(found))


def _letters(text: str) -> str:
    """Return letters and digits alone, without case, width and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(one for one in plain if one.isalnum())


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdigit())
