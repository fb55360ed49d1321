"""Seal personal data at rest, and make the keyed hashes by which it is found again.

AES-256-GCM with a key id in front, so that keys rotate, and the place (table.column) and row as associated data,
so that a sealed value cannot be moved to another row. Lookup keys are HMAC-SHA256 under a key of their own.
What stays visible in the database: that two hashes are equal, and how often (docs/decisions/0003-encryption.md).
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from golden_record.errors import KeyTrouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NONCE = 12
_NUMBERED = re.compile(r"k(\d+)")
_FORMAT = 1
KEY_BYTES = 32
"""AES-256 and HMAC-SHA256 both take 32 bytes."""


class Sealed(bytes):
    """Bytes that came from a vault; encrypted columns take nothing else."""

    __slots__ = ()


@dataclass(frozen=True)
class KeyRing:
    """*sealing*: key id -> key, *current* the one that new values are sealed with; *index*: the lookup key."""

    sealing: dict[str, bytes]
    current: str
    index: bytes

    @classmethod
    def mint(cls) -> KeyRing:
        """Make new keys."""
        return cls({"k1": secrets.token_bytes(KEY_BYTES)}, "k1", secrets.token_bytes(KEY_BYTES))

    @classmethod
    def parse(cls, text: str, where: str) -> KeyRing:
        """Read the JSON form; *where* names its place in error texts (never its content)."""
        try:
            said = json.loads(text)
            ring = cls(
                {name: base64.b64decode(key, validate=True) for name, key in said["sealing"].items()},
                said["current"],
                base64.b64decode(said["index"], validate=True),
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            raise KeyTrouble(f"{where} does not hold a crmhub key", "Restore the key from your backup") from None
        lengths = {len(key) for key in (*ring.sealing.values(), ring.index)}
        if lengths != {KEY_BYTES} or ring.current not in ring.sealing:
            raise KeyTrouble(f"{where} holds a damaged crmhub key", "Restore the key from your backup")
        return ring

    def with_new_key(self) -> KeyRing:
        """Return the ring with one more key, which is the current one; the older ones still open what they sealed."""
        numbers = (int(found[1]) for name in self.sealing if (found := _NUMBERED.fullmatch(name)))
        name = f"k{max(numbers, default=0) + 1}"  # never a name that was retired: the newest key is never retired
        return KeyRing({**self.sealing, name: secrets.token_bytes(KEY_BYTES)}, name, self.index)

    def without(self, names: frozenset[str]) -> KeyRing:
        """Return the ring without the keys of these names; the current one stays."""
        kept = {name: key for name, key in self.sealing.items() if name not in names or name == self.current}
        return KeyRing(kept, self.current, self.index)

    def to_text(self) -> str:
        """Return the JSON form."""
        sealing = {name: base64.b64encode(key).decode() for name, key in self.sealing.items()}
        said = {"sealing": sealing, "current": self.current, "index": base64.b64encode(self.index).decode()}
        return json.dumps(said, indent=1)


def load_key_ring(path: Path, environment_value: str | None) -> KeyRing:
    """Read the key ring from the environment's value where it is set, else from *path*.

    Raises:
        KeyTrouble: neither is there, or what is there is not a key ring.
    """
    if environment_value:
        return KeyRing.parse(environment_value, "the environment variable CRMHUB_KEY")
    try:
        return KeyRing.parse(path.read_text(), str(path))
    except FileNotFoundError:
        raise KeyTrouble(
            f"the key file {path} is not there",
            "Restore it from your backup, or set CRMHUB_KEY; without the key the stored data cannot be read",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyTrouble(f"the key file {path} cannot be read ({type(error).__name__})", "Check its mode") from None


def write_key_ring(path: Path, ring: KeyRing) -> None:
    """Write a new key file with mode 0600; never replaces one."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(ring.to_text())
        file.flush()
        os.fsync(file.fileno())


