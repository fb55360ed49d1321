"""Which clauses there are, and to which connectors they do not apply, with the reason; a page of the docs shows it."""

from __future__ import annotations

from collections.abc import Mapping

NO_CALLS = "makes no calls of its own"
READ_ONLY = "nothing can be written"
ONE_BY_ONE = "takes no batches"

CLAUSES: Mapping[str, str] = {
    "describes_itself": "spec, check and discover as Airbyte defines them; secrets are marked",
    "reads_everything": "every record comes, in whatever pages",
    "reads_nothing": "an empty system, and one without news: no records, and the first one that comes is met",
    "keeps_its_memory": "how many records are read makes no difference to the memory that it takes",
    "resumes_after_a_cut": "a read cut behind any message goes on without a gap",
    "meets_a_later_change": "what changed behind the cursor comes with the next read",
    "meets_a_change_during_the_read": "what changes while it is read is met again, now or next time",
    "fetches_by_id": "single records; one that is not there never comes as another",
    "bears_too_many_calls": "429 with and without `Retry-After`",
    "bears_trouble": "503, a proxy's HTML page, an answer that breaks off",
    "bears_empty_answers": "204 and 304, without a body, where records were due: none is missed for good",
    "renews_its_sign_in": "a token that dies between two pages",
    "creates_once": "a create whose answer is lost is found by its binding id; no second record",
    "bears_bad_rows": "of a batch of which half fails, the rest is written and each has its result",
    "overwrites_nothing": "a record that people changed meanwhile is stale, and left alone",
    "tells_no_secret": "no secret in messages, traces or log lines, also when things go wrong",
}
"""Clause -> what it asks; `test_<clause>` is its test."""

_HTTP_ONLY = ("bears_too_many_calls", "bears_trouble", "bears_empty_answers", "renews_its_sign_in")
_WRITING = ("creates_once", "bears_bad_rows", "overwrites_nothing")

EXCEPT: Mapping[tuple[str, str], str] = {
    **{(name, clause): NO_CALLS for name in ("files", "sql", "airbyte") for clause in _HTTP_ONLY},
    **{(name, clause): READ_ONLY for name in ("files", "airbyte", "web_forms") for clause in _WRITING},
    ("freshdesk", "renews_its_sign_in"): "the key does not expire",
    ("web_forms", "renews_its_sign_in"): "the token does not expire",
    ("udesk", "renews_its_sign_in"): "each call is signed by itself",
    ("freshdesk", "bears_bad_rows"): ONE_BY_ONE,
    ("fxiaoke", "bears_bad_rows"): ONE_BY_ONE,
    ("zoho_desk", "bears_bad_rows"): ONE_BY_ONE,
    ("udesk", "bears_bad_rows"): ONE_BY_ONE,
}
"""(connector, clause) -> why it does not apply."""
