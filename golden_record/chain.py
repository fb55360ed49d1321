"""A chain of entries, each sealed with the hash of the one before: nothing noted can be changed or taken out unseen.

Room: golden_record, the pure half. The hash is keyed, so that whoever holds the database alone can forge no entry;
whoever holds the key as well is caught by a head that was noted elsewhere. What an entry says goes in as its
fingerprint, so that the chain can be checked after a person's data was erased from it (docs/decisions/0029-audit.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Keyed = Callable[[bytes], bytes]
"""A keyed hash of 32 bytes."""

HASH_BYTES = 32
NOBODY = bytes(HASH_BYTES)
"""What the first entry of a chain follows."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain: its number (0: there is none yet) and its hash."""

    number: int = 0
    hash: bytes = NOBODY

    def to_text(self) -> str:
        """Return the form that people note elsewhere.

        >>> Head(2, bytes(31) + b"*").to_text()[:8]
        '2:000000'
        """
        return f"{self.number}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read that form.

        Raises:
            ValueError: it is none.
        """
        number, _, digest = text.strip().partition(":")
        head = cls(int(number), bytes.fromhex(digest))
        if head.number < 0 or len(head.hash) != HASH_BYTES:
            raise ValueError("no head of a chain")
        return head


def fingerprint(keyed: Keyed, salt: bytes, content: Mapping[str, Any]) -> bytes:
    """Return the fingerprint of what an entry says; once *salt* is gone it tells nothing of it, whatever is guessed."""
    return keyed(b"fingerprint\0" + salt + b"\0" + _plain(content))


def following(keyed: Keyed, head: Head, facts: Mapping[str, Any], print_of_content: bytes) -> Head:
    """Return the head after one more entry; *facts* are what stands beside its content in the clear."""
    number = head.number + 1
    return Head(number, keyed(b"entry\0" + head.hash + number.to_bytes(8, "big") + print_of_content + _plain(facts)))


def _plain(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