def replace_key_ring(path: Path, ring: KeyRing) -> None:
    """Put *ring* in the place of the key file at once: whoever reads it finds the old one or the new one, whole."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    write_key_ring(draft, ring)
    draft.replace(path)


class Vault:
    """Seals, opens and hashes with one key ring."""

    def __init__(self, ring: KeyRing, newer: Callable[[], KeyRing] | None = None) -> None:
        """*newer* reads the key ring again; it is called when a value turns up whose key was minted meanwhile."""
        self._newer, self._ring = newer, ring
        self._ciphers = {name.encode(): AESGCM(key) for name, key in ring.sealing.items()}
        self._seal_with(ring.current)
        self._index = ring.index

    @property
    def ring(self) -> KeyRing:
        """The keys, for another process of this program."""
        return self._ring

    def seal(self, place: str, row: bytes | str, value: Any) -> Sealed:  # noqa: ANN401 (any JSON value)
        """Return *value* (JSON) sealed for one row of one place (`table.column`)."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._current].encrypt(nonce, dump(value), _associated(place, row))
        return Sealed(self._head + nonce + sealed)

    def open(self, place: str, row: bytes | str, sealed: bytes) -> Any:  # noqa: ANN401 (any JSON value)
        """Return what was sealed.

        Raises:
            KeyTrouble: another key, another row, or damaged bytes.
        """
        return load(self._opened(place, row, sealed))

    def _opened(self, place: str, row: bytes | str, sealed: bytes) -> bytes:
        end = 2 + sealed[1]
        cipher = self._ciphers.get(bytes(sealed[2:end])) or self._learned(bytes(sealed[2:end]))
        try:
            return cipher.decrypt(
                bytes(sealed[end : end + _NONCE]), bytes(sealed[end + _NONCE :]), _associated(place, row)
            )
        except InvalidTag:
            raise KeyTrouble(
                f"a value in {place} cannot be opened: the key is another one or the row was tampered with",
                "Use the key that this store was made with",
            ) from None

    def _learned(self, name: bytes) -> AESGCM:
        """A key that another process has minted since this one started: read the key ring again, and seal with it."""
        ring = self._newer() if self._newer is not None else None
        if ring is None or name.decode(errors="replace") not in ring.sealing:
            raise KeyTrouble("a value was sealed with a key that is not in the key ring", "Restore the older key")
        self._ring = ring
        self._ciphers |= {key_id.encode(): AESGCM(key) for key_id, key in ring.sealing.items()}
        self._seal_with(ring.current)
        return self._ciphers[name]

    def _seal_with(self, current: str) -> None:
        name = current.encode()
        self._current, self._head = name, bytes([_FORMAT, len(name)]) + name

    def sealed_with(self, sealed: bytes) -> str:
        """Return the id of the key that a value was sealed with; its first bytes suffice."""
        return bytes(sealed[2 : 2 + sealed[1]]).decode()

    def seal_again(self, place: str, row: bytes | str, sealed: bytes) -> Sealed:
        """Return the same content sealed with the current key.

        Raises:
            KeyTrouble: it cannot be opened.
        """
        nonce = os.urandom(_NONCE)
        plain = self._opened(place, row, sealed)
        return Sealed(self._head + nonce + self._ciphers[self._current].encrypt(nonce, plain, _associated(place, row)))

    def digest(self, *parts: str, size: int = 16) -> bytes:
        """Return the keyed hash of *parts*, unambiguous however they are cut."""
        pieces: list[bytes] = []
        for part in parts:
            raw = part.encode("utf-8", "surrogatepass")
            pieces += (len(raw).to_bytes(4, "big"), raw)
        message = b"".join(pieces)
        return hmac.digest(self._index, message, sha256)[:size]

    def digest_bytes(self, message: bytes, size: int = 16) -> bytes:
        """Return the keyed hash of bytes."""
        return hmac.digest(self._index, message, sha256)[:size]


def dump(value: Any) -> bytes:  # noqa: ANN401 (any JSON value)
    """Return canonical JSON: sorted keys, no blanks; bears lone surrogates, which orjson refuses."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()


def load(raw: bytes) -> Any:  # noqa: ANN401 (any JSON value)
    """Return the value of JSON made by `dump`."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return json.loads(raw)


def _associated(place: str, row: bytes | str) -> bytes:
    return place.encode() + b"\0" + (row if isinstance(row, bytes) else row.encode())
