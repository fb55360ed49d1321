"""Slips of the hand and of the eye: what typing does to a text."""

from __future__ import annotations

import random

from connectors.population.chinese_names import HOMOPHONES
from connectors.population.happens import happens

_NEIGHBOURS = dict(zip("abcdefghijklmnopqrstuvwxyz", "svxsdrtyjkilmnohpqewaybtzcx", strict=False))
_FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
WRONG_HOSTS = {
    "gmail.com": "gmial.com", "163.com": "163.con", "qq.com": "qq.cm", "hotmail.com": "hotmial.com",
    "outlook.com": "outlok.com", "126.com": "126.con",
}  # fmt: skip


def one_letter(chance: random.Random, text: str) -> str:
    """Drop, double, swap or mistype one letter (never the first)."""
    if len(text) < 3:  # noqa: PLR2004 (nothing to slip on)
        return text + text[-1:]
    at = chance.randrange(1, len(text) - 1)
    match chance.randrange(4):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + text[at] + text[at:]
        case 2 if text[at] != text[at + 1]:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        case _:
            return text[:at] + _NEIGHBOURS.get(text[at], "e") + text[at + 1 :]


def one_sound(chance: random.Random, text: str) -> str:
    """Put another character of the same sound for the last one; where none is known, another character."""
    others = HOMOPHONES.get(text[-1]) or "东文林华"
    return text[:-1] + chance.choice([one for one in others if one != text[-1]])


def one_digit(chance: random.Random, number: str) -> str:
    """Change one digit among the last six, or swap two that differ."""
    at = len(number) - chance.randint(1, 6)
    before = number[at - 1]
    if before.isdigit() and before != number[at] and happens(chance, 0.5):
        return number[: at - 1] + number[at] + before + number[at + 1 :]
    return f"{number[:at]}{(int(number[at]) + chance.randint(1, 9)) % 10}{number[at + 1 :]}"


def wrong_mail(chance: random.Random, mail: str) -> str:
    """Mistype the host where a usual slip is known, else the name."""
    name, _, host = mail.partition("@")
    if host in WRONG_HOSTS and happens(chance, 0.6):
        return f"{name}@{WRONG_HOSTS[host]}"
    return f"{one_digit(chance, name) if name[-6:].isdigit() else one_letter(chance, name)}@{host}"


def untidy_mail(chance: random.Random, mail: str) -> str:
    """Write the same mailbox untidily."""
    return chance.choice((mail.upper(), mail.title(), f" {mail}", f"{mail} ", mail.replace("@", "＠"), f"{mail}\u200b"))


def full_width(text: str) -> str:
    """Write *text* as an input method in full width does."""
    return text.translate(_FULL_WIDTH)


def untidy_name(chance: random.Random, text: str) -> str:
    """Write the same name with capitals, or with blanks where none belong."""
    if text.isascii():
        return chance.choice((text.upper(), text.lower(), text.replace(" ", "  ") + " "))
    return chance.choice((f" {text}", f"{text}\u3000", f"{text[0]} {text[1:]}"))
