"""What people choose when they are told to choose a password: the pieces that guessing begins with.

Room: console; pure. A password that is nothing but such pieces, digits and signs is among the first that are tried,
however long it is.
"""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = """
password passwort passwd pass word secret login logon welcome hello admin administrator root user guest test
testing default changeme change letmein access master system server manager oracle database public qwertyuiop
qwertzuiop azertyuiop asdfghjkl zxcvbnm qwerty qwertz azerty asdfgh zxcvbn qazwsx qazwsxedc wsxedc edcrfv
1qaz2wsx zaqwsx asdf zxcv qwer abc abcd abcde abcdef abcdefg iloveyou ilove loveyou love lovely forever monkey
dragon shadow sunshine princess football baseball basketball superman batman starwars pokemon computer
internet samsung google apple microsoft windows facebook whatever trustno trustno1 freedom flower summer
winter spring autumn january february march april june july august september october november december monday
tuesday wednesday thursday friday saturday sunday company business office customer service support sales
marketing crm hub crmhub console data zoho fxiaoke zendesk salesforce china beijing shanghai shenzhen
guangzhou taobao alibaba tencent wechat weixin baidu huawei xiaomi woaini woaini1314 aini mima nihao wodemima
woaizhongguo zhongguo zhang wang huang zhao chen yang 密码 我爱你 管理员 correct horse battery staple thisis
"""
PIECES: Final = tuple(sorted(_WORDS.split(), key=len, reverse=True))
_PLAIN: Final = str.maketrans("@4031$5!7", "aaoelssit")
_FEWEST: Final = 6
"""Letters that must be left when all that is taken away."""


def is_common(password: str) -> bool:
    """Return whether a password is made of what is tried first.

    >>> is_common("P@ssw0rd P@ssw0rd 2026"), is_common("willow harbour lantern")
    (True, False)
    """
    folded = password.casefold()
    return any(len(_left(text)) < _FEWEST for text in (folded, folded.translate(_PLAIN)))


def _left(text: str) -> str:
    for piece in PIECES:
        text = text.replace(piece, " ")
    return re.sub(r"[\W\d_]", "", text)
