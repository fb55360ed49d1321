"""A file of sealed frames: written and read as a stream, and worthless to whoever lacks the key.

Room: golden_record, shell. Each file has a key of its own (HKDF-SHA256 of the key ring's current sealing key and a salt
in the head). A frame is compressed JSON under AES-256-GCM; its number is the nonce and the mark of the last frame is
associated data, so that frames can be neither swapped nor cut off unseen (the STREAM construction of Hoang,
Reyhanitabar, Rogaway and Vizár, 2015).

    head:   magic (14 bytes), length of the key's id (1 byte), the key's id, salt (16 bytes)
    frame:  length (4 bytes, big endian), last? (1 byte), sealed bytes
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from golden_record.errors import BackupUnusable, KeyTrouble
from golden_record.vault import KEY_BYTES, KeyRing, dump, load

MAGIC = b"crmhub-backup\n"
_SALT = 16
_LENGTH = 4
_NONCE = 12
MOST = 64 * 1024 * 1024
"""Bytes of the largest frame that is read: a damaged length must not take the machine's memory."""


class SealedWriter:
    """Writes frames to a new file of mode 0600, which has its name only when it is whole."""

    def __init__(self, path: Path, ring: KeyRing) -> None:
        """Raises BackupUnusable: there is such a file already, or its folder cannot be written."""
        self._path, self._draft = path, path.with_name(path.name + ".part")
        if path.exists():
            raise BackupUnusable(f"{path} is there already", "Give another name; a backup never replaces a file")
        salt, name = os.urandom(_SALT), ring.current.encode()
        try:
            self._file: BinaryIO = os.fdopen(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        except OSError as error:
            raise BackupUnusable(
                f"{path} cannot be written ({type(error).__name__})", "Name a folder that is there and yours"
            ) from None
        self._cipher = _cipher(ring.sealing[ring.current], salt)
        self._number = 0
        self._file.write(MAGIC + bytes([len(name)]) + name + salt)

    def write(self, frame: Any, *, last: bool = False) -> None:  # noqa: ANN401 (any JSON value)
        """Add one frame; *last* closes the sequence."""
        mark = b"\1" if last else b"\0"
        sealed = self._cipher.encrypt(self._number.to_bytes(_NONCE, "big"), zlib.compress(dump(frame)), mark)
        try:
            self._file.write(len(sealed).to_bytes(_LENGTH, "big") + mark + sealed)
        except OSError as error:
            raise self._no_room(error) from None
        self._number += 1

    def _no_room(self, error: OSError) -> BackupUnusable:
        what = f"{self._path} cannot be written to its end ({error.strerror})"
        return BackupUnusable(what, "Make room there, or name another place")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the file its name if all went well, else leave nothing behind."""
        if kind is not None:
            with suppress(OSError):  # closing writes what is left, on a disk that may be full
                self._file.close()
            self._draft.unlink(missing_ok=True)
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._draft.rename(self._path)
        except OSError as failed:  # a disk may fill at the very end: the last block is written only now
            with suppress(OSError):
                self._file.close()
            self._draft.unlink(missing_ok=True)
            raise self._no_room(failed) from None


def read_frames(path: Path, ring: KeyRing) -> Iterator[Any]:
    """Yield the frames of a file in their order, each checked before it is given.

    Raises:
        BackupUnusable: it is not there, is no backup, was cut off, or was changed.
        KeyTrouble: it was sealed with a key that the key ring lacks.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupUnusable(f"{path} cannot be read ({type(error).__name__})", "Check its name and its mode") from None
    with file:
        cipher = _cipher_of_head(file, path, ring)
        number, last = 0, False
        while not last:
            length, mark = int.from_bytes(_exactly(file, _LENGTH, path), "big"), _exactly(file, 1, path)
            if length > MOST:
                raise _damaged(path)
            try:
                packed = cipher.decrypt(number.to_bytes(_NONCE, "big"), _exactly(file, length, path), mark)
            except InvalidTag:
                raise _damaged(path) from None
            number, last = number + 1, mark == b"\1"
            yield load(zlib.decompress(packed))
        if file.read(1):
            raise _damaged(path)


def _cipher_of_head(file: BinaryIO, path: Path, ring: KeyRing) -> AESGCM:
    if file.read(len(MAGIC)) != MAGIC:
        raise BackupUnusable(f"{path} is no backup of crmhub", "Name a file that `crmhub backup` made")
    name = _exactly(file, _exactly(file, 1, path)[0], path).decode(errors="replace")
    salt = _exactly(file, _SALT, path)
    key = ring.sealing.get(name)
    if key is None:
        raise KeyTrouble(f"{path} was sealed with the key `{name}`, which the key ring lacks", "Restore that key first")
    return _cipher(key, salt)


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, b"crmhub backup").derive(key))


def _exactly(file: BinaryIO, count: int, path: Path) -> bytes:
    found = file.read(count)
    if len(found) < count:
        raise BackupUnusable(f"{path} ends too early", "It was cut off: take another backup")
    return found


def _damaged(path: Path) -> BackupUnusable:
    return BackupUnusable(
        f"{path} cannot be opened: it was damaged, or sealed with another key of the same name",
        "Use the key that the hub had when the backup was made, or take another backup",
    )
