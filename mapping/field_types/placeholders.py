"""What people type when they must fill a field and know nothing: 无, N/A, test, xxx.

Room: mapping. Pure; reads `data/placeholders.txt` at first use. Lists after reference 3.3; a project adds its own
through the field's option `placeholders: [...]`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final

from mapping.field_types.contract import FieldContext
from mapping.field_types.data_files import lines
from mapping.field_types.unicode_form import fold, one_line

_REPEATED: Final = re.compile(r"([^\W\d])\1{2,}|([^\w\s])\2*")  # aaa, xxx; -, --, ...
_KEYBOARD: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SHORTEST_RUN: Final = 3


@cache
def _listed() -> dict[str, frozenset[str]]:
    """The lists by kind: a line is `kind: entry | entry | …`."""
    found: dict[str, set[str]] = {}
    for line in lines("placeholders.txt"):
        kind, _, entries = line.partition(":")
        found.setdefault(kind.strip(), set()).update(fold(one_line(entry)) for entry in entries.split("|"))
    return {kind: frozenset(entries) for kind, entries in found.items()}


@lru_cache(maxsize=4_096)
def is_filler(text: str) -> bool:
    """Return whether *text* (in one-line form) stands for "nothing known" in any field: 无, N/A, ---, asdf.

    >>> is_filler("暂无"), is_filler("N/A"), is_filler("asdf"), is_filler("Ann")
    (True, True, True, False)
    """
    folded = fold(text)
    if text and not folded:  # accents that stand on no letter
        return True
    if folded in _listed()["all"] or _REPEATED.fullmatch(folded):
        return True
    return len(folded) >= _SHORTEST_RUN and folded.isalpha() and any(row.startswith(folded) for row in _KEYBOARD)


def is_listed(kind: str, text: str) -> bool:
    """Return whether the shipped list of *kind* (`phone`, `person`, …) has *text*, whatever its case."""
    return fold(text) in _listed()[kind]


def extra(context: FieldContext) -> frozenset[str]:
    """Return the project's own placeholders of a field, folded."""
    more = context.options.get("placeholders")
    if not isinstance(more, Sequence) or isinstance(more, str):
        return frozenset()
    return frozenset(fold(one_line(item)) for item in more if isinstance(item, str))
