"""In which encoding is this text? Byte-order marks first, then what decodes; never a guess that only looks like one.

GB18030 decodes nearly any bytes, Western ones too (`ü` and the letter behind it make one rare character). So it is
taken only where at least nine in ten of the foreign characters are of the common set, GB 2312.
"""

from __future__ import annotations

import codecs
from typing import IO

_BLOCK = 1 << 20
_SAMPLE = 1 << 20
_COMMON = 0.9
"""Share of characters from GB 2312 in Chinese text; names with rarer ones (喆, 堃) stay far above it."""
_BROKEN = 0.01
"""Share of broken sequences up to which a text still counts as UTF-8; its rows that hold one are named."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnknownEncoding(ValueError):
    """The bytes are in no encoding that can be told for certain."""


def encoding_of(file: IO[bytes]) -> str:
    """Return the encoding of *file*, which is read from its start to its end in blocks.

    Raises:
        UnknownEncoding: it must be named by whoever knows it.
    """
    sample = file.read(_SAMPLE)
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if b"\0" in sample:
        return _utf16(sample)
    foreign, broken = _as_utf8(sample, file)
    if broken == 0 or broken <= foreign * _BROKEN:
        return "utf-8"
    if _is_chinese(sample):
        return "gb18030"
    raise UnknownEncoding("the text is neither UTF-8 nor UTF-16 nor GB18030")


def _utf16(sample: bytes) -> str:
    """Without a mark: in text of letters, digits and separators every other byte is often zero."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    try:
        codecs.getincrementaldecoder(name)().decode(sample)
    except UnicodeDecodeError:
        even = odd  # no text after all
    if max(even, odd) <= 10 * min(even, odd):
        raise UnknownEncoding("the file holds zero bytes: it is no text")
    return name


def _as_utf8(block: bytes, file: IO[bytes]) -> tuple[int, int]:
    """Count foreign characters and broken sequences."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    foreign = broken = 0
    while block:
        text = decoder.decode(block)
        if not text.isascii():
            broken += text.count("\ufffd")
            foreign += len(text) - len(text.encode("ascii", "ignore"))
        block = file.read(_BLOCK)
    broken += decoder.decode(b"", final=True).count("\ufffd")
    return foreign, broken


def _is_chinese(sample: bytes) -> bool:
    text = sample.decode("gb18030", "ignore")
    foreign = "".join(letter for letter in text if not letter.isascii())
    common = foreign.encode("gb2312", "ignore").decode("gb2312")
    return bool(foreign) and len(common) >= _COMMON * len(foreign)
