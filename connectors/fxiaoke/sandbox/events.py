"""The event posts of a CRM object (事件变更订阅): what changed, never the values, sealed and signed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

import orjson
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.sandboxes.contract import Change, PostOut

TYPES = {"create": "add", "update": "update", "delete": "invalid", "restore": "recover", "merge": "invalid"}
"""Our words for the kinds of events: the API's own are not documented."""


class EventPosts:
    """Makes the posts of one tenant."""

    def __init__(self, ea: str, secret: str, switches: Mapping[str, str]) -> None:
        self._ea, self._secret, self._switches = ea, secret, switches
        self._sent = 0

    def make(self, url: str, change: Change) -> PostOut:
        """Return the post for *change*."""
        self._sent += 1
        event = {"apiName": change.stream, "eventType": TYPES[change.kind], "dataId": change.record_id}
        stamp = str(int(change.at.timestamp() * 1000))
        nonce, message_id = f"n{self._sent:08d}", f"msg-{self._ea}-{self._sent:08d}"
        sealed = seal(orjson.dumps(event), self._secret)
        signed_stamp = stamp if self._switches["SIM_EVENT_TIMESTAMP"] == "signed" else ""
        parts = (signed_stamp, nonce, message_id, "", self._ea, sealed, self._secret)
        body = {
            "signature": hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest(),
            "nonce": nonce,
            "timestamp": int(stamp),
            "messageId": message_id,
            "enterpriseAccount": self._ea,
            "encryptedContent": sealed,
        }
        return PostOut(url, {"Content-Type": "application/json"}, orjson.dumps(body))


def seal(plain: bytes, secret: str) -> str:
    """Return base64(AES-CBC with PKCS#5 padding); key: the decoded secret, initial vector: its first 16 bytes."""
    key = base64.b64decode(secret)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    return base64.b64encode(sealed).decode()
