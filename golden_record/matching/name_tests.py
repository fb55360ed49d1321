"""How two persons' names agree: by sound, in another order, by initials, by nickname.

Room: golden_record, the pure half. See `levels.When` for what each test promises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from golden_record.matching.evidence import Values
from golden_record.matching.level_test import NO_TEXT, READINGS, Agreement, LevelTest, Test

MOST_INITIALS = 2
"""Letters that count as initials; three are a short name."""


def pinyin_equal(level: LevelTest) -> Test:
    """Return the test for a shared reading."""
    of = level.of

    def test(a: Values, b: Values) -> Agreement:
        if len(a) == 1 == len(b):
            one, other = a[0].get(of), b[0].get(of)
            if not one or not other:
                return None
            if READINGS not in one and READINGS not in other:
                return (one,) if one == other else None
        shared = _readings(a, of) & _readings(b, of)
        return tuple(sorted(shared)) if shared else None

    return test


def _readings(values: Values, of: str) -> set[str]:
    return {reading for value in values for reading in value.get(of, "").split(READINGS)} - {""}


def swapped(_level: LevelTest) -> Test:
    """Return the test for family and given name in each other's place, or the same words in another order."""

    def holds(a: Mapping[str, str], b: Mapping[str, str]) -> bool:
        family, given = a.get("family"), a.get("given")
        if family and given and family == b.get("given") and given == b.get("family"):
            return True
        ordered = a.get("sorted")
        return bool(ordered) and ordered == b.get("sorted") and a.get("key") != b.get("key")

    return _of_names(holds)


def initials(_level: LevelTest) -> Test:
    """Return the test for a given name that is written as initials on one side."""

    def holds(a: Mapping[str, str], b: Mapping[str, str]) -> bool:
        return _same_family(a, b) and (_shortens(a, b) or _shortens(b, a))

    return _of_names(holds)


def _shortens(short: Mapping[str, str], long: Mapping[str, str]) -> bool:
    """Whether the first one's given name is nothing but initials of the other's: J. or J.P. for John Paul."""
    return any(letters in long_for(long) for letters in short_for(short))


def short_for(name: Mapping[str, str]) -> tuple[str, ...]:
    """Return the initials that a given name consists of, bare; none where it is written out."""
    letters = name.get("given", "").replace(".", "").replace(" ", "").casefold()
    return (letters,) if letters and len(letters) <= MOST_INITIALS and letters.isascii() else ()


def long_for(name: Mapping[str, str]) -> tuple[str, ...]:
    """Return every way in which a given name may be shortened to initials."""
    full = name.get("given", "")
    folded = full.casefold()
    firsts = "".join(word[0] for word in folded.replace("-", " ").split())
    ways = {firsts[:1], firsts[:MOST_INITIALS], folded[:1]} - {""}
    return tuple(sorted(way for way in ways if len(full.replace(".", "")) > len(way)))


def other_given(_level: LevelTest) -> Test:
    """Return the test for given names that differ and are not each other's family name."""

    def holds(a: Mapping[str, str], b: Mapping[str, str]) -> bool:
        one, other = a.get("given"), b.get("given")
        if not one or not other or one == other:
            return False
        return one != b.get("family") and other != a.get("family")

    return lambda a, b: NO_TEXT if a and b and all(holds(one, other) for one in a for other in b) else None


def nickname(level: LevelTest) -> Test:
    """Return the test for two forms of one given name."""
    of = level.of

    def holds(a: Mapping[str, str], b: Mapping[str, str]) -> bool:
        if not _same_family(a, b):
            return False
        names_a = {*a.get(of, "").split(), a.get("given", "")} - {""}
        names_b = {*b.get(of, "").split(), b.get("given", "")} - {""}
        return not names_a.isdisjoint(names_b)

    return _of_names(holds)


def _same_family(a: Mapping[str, str], b: Mapping[str, str]) -> bool:
    family = a.get("family")
    return bool(family) and family == b.get("family")


def _of_names(holds: Callable[[Mapping[str, str], Mapping[str, str]], bool]) -> Test:
    def test(a: Values, b: Values) -> Agreement:
        return NO_TEXT if any(holds(one, other) for one in a for other in b) else None

    return test
