"""Which passwords are taken, and that they are known again."""

from __future__ import annotations

import pytest

from console.access import passwords
from console.access.passwords import Weak, weakness


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("willow harbour lantern", None),
        ("一二三四五六七八九十甲乙丙丁戊", None),
        ("  leading and trailing  ", None),
        ("short", Weak.SHORT),
        ("x" * 14, Weak.SHORT),
        ("correct " * 33, Weak.LONG),
        ("123456789012345", Weak.COMMON),
        ("abcdefghijklmnopq", Weak.COMMON),
        ("passwordpassword", Weak.COMMON),
        ("given given given", Weak.COMMON),
        ("aaaaaaaaaaaaaaaaaaaa", Weak.COMMON),
        ("qwertyuiopasdfghjkl", Weak.COMMON),
        ("password12345678", Weak.COMMON),
        ("iloveyou1234567890", Weak.COMMON),
        ("P@ssw0rd P@ssw0rd1", Weak.COMMON),
        ("qi.xiaofeng.2026", Weak.NAMED),
    ],
)
def test_only_what_nobody_tries_first_is_taken(password: str, why: Weak | None) -> None:
    assert weakness(password, names=("qi.xiaofeng", "crmhub")) is why


def test_a_password_is_known_again_however_a_keyboard_composes_it() -> None:
    kept = passwords.kept("Zoë has a long garden")
    assert kept.startswith("$argon2id$")
    assert passwords.is_right(kept, "Zoe\u0308 has a long garden")
    assert not passwords.is_right(kept, "Zoe has a long garden")
    assert not passwords.is_right(None, "Zoë has a long garden")
    assert not passwords.is_right("not a hash", "Zoë has a long garden")
    assert kept != passwords.kept("Zoë has a long garden")
