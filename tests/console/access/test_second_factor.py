"""One-time passwords after RFC 6238, and recovery codes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from console.access import second_factor

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""The secret of the RFC's test vectors."""


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]
)
def test_the_vectors_of_the_rfc_hold(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    step = second_factor.step_of(SECRET, code, now)
    assert step == seconds // 30
    assert second_factor.step_of(SECRET, f" {code[:3]} {code[3:]} ", now) == step


def test_a_code_holds_for_the_half_minutes_beside_its_own_and_no_longer() -> None:
    at = datetime.fromtimestamp(59, UTC)
    for late in (-30, 0, 30):
        assert second_factor.step_of(SECRET, "287082", at + timedelta(seconds=late)) == 1
    for late in (90, 3600):
        assert second_factor.step_of(SECRET, "287082", at + timedelta(seconds=late)) is None
    for wrong in ("", "28708", "2870822", "٢٨٧٠٨٢", "x" * 1000):
        assert second_factor.step_of(SECRET, wrong, at) is None


def test_recovery_codes_are_many_and_no_two_alike() -> None:
    codes = second_factor.new_recovery_codes()
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert second_factor.is_secret(second_factor.new_secret())
    assert not second_factor.is_secret("short")
