"""Passwords: how they are kept (argon2id) and which ones are taken. Room: console; pure but for the salt's chance.

Rules after NIST SP 800-63B-4 and OWASP ASVS 5: length alone counts, any characters are taken, nothing expires, and what
everybody tries first is refused.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from itertools import pairwise
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from console.access.common_passwords import is_common

SHORTEST: Final = 15
"""Characters; what NIST asks of passwords that may be the only factor."""
LONGEST: Final = 256
_FEWEST_LETTERS: Final = 6
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's setting for argon2id: 19 MiB, two passes."""
_NOBODYS: Final = _hasher.hash("nobody signs in with this")


class Weak(StrEnum):
    """Why a password is not taken."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    NAMED = "named"


def kept(password: str) -> str:
    """Return the text by which a password is known again."""
    return _hasher.hash(_normal(password))


def is_right(kept_as: str | None, password: str) -> bool:
    """Return whether a password is the one that was kept; takes as long where nothing was kept."""
    try:
        right = _hasher.verify(kept_as or _NOBODYS, _normal(password[: LONGEST * 4]))
    except (VerificationError, InvalidHashError):
        return False
    return right and kept_as is not None


def is_old(kept_as: str) -> bool:
    """Return whether a password was kept with weaker settings than those of now."""
    return _hasher.check_needs_rehash(kept_as)


def weakness(password: str, *, names: tuple[str, ...] = ()) -> Weak | None:
    """Return why a password is not taken, None where it is; *names* of the user and the hub make a poor one."""
    said = _normal(password)
    if len(said) < SHORTEST:
        return Weak.SHORT
    if len(said) > LONGEST:
        return Weak.LONG
    folded = said.casefold()
    if len(set(folded)) < _FEWEST_LETTERS or _is_run(folded) or _repeats(folded) or is_common(folded):
        return Weak.COMMON
    left = folded
    for name in names:
        left = left.replace(name.casefold(), "") if name else left
    return Weak.NAMED if len(left) < SHORTEST // 2 else None


def _normal(password: str) -> str:
    """One form of each letter, so that every keyboard types the same password."""
    return unicodedata.normalize("NFKC", password)


def _is_run(text: str) -> bool:
    """Whether it only counts up or down: 123456789012345, abcdefghijklmno."""
    steps = {(ord(b) - ord(a)) % 10 if a.isdigit() and b.isdigit() else ord(b) - ord(a) for a, b in pairwise(text)}
    return len(steps) == 1


def _repeats(text: str) -> bool:
    """Whether it is one piece over and over: passwordpassword, given given given."""
    return any(text[size:] == text[:-size] for size in range(1, len(text) // 2 + 2))
