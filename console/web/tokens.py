"""Who asks? A bearer token made by `crmhub users token`. Room: console."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from console.web.state import in_thread, state_of
from golden_record.store import api_tokens

_bearer = HTTPBearer(auto_error=False, description="A token made by `crmhub users token NAME`")


async def token_holder(
    request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> str:
    """Return the name that the request's token was made for.

    Raises:
        HTTPException: 401 without a token that holds.
    """
    hub = state_of(request).hub

    def find(token: str) -> str | None:
        with hub.store.read() as connection:
            return api_tokens.holder(connection, hub.store.vault, token)

    name = await in_thread(find, shown.credentials) if shown is not None else None
    if name is None:
        said = "a token is needed: crmhub users token NAME"
        raise HTTPException(401, said, headers={"WWW-Authenticate": "Bearer"})
    return name
