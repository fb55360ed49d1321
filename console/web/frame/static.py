"""`/static/<digest>/<file>`: scripts, styles and pictures out of the package. Room: console.

The digest is of all files together, so that a file may name its neighbours by relative paths, and browsers may keep
what they have for good. Files lie in `console/web/static/`.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException, Response

FOLDER: Final = Path(__file__).parents[1] / "static"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
}
"""What is served; a file of any other kind is not."""
FOR_GOOD: Final = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@cache
def files() -> dict[str, bytes]:
    """Return path -> content of all static files."""
    found = (file for file in sorted(FOLDER.rglob("*")) if file.suffix in TYPES)
    return {file.relative_to(FOLDER).as_posix(): file.read_bytes() for file in found}


@cache
def digest() -> str:
    """Return the digest of all static files."""
    sums = (f"{name} {sha256(content).hexdigest()}\n" for name, content in files().items())
    return sha256("".join(sums).encode()).hexdigest()[:16]


def address(path: str) -> str:
    """Return where a file is served.

    Raises:
        LookupError: there is no such file.
    """
    if path not in files():
        raise LookupError(f"there is no file {path} in console/web/static")
    return f"/static/{digest()}/{path}"


@router.get("/static/{asked}/{path:path}")
async def static(asked: str, path: str) -> Response:
    """Give a file; one asked for by an older page is given as it is now, and not kept."""
    content = files().get(path)
    if content is None:
        raise HTTPException(404)
    kept = FOR_GOOD if asked == digest() else "no-store"
    return Response(content, headers={"Cache-Control": kept}, media_type=TYPES[Path(path).suffix])


@router.get("/favicon.ico")
async def favicon() -> Response:
    """Give the sign of the hub, for browsers that ask for it by this name."""
    return Response(files()["mark.svg"], headers={"Cache-Control": FOR_GOOD}, media_type=TYPES[".svg"])
