"""One-time passwords as a second factor (RFC 6238), and recovery codes for a lost telephone.

Room: console; pure but for the chance in new secrets. A code holds for its half minute and the ones beside it, once.
"""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime
from typing import Final

import pyotp
import segno

from golden_record.vault import Vault

STEP: Final = 30
"""Seconds that a code is for."""
BESIDE: Final = 1
"""Steps before and after that are taken as well: clocks differ."""
RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody takes for one another."""
_HALF: Final = 5
_SECRET: Final = re.compile(r"[A-Z2-7]{32}")


def new_secret() -> str:
    """Make a secret of 160 bits, as authenticator apps take it."""
    return pyotp.random_base32(length=32)


def is_secret(text: str) -> bool:
    """Return whether a text has the form of a secret of ours."""
    return _SECRET.fullmatch(text) is not None


def address_of(secret: str, name: str) -> str:
    """Return the address that an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="crmhub")


def picture_of(address: str) -> str:
    """Return the address as a picture to scan, as the source of an `<img>`."""
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff", dark="#000"))


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step that a code is right for; None where it is wrong."""
    said = re.sub(r"\s", "", code)
    here = int(now.timestamp()) // STEP
    generator = pyotp.TOTP(secret)
    right = None
    for step in range(max(0, here - BESIDE), here + BESIDE + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode(), said.encode()):
            right = step
    return right


def new_recovery_codes() -> list[str]:
    """Make recovery codes; each is good once."""
    return ["-".join(_part() for _ in range(2)) for _ in range(RECOVERY_CODES)]


def recovery_digest(vault: Vault, user_id: str, code: str) -> str:
    """Return the keyed hash by which a recovery code is known again."""
    return vault.digest("recovery code", user_id, re.sub(r"[\s-]", "", code).casefold()).hex()


def _part() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_HALF))
