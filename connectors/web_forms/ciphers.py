"""Open what a sender encrypted: AES in CBC mode with PKCS 7, the IV in front, all in base64 (问卷星).

Pure. This encryption proves nobody's identity as a signature does; it shows that the sender has the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

BLOCK = 16


class NotDeciphered(ValueError):
    """The text is not of this form, or another key's. The message never repeats it."""


def decrypted(text: str, key: bytes) -> bytes:
    """Return the content of base64(IV[16] + ciphertext).

    Raises:
        NotDeciphered: no base64, no whole blocks, a key of no use (16, 24 or 32 bytes), or another key's text.
    """
    try:
        raw = base64.b64decode(text, validate=False)
        cipher = Cipher(algorithms.AES(key), modes.CBC(raw[:BLOCK]))
        opened = cipher.decryptor()
        unpadder = PKCS7(BLOCK * 8).unpadder()
        padded = opened.update(raw[BLOCK:]) + opened.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except (binascii.Error, ValueError):
        raise NotDeciphered("not a text of this key") from None


def encrypted(content: bytes, key: bytes, iv: bytes) -> str:
    """Return the text that `decrypted` opens; used by the simulator."""
    padder = PKCS7(BLOCK * 8).padder()
    padded = padder.update(content) + padder.finalize()
    closed = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return base64.b64encode(iv + closed.update(padded) + closed.finalize()).decode()


def push_key(app_key: str) -> bytes:
    """Return the AES key of 问卷星's open-API push: the first 16 characters of the MD5 of the app key, in hex."""
    return hashlib.md5(app_key.encode()).hexdigest()[:BLOCK].encode()  # noqa: S324 (the vendor's scheme)
