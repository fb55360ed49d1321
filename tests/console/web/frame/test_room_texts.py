"""What the inner rooms say reaches people in their language, and a new message without its Chinese is named here."""

from __future__ import annotations

import re

import pytest

from connectors.errors import StopSystem
from console.web.frame.room_texts import CONTEXT, LONGEST, RoomTexts, room_texts, say_of_room
from console.web.frame.texts import texts
from golden_record.errors import LeaseHeld
from tests.console.web.frame.room_messages import NOISE, messages, of_source

SAID = list(messages())
ZH = room_texts("zh_CN")


def test_every_message_of_the_rooms_is_there_in_chinese() -> None:
    there = {text for context, text in texts("zh_CN").single if context == CONTEXT}
    assert len(SAID) > 800
    assert sorted(f"{where}: {text}" for where, text in SAID if text not in there) == []


def test_nothing_is_translated_that_no_room_says_any_more() -> None:
    said = {text for _, text in SAID}
    assert sorted(text for context, text in texts("zh_CN").single if context == CONTEXT and text not in said) == []
    assert not NOISE & {text for context, text in texts("zh_CN").single if context == CONTEXT}


def test_a_new_message_would_be_found() -> None:
    source = '''
"""A module's docstring is no message."""
CURE = "Wait until it ends."
def act(name, many):
    """Neither is a function's."""
    log.warning("nor what is logged of %s", name)
    connection.execute("SELECT one FROM somewhere")
    raise NotDecidable(f"`{name}` is closed" if name else "all are closed", f"{CURE} Or ask {many[0]}")
'''
    assert {text for _, text in of_source(source)} == {
        "Wait until it ends.",
        "`{1}` is closed",
        "all are closed",
        "Wait until it ends. Or ask {1}",
    }


def test_each_message_is_found_again_in_what_was_made_of_it() -> None:
    """With facts put in, its own sentence is the one that is found, and the facts stand in it."""
    wrong = []
    for where, message in SAID:
        made, wanted = message, texts("zh_CN").single[CONTEXT, message]
        for number in re.findall(r"\{(\d)\}", message):
            made, wanted = (text.replace(f"{{{number}}}", f"fact{number}x") for text in (made, wanted))
        if ZH.say(made) != wanted:
            wrong.append(f"{where}: {made}: {ZH.say(made)}")
    assert wrong == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "the mapping of zoho_crm/Leads has been changed since it was opened",
            "zoho_crm/Leads 的映射在您打开之后已被修改",
        ),
        (
            "unknown key `emit`. Did you mean `emits`?",
            "未知的键 `emit`。您是否想写 `emits`？",
        ),
        (
            "config/mappings/a/b.yaml:7: emits[0]: there is no entity `persn`. Did you mean `person`?",
            "config/mappings/a/b.yaml:7: emits[0]: 没有实体 `persn`。您是否想写 `person`？",
        ),
        ("Known fields in profile.yaml: name, phones.", "已有的profile.yaml 中的字段：name, phones。"),
        (
            "paused by li since 2026-11-30 UTC, until 2026-12-02 UTC",
            "由 li 自 2026-11-30 UTC 起暂停，至 2026-12-02 UTC",
        ),
        (
            "internal: KeyError; run crmhub sync with --debug to see more",
            "internal：KeyError；加 --debug 运行 crmhub sync 可查看更多信息",
        ),
    ],
)
def test_what_was_put_together_is_said_as_a_whole(said: str, shown: str) -> None:
    assert say_of_room("zh_CN", said) == shown


def test_errors_are_said_as_they_are_raised() -> None:
    held = LeaseHeld("pull zoho_crm/Leads", "process 7 on hub since 2026-12-01 UTC")
    assert say_of_room("zh_CN", held.what) == "pull zoho_crm/Leads 正由 hub 上的进程 7，自 2026-12-01 UTC 起 处理"
    refused = StopSystem(
        "the sign-in was refused", system="zoho_crm", code="401", cure="Renew the credentials with `crmhub connect`."
    )
    assert say_of_room("zh_CN", str(refused)) == "zoho_crm: 登录被拒绝 [401]。请用 `crmhub connect` 更新凭据。"


@pytest.mark.parametrize(
    "said", ["INVALID_DATA: invalid data", "邮箱已被使用", "", "x" * (LONGEST + 1), "See below. Thanks."]
)
def test_a_systems_own_words_stay_as_they_are(said: str) -> None:
    assert say_of_room("zh_CN", said) is None


def test_english_is_what_the_rooms_write() -> None:
    assert say_of_room("en", "the sign-in was refused") is None


def test_the_sentence_with_most_words_of_its_own_is_the_one_meant() -> None:
    made = RoomTexts.of([("{1} is {2}", "泛 {1} {2}"), ("plan {1} is ready", "计划 {1} 可用")])
    assert made.say("plan 7 is ready") == "计划 7 可用"


class _Counted(dict[str, str]):
    asked = 0

    def __contains__(self, key: object) -> bool:
        self.asked += 1
        return super().__contains__(key)


@pytest.mark.parametrize(
    "hostile", [". " * 1999, ": a" * 1300, "`{1}` is " * 400, "x: " * 1300 + "[y]. z", "is " * 1300]
)
def test_a_systems_hostile_text_is_looked_at_a_bounded_number_of_times(hostile: str) -> None:
    counted = _Counted(ZH.plain)
    RoomTexts(counted, ZH.sentences).say(hostile)
    assert counted.asked < 500
