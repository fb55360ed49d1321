"""Every product that has a pull API, over real HTTP against its simulator, under each behaviour nobody is sure of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.contract import DELETED_AT, Delivery, Page, Post, PostRefused, Record
from connectors.errors import ConnectorError, SkipRecord, StopSystem
from connectors.web_forms.settings import Settings
from connectors.web_forms.source import Source
from connectors.web_forms.webhook import receive
from tests.connectors.web_forms.conftest import Marketing, records, state_of

Start = Callable[..., Marketing]

VARIANTS: list[dict[str, str]] = [
    {"product": "jinshuju"},
    {"product": "jinshuju", "keys": "field_n", "next": "at"},
    {"product": "wenjuanxing"},
    {"product": "wenjuanxing", "answers": "listed", "sign_in": "bearer"},
    {"product": "google_forms"},
    {"product": "google_forms", "order": "newest_first", "mail": "not_collected"},
    {"product": "gravity_forms"},
    {"product": "gravity_forms", "filters": "unknown", "post": "form"},
]
PUSHES = [
    *VARIANTS,
    *({"product": "wenjuanxing", "push": way} for way in ("jump", "late_jump", "api", "api_encrypted")),
]


def named(variant: dict[str, str]) -> str:
    return "-".join(variant.values())


each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=named)
EDITED = [one for one in VARIANTS if one["product"] != "wenjuanxing"]


@pytest.fixture
def inbox() -> Iterator[tuple[str, Queue[Post]]]:
    """Return an address that takes posts, and what arrived there."""
    taken: Queue[Post] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(urlsplit(self.path).query))
            taken.put(Post(headers, query, body, datetime.now(UTC)))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/in", taken
    server.shutdown()
    server.server_close()


def mails(found: Mapping[str, Record]) -> set[str]:
    return {str(one["fields"].get("email")) for one in found.values()}


@each_variant
def test_every_entry_is_read_once_past_the_first_page(start: Start, variant: dict[str, str]) -> None:
    marketing = start(170, variant, page_size=40)
    pages = marketing.pages()
    listed = [one["id"] for page in pages for one in page.records]
    assert len(listed) == len(set(listed)) == 170
    found = records(pages)
    assert mails(found) == {f"w{n}@example.com" for n in range(170)}
    one = next(one for one in found.values() if one["fields"]["email"] == "w4@example.com")
    assert one["fields"]["name"] == "王伟4"
    assert one["fields"]["mobile"] == "13900000004"
    assert one["source"] == variant["product"]
    assert datetime.fromisoformat(one["revision"]) == datetime(2026, 1, 1, 12, 0, 1, tzinfo=UTC)


@each_variant
def test_the_next_pull_brings_what_is_new_and_not_everything_again(start: Start, variant: dict[str, str]) -> None:
    marketing = start(170, variant, page_size=40, rescan=0, lookback=0)
    state = state_of(marketing.pages())
    marketing.edit(set={"name": "New", "email": "new@example.com"})
    again = marketing.pages(state)
    assert "new@example.com" in mails(records(again))
    if variant.get("filters") != "unknown":
        assert len(records(again)) < 20
    assert mails(records(marketing.pages(state_of(again)))) <= mails(records(again)) | mails(
        records(marketing.pages()) if variant.get("filters") == "unknown" else {}
    )


@pytest.mark.parametrize("variant", EDITED, ids=named)
def test_an_edited_entry_comes_again_as_a_newer_revision_of_the_same_record(
    start: Start, variant: dict[str, str]
) -> None:
    marketing = start(20, variant)
    before = marketing.pages()
    stored = next(
        one.record_id
        for one in marketing.running.sandboxes["web_forms"].book.all("entries")
        if one.values["email"] == "w19@example.com"
    )
    (old,) = (one for one in records(before).values() if one["fields"]["email"] == "w19@example.com")
    marketing.edit(stored, set={"mobile": "13700000000"})
    new = records(marketing.pages(state_of(before)))[old["id"]]
    assert new["fields"]["mobile"] == "13700000000"
    assert datetime.fromisoformat(new["revision"]) > datetime.fromisoformat(old["revision"])


@each_variant
def test_a_read_goes_on_behind_every_page_that_was_kept(start: Start, variant: dict[str, str]) -> None:
    marketing = start(120, variant, page_size=25)
    pages = marketing.pages()
    whole = set(records(pages))
    for kept in range(len(pages)):
        seen = {one["id"] for page in pages[: kept + 1] for one in page.records}
        assert seen | set(records(marketing.pages(pages[kept].state))) == whole


@each_variant
def test_a_consent_comes_with_its_words_their_version_and_the_time(start: Start, variant: dict[str, str]) -> None:
    marketing = start(4, variant)
    by_mail = {one["fields"]["email"]: one for one in records(marketing.pages()).values()}
    (given,) = by_mail["w0@example.com"]["consent"]
    assert (given["purpose"], given["granted"]) == ("newsletter", True)
    assert given["text"].startswith("我同意接收产品资讯")
    assert given["text_version"] == ("3" if variant["product"] == "gravity_forms" else "v1")
    assert given["at"] == by_mail["w0@example.com"]["revision"]
    denied = [one["granted"] for one in by_mail["w1@example.com"]["consent"]]
    assert denied == ([] if variant["product"] == "gravity_forms" else [False])  # an empty box is no no


@each_variant
def test_named_entries_are_fetched_and_deleted_ones_marked(start: Start, variant: dict[str, str]) -> None:
    marketing = start(6, variant)
    listed = records(marketing.pages())
    gone, *others = listed
    stored = {
        one.values["email"]: one.record_id for one in marketing.running.sandboxes["web_forms"].book.all("entries")
    }
    marketing.edit(stored[listed[gone]["fields"]["email"]], delete=True)
    fetched = {one["id"]: one for one in marketing.fetch(*listed)}
    assert set(fetched) == set(listed)
    assert DELETED_AT in fetched[gone]
    assert [fetched[one] for one in others] == [listed[one] for one in others]


@each_variant
def test_an_entry_of_a_form_that_is_not_ours_is_no_deletion(start: Start, variant: dict[str, str]) -> None:
    if variant["product"] == "gravity_forms":
        pytest.skip("entries are asked for by their own id there, whatever their form")
    with pytest.raises(ConnectorError):
        start(2, variant).fetch("nix:7")


@each_variant
def test_a_form_that_is_not_there_is_named_and_the_others_are_read(start: Start, variant: dict[str, str]) -> None:
    marketing = start(30, variant)
    marketing.settings = Settings.model_validate({**marketing.config, "forms": ["404404", *marketing.config["forms"]]})
    pages: list[Page] = []
    with pytest.raises(SkipRecord):
        pages.extend(marketing.reader.read(None))
    assert len(records(pages)) == 30


@each_variant
def test_wrong_credentials_stop_the_system_and_show_no_secret(start: Start, variant: dict[str, str]) -> None:
    marketing = start(2, variant)
    names = ("api_secret", "token", "refresh_token", "client_secret")
    wrong = {name: "wrong-one" for name in names if marketing.config.get(name)}
    marketing.settings = Settings.model_validate(marketing.config | wrong)
    with pytest.raises(StopSystem) as stop:
        marketing.pages()
    assert "wrong-one" not in str(stop.value)


@each_variant
def test_a_check_reads_the_forms_and_the_catalog_names_their_questions(start: Start, variant: dict[str, str]) -> None:
    marketing = start(2, variant)
    assert "2 forms can be read" in Source().probe(marketing.settings)
    asked = set(marketing.reader.schema()["properties"]["fields"]["properties"])
    assert asked
    if variant["product"] != "google_forms":
        unnamed = Settings.model_validate({**marketing.config, "forms": []})
        assert "forms can be read" in Source().probe(unnamed)


def test_google_lists_no_forms_so_they_have_to_be_named(start: Start) -> None:
    marketing = start(2, {"product": "google_forms"})
    with pytest.raises(StopSystem, match="Name the forms"):
        Source().probe(Settings.model_validate({**marketing.config, "forms": []}))


@pytest.mark.parametrize("variant", PUSHES, ids=named)
def test_a_post_and_a_pull_of_one_entry_are_the_same_record(
    start: Start, variant: dict[str, str], inbox: tuple[str, Queue[Post]]
) -> None:
    url, taken = inbox
    marketing = start(3, variant)
    state = state_of(marketing.pages())
    marketing.control("POST", "/_webhooks", {"system": "web_forms", "url": url})
    answered = {"name": "李娜", "email": "li@example.com", "mobile": "13911112222", "consent": True, "city": "a+b/c=&"}
    marketing.edit(set=answered)
    pulled = {one["fields"]["email"]: one for one in records(marketing.pages(state)).values()}["li@example.com"]
    post = taken.get(timeout=10)
    delivery = receive(post, marketing.settings)
    assert receive(post, marketing.settings).dedupe_key == delivery.dedupe_key
    assert delivery.problems == ()
    assert _told(marketing, delivery)[pulled["id"]] == pulled
    assert pulled["fields"]["city"] == "a+b/c=&"


def _told(marketing: Marketing, delivery: Delivery) -> dict[str, Any]:
    """Return the records that a delivery carries or asks for."""
    whole = [dict(record) for _, record in delivery.records]
    asked = [one.record_id for one in delivery.changes]
    return {one["id"]: one for one in [*whole, *(marketing.fetch(*asked) if asked else [])]}


@pytest.mark.parametrize("change", ["body", "secret"])
@pytest.mark.parametrize("way", ["data", "jump", "late_jump", "api", "api_encrypted"])
def test_a_push_that_was_changed_or_is_another_accounts_is_refused(
    start: Start, inbox: tuple[str, Queue[Post]], way: str, change: str
) -> None:
    url, taken = inbox
    marketing = start(1, {"product": "wenjuanxing", "push": way})
    marketing.control("POST", "/_webhooks", {"system": "web_forms", "url": url})
    marketing.edit(set={"name": "李娜", "email": "li@example.com"})
    post, settings = taken.get(timeout=10), marketing.settings
    if change == "secret":
        settings = Settings.model_validate({**marketing.config, "secrets": ["0123456789abcdef0123456789abcdef"]})
    elif way == "data":
        post = Post(post.headers, post.query, post.body.replace(b'"index":"', b'"index":"9'), post.received_at)
    else:
        post = Post(post.headers, post.query, post.body[:-20] + b"x" * 20, post.received_at)
    with pytest.raises(PostRefused):
        receive(post, settings)


def test_edits_beyond_the_last_serial_numbers_are_left_to_the_posts(start: Start) -> None:
    marketing = start(120, {"product": "jinshuju"}, rescan=5)
    state = state_of(marketing.pages())
    assert 0 < len(records(marketing.pages(state))) <= 12


def test_a_plan_that_has_expired_stops_the_system_and_says_so(start: Start) -> None:
    with pytest.raises(StopSystem, match="plan has expired"):
        start(2, {"product": "jinshuju", "plan": "expired"}).pages()


def test_an_access_token_that_dies_between_two_pages_is_renewed(start: Start) -> None:
    marketing = start(60, {"product": "google_forms"}, page_size=20)
    read = marketing.reader.read(None)
    found = {one["id"] for one in next(read).records}
    marketing.control("POST", "/_faults", [{"system": "web_forms", "kind": "expire_token", "path": ".*", "count": 1}])
    found |= {one["id"] for page in read for one in page.records}
    assert len(found) == 60


def test_an_unknown_switch_or_product_is_an_error(start: Start) -> None:
    with pytest.raises(ValueError, match="unknown switches"):
        start(1, {"product": "jinshuju", "colour": "red"})
    with pytest.raises(ValueError, match="product may be"):
        start(1, {"product": "nobody"})
