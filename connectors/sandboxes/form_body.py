"""What a form posted: urlencoded, or as multipart, which some vendors' own SDKs send to their token endpoints.

Room: connectors/sandboxes.
"""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl


def form_fields(content_type: str, raw: bytes) -> dict[str, str]:
    """Return the fields of a form; of a name that comes twice the last one, files left out.

    >>> form_fields("application/x-www-form-urlencoded", b"a=1&b=2&a=3")
    {'a': '3', 'b': '2'}
    """
    if not content_type.lower().startswith("multipart/form-data"):
        return dict(parse_qsl(raw.decode(errors="replace")))
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    fields: dict[str, str] = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + raw).iter_parts():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            content = part.get_payload(decode=True)
            fields[name] = content.decode(errors="replace") if isinstance(content, bytes) else ""
    return fields
