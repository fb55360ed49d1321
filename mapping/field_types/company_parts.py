"""The parts of a company's name: place, core, legal form, branch (reference 2.4).

Room: mapping. Pure; reads its tables at first use. A Chinese name is place + name + trade + form; a branch carries its
parent's whole name before its own. Western forms are cleanco's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from cleanco import basename

from mapping.field_types.company_place import ending_place, is_place, place_key, split_head
from mapping.field_types.data_files import pairs
from mapping.field_types.unicode_form import HAN, fold, letters_and_digits

_ASIAN: Final = re.compile(rf"[{HAN}\u3040-\u30ff\uac00-\ud7a3]")
_BRANCH_END: Final = (
    "分公司|子公司|供电公司|供电局|分行|支行|分理处|营业部|营业厅|办事处|代表处|联络处|分所|分院|分校|分部|分店|门店|"
    "分厂|事业部|项目部|经营部|公司|支公司"
)
_BRANCH: Final = re.compile(
    rf"^(?P<head>.{{2,}}?(?:有限责任公司|有限公司|股份公司|集团公司))\(?(?P<branch>.+(?:{_BRANCH_END}))\)?$"
)
_BANK_BRANCH: Final = re.compile(
    r"^(?P<head>.{2,}?(?:银行|信用社|保险|证券))(?P<branch>.{2,}(?:分行|支行|分理处|营业部|支公司))$"
)
_BARE_BRANCH: Final = re.compile(r"^(?P<head>.{4,}?)(?P<kind>分公司|办事处|分店)$")
_TAIL_NOTE: Final = re.compile(r"(?<=公司)\([^()]*\)$")
_BRACKETS: Final = re.compile(r"\(([^()]*)\)")
_GROUP: Final = re.compile(r"\(集团\)|集团$")
_LATIN_BRACKET: Final = re.compile(r"\s*\(([^()]*)\)\s*")
_ARTICLES: Final = frozenset({"the", "a", "an", "la", "le", "el", "die", "der", "das", "co", "and"})
_ROUNDS: Final = 4


@dataclass(frozen=True, slots=True)
class CompanyParts:
    """The parts of a name, simplified and folded.

    *core* keeps the trade (字节跳动科技), for the brand alone over-merges.
    """

    core: str
    place: str = ""
    form: str = ""
    branch: str = ""
    group: bool = False


def company_parts(name: str) -> CompanyParts:
    """Return the parts of *name*: simplified, NFKC, no blanks between Chinese characters.

    >>> company_parts("华为技术有限公司上海分公司")
    CompanyParts(core='华为技术', place='', form='有限公司', branch='上海分公司', group=False)
    """
    name = fold(name)
    parts = _asian(name) if _ASIAN.search(name) else _latin(name)
    return parts if letters_and_digits(parts.core) else CompanyParts(core=name)


def _asian(name: str) -> CompanyParts:
    head, branch = _split_branch(name)
    head = _TAIL_NOTE.sub("", head)
    rest, form = _split_form(head)
    rest, in_brackets = _lift_place(rest)
    group = _GROUP.search(rest) is not None
    rest = _GROUP.sub("", rest) if len(_GROUP.sub("", rest)) > 1 else rest
    place, core = split_head(rest)
    core = _latin_form(core.replace("(", "").replace(")", "").strip())
    place = place_key(in_brackets or place) if in_brackets or place else ""
    return CompanyParts(core or rest or name, place, form, branch, group)


def _split_branch(name: str) -> tuple[str, str]:
    match = _BRANCH.match(name) or _BANK_BRANCH.match(name)
    if match:
        return match["head"], match["branch"]
    bare = _BARE_BRANCH.match(name)
    place = ending_place(bare["head"]) if bare else ""
    if bare and place:
        return bare["head"].removesuffix(place), place + bare["kind"]
    return name, ""


@cache
def _form_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a legal form at the end of a name, and at its head, where no Chinese form stands."""
    forms = sorted(pairs("company_forms.txt"), key=len, reverse=True)
    ends, heads = (
        "|".join(f"{re.escape(form)}|\\({re.escape(form)}\\)" for form in some)
        for some in (forms, [form for form in forms if not form.endswith("公司")])
    )
    return re.compile(f"(?:{ends})$"), re.compile(f"(?:{heads})")


def _split_form(name: str) -> tuple[str, str]:
    """Return *name* without its legal form at the end or (Japan, Korea) at the head, and the form's kind."""
    at_end, at_head = _form_patterns()
    match = at_end.search(name) or at_head.match(name)
    if not match or match.span() == (0, len(name)):
        return name, ""
    form = match.group()
    kind = pairs("company_forms.txt").get(form) or pairs("company_forms.txt")[form[1:-1]]
    return (name[: match.start()] + name[match.end() :]).strip(), kind


def _lift_place(name: str) -> tuple[str, str]:
    """Return *name* without the place that stands in brackets, and that place; other brackets stay."""
    for match in _BRACKETS.finditer(name):
        if is_place(match.group(1)):
            return name[: match.start()] + name[match.end() :], match.group(1)
    return name, ""


def _latin_form(core: str) -> str:
    """Take a Western form off a mixed name: 上海abc co., ltd."""
    if not re.search(r"[a-z.]$", core):
        return core
    return _cleaned(core) or core


def _latin(name: str) -> CompanyParts:
    rest, form = _split_form(name)  # Russian forms stand first
    bracket = _LATIN_BRACKET.search(rest)
    place = bracket.group(1).strip() if bracket else ""
    outside = _LATIN_BRACKET.sub(" ", rest).replace("(", " ").replace(")", " ").strip() if bracket else rest
    core = _cleaned(outside)
    if not letters_and_digits(core) or core in _ARTICLES:  # nothing left: the form is the name (Co, The Limited)
        return CompanyParts(core=name)
    form = form or letters_and_digits(outside.removeprefix(core))
    return CompanyParts(core, place, form)


def _cleaned(name: str) -> str:
    """Apply cleanco until nothing changes: one pass takes `Ltd.` and leaves `Co.`."""
    for _ in range(_ROUNDS):
        shorter = basename(name)
        if shorter == name:
            break
        name = shorter
    return name.strip(" ,.&-")
