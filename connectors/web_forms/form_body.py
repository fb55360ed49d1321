"""Read what browsers and old servers post: urlencoded bodies and multipart parts, as pairs in their order.

Pure. Files are not taken in: only their size, type and hash are kept (file names are strangers' text and go too).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from email.message import Message
from typing import Any
from urllib.parse import unquote_to_bytes

from connectors.web_forms.clean import MOST_ANSWERS
from connectors.web_forms.json_body import Unreadable

Pairs = list[tuple[str, Any]]

CHARSET_FIELD = b"_charset_"
CHARSETS = {"utf-8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030"}
"""GB18030 reads all that GBK and GB2312 wrote."""


def read_urlencoded(body: bytes, fallback_charset: str | None = None) -> Pairs:
    """Return the pairs of an `application/x-www-form-urlencoded` body; `+` is a space, keys may repeat.

    The charset is what `_charset_` says, else UTF-8, else *fallback_charset*.

    Raises:
        Unreadable: `not_utf8` (no charset fits) or `too_many_keys`.
    """
    pieces = [piece.partition(b"=")[::2] for piece in body.split(b"&") if piece]
    return _decoded([(_unescaped(key), _unescaped(value)) for key, value in pieces], fallback_charset)


def read_multipart(body: bytes, content_type: str, fallback_charset: str | None = None) -> Pairs:
    """Return the pairs of a `multipart/form-data` body; a file becomes `{"size", "type", "sha256"}`.

    Raises:
        Unreadable: `no_boundary`, `broken_multipart`, `nested_multipart`, `not_utf8` or `too_many_keys`.
    """
    boundary = _head(f"Content-Type: {content_type}".encode()).get_param("boundary", "")
    if not isinstance(boundary, str) or not boundary:
        raise Unreadable("no_boundary")
    pairs: list[tuple[bytes, bytes | dict[str, Any]]] = []
    for part in _parts(body, boundary.encode()):
        raw_head, gap, content = part.partition(b"\r\n\r\n")
        if not gap:
            raise Unreadable("broken_multipart")
        pairs += _part(_head(raw_head), content)
    return _decoded(pairs, fallback_charset)


def gathered(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs as one object: repeated keys and `topic[]` become lists, `person[name]` an object.

    >>> gathered([("topic[]", "a"), ("person[name]", "x"), ("n", "1"), ("n", "2")])
    {'topic': ['a'], 'person': {'name': 'x'}, 'n': ['1', '2']}
    """
    found: dict[str, Any] = {}
    for key, value in pairs:
        place, last, is_list = _place(found, key)
        if last not in place:
            place[last] = [value] if is_list else value
        elif isinstance(place[last], list):
            place[last].append(value)
        else:
            place[last] = [place[last], value]
    return found


def _place(found: dict[str, Any], key: str) -> tuple[dict[str, Any], str, bool]:
    """Find the object that *key* names a member of; a key that contradicts an earlier one is taken as it is written."""
    is_list = key.endswith("[]")
    bare = key.removesuffix("[]")
    head, bracket, rest = bare.partition("[")
    if not (head and bracket and rest.endswith("]")):
        return found, bare, is_list
    steps = [head, *rest[:-1].split("][")]
    place = found
    for step in steps[:-1]:
        inner = place.setdefault(step, {})
        if not isinstance(inner, dict):
            return found, key, False
        place = inner
    return place, steps[-1], is_list


def _unescaped(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _decoded(pairs: Sequence[tuple[bytes, Any]], fallback_charset: str | None) -> Pairs:
    if len(pairs) > MOST_ANSWERS:
        raise Unreadable("too_many_keys")
    said = next((value for key, value in pairs if key == CHARSET_FIELD and isinstance(value, bytes)), b"")
    named = CHARSETS.get(said.decode("ascii", "replace").lower())
    for charset in [named] if named else ["utf-8", *([fallback_charset] if fallback_charset else [])]:
        try:
            return [(key.decode(charset), _text(value, charset)) for key, value in pairs if key != CHARSET_FIELD]
        except UnicodeDecodeError:
            continue
    raise Unreadable("not_utf8")


def _text(value: Any, charset: str) -> Any:  # noqa: ANN401 (a file's description stays as it is)
    return value.decode(charset) if isinstance(value, bytes) else value


def _parts(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Yield what stands between the delimiters; the closing one must be there, else the body was cut."""
    first, *others = (b"\r\n" + body).split(b"\r\n--" + boundary)
    del first  # the preamble, which nobody reads
    for part in others:
        if part.startswith(b"--"):
            return
        content = part.lstrip(b" \t")
        if not content.startswith(b"\r\n"):
            break
        yield content[2:]
    raise Unreadable("broken_multipart")


def _part(head: Message, content: bytes) -> Iterator[tuple[bytes, bytes | dict[str, Any]]]:
    if head.get_content_maintype() == "multipart":
        raise Unreadable("nested_multipart")
    name = head.get_param("name", None, "content-disposition")
    if not isinstance(name, str):
        raise Unreadable("broken_multipart")
    key = name.encode("latin-1", "replace")
    if head.get_param("filename", None, "content-disposition") is None:
        yield key, content
    elif content:  # a file input that was left empty posts a part without content
        kind = head.get_content_type()
        yield key, {"size": len(content), "type": kind, "sha256": hashlib.sha256(content).hexdigest()}


def _head(raw: bytes) -> Message:
    """Parse a part's header lines; bytes are kept one to one, the charset is decided later for all of the body."""
    head = Message()
    for line in raw.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            head[name.strip()] = value.strip()
    return head
