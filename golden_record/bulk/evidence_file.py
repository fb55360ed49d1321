"""Evidence of a whole base, kept beside the work: sealed with a key of this run, in a file that goes with it.

A million records' evidence does not belong into memory, and nobody's data onto a disk as it is.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from golden_record.matching.evidence import Evidence
from golden_record.resolution.evidence_of import packed, unpacked

_NONCE = 12


class EvidenceFile:
    """The file at *path*; whoever has *key* seals for it and reads it, and one writes it."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._cipher = path, AESGCM(key)
        self._file: int | None = None

    def seal(self, evidence: Evidence) -> bytes:
        """Return what is to be written for a record."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, packed(evidence), None)

    def read(self, start: int, size: int) -> Evidence:
        """Return the evidence that stands at *start*."""
        if self._file is None:
            self._file = os.open(self._path, os.O_RDONLY)
        sealed = os.pread(self._file, size, start)
        return unpacked(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None))

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Places:
    """Where each record's evidence stands, by the record's number; writes the file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._ends = array("Q", [0])

    def append(self, sealed: Iterable[bytes]) -> None:
        """Write the evidence of the next records."""
        end = self._ends[-1]
        for one in sealed:
            self._file.write(one)
            end += len(one)
            self._ends.append(end)

    def written(self) -> None:
        """Let others read what was written."""
        self._file.flush()

    def of(self, number: int) -> tuple[int, int]:
        """Return (start, size) of a record's evidence."""
        start = self._ends[number]
        return start, self._ends[number + 1] - start

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Filed:
    """The evidence of some records by ref, read from the file when it is asked for."""

    def __init__(self, file: EvidenceFile, places: Mapping[bytes, tuple[int, int]]) -> None:
        self._file, self._places = file, places

    def get(self, connection: sa.Connection, refs: Iterable[bytes]) -> dict[bytes, Evidence]:
        """Return the evidence of *refs*."""
        del connection
        return {ref: self._file.read(*self._places[ref]) for ref in refs}
