"""The calls of one Udesk account: signed, within its limit, and answers of any use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from connectors.errors import SkipRecord, TryAgain
from connectors.http import Call, HttpClient, Patience
from connectors.ports import Limit
from connectors.udesk.failures import FAILURES
from connectors.udesk.records import CUSTOMERS
from connectors.udesk.sign_in import Signed

if TYPE_CHECKING:
    from connectors.ports import Budget
    from connectors.udesk.settings import Settings

API = "api"
DEEPEST = 10_000
"""Customers that the list reaches."""


def limits(settings: Settings) -> tuple[Limit, ...]:
    """Return the account's limit; none where the operator set 0."""
    return (Limit(API, settings.calls_per_minute, 60.0),) if settings.calls_per_minute else ()


class Client:
    """Makes signed calls under `/open_api_v1`."""

    def __init__(
        self, settings: Settings, *, budget: Budget, system: str = "udesk", patience: Patience | None = None
    ) -> None:
        self.settings, self.system = settings, system
        self._root = f"{settings.base_url}/open_api_v1"
        self._http = HttpClient(
            system,
            failures=FAILURES,
            budget=budget,
            sign_in=Signed(settings.email, settings.api_token.get_secret_value()),
            patience=patience,
            read_timeout=settings.read_timeout,
        )

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Read one object."""
        body: Mapping[str, Any] = self._http.call(
            Call("GET", f"{self._root}/{path}", params=params or {}, bucket=API, stream=CUSTOMERS)
        ).body
        return body

    def send(
        self, method: str, path: str, body: Mapping[str, Any], *, params: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """Write; a lost answer is never repeated blindly but raises `OutcomeUnknown`."""
        call = Call(
            method,
            f"{self._root}/{path}",
            params=params or {},
            json=dict(body),
            bucket=API,
            stream=CUSTOMERS,
            idempotent=False,
        )
        answer: Mapping[str, Any] = self._http.call(call).body
        return answer

    def pages(self) -> Iterator[list[dict[str, Any]]]:
        """Yield all customers, page by page.

        Raises:
            SkipRecord: there are more than the list reaches; those that it reaches came before.
        """
        size, page = self.settings.page_size, 1
        while True:
            answer = self.get(CUSTOMERS, {"page": page, "page_size": size})
            listed, meta = answer.get(CUSTOMERS), answer.get("meta")
            if not isinstance(listed, list):
                raise self._useless()
            yield [one for one in listed if isinstance(one, dict)]
            told = meta.get("total_pages") if isinstance(meta, Mapping) else None
            last = page >= told if isinstance(told, int) else len(listed) < size
            if last or not listed:
                break
            page += 1
            if page * size > DEEPEST:
                raise SkipRecord(
                    f"the account has more customers than the {DEEPEST} that the list reaches",
                    system=self.system,
                    stream=CUSTOMERS,
                    code="beyond-reach",
                    cure="Take the others in once from an export (connector `files`); webhooks tell of their changes.",
                )

    def _useless(self) -> TryAgain:
        cure = "Check that base_url is the account's; the hub tries again at the next run."
        what = "the answer holds no list of customers"
        return TryAgain(what, system=self.system, stream=CUSTOMERS, code="no-list", cure=cure)
