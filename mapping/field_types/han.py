"""One spelling for simplified and traditional Chinese, for keys only.

Room: mapping. Pure; OpenCC's tables are loaded at first use. Lossy on purpose (徐乾學 becomes 徐干学), so its result is
never shown and never pushed; both spellings meet in the same key, and that is all it is for.
"""

from __future__ import annotations

from functools import cache, lru_cache

from opencc import OpenCC


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=65_536)
def simplified(text: str) -> str:
    """Return *text* in simplified characters.

    >>> simplified("鍾鎮濤")
    '钟镇涛'
    """
    if text.isascii():
        return text
    return str(_converter().convert(text))
