"""The bearer token in the description of the API. Who asks is found out in `visit`. Room: console."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Depends
from fastapi.security import HTTPBearer

bearer: Final[Any] = Depends(HTTPBearer(auto_error=False, description="A token made by `crmhub users token NAME`"))
