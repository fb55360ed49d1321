"""Pull and posts over real HTTP, against the simulator."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import quote

import pytest

from connectors.contract import Post
from connectors.errors import ConnectorError
from connectors.sandboxes.run import start_sandboxes
from connectors.web_forms.sandbox.oauth1 import signature
from connectors.web_forms.webhook import receive
from tests.connectors.web_forms.conftest import Marketing, people, records, state_of

Start = Callable[..., Marketing]


@pytest.fixture
def inbox() -> Iterator[tuple[str, Queue[Post]]]:
    """Return the address of a receiver and what arrives there."""
    arrived: Queue[Post] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            arrived.put(Post(headers, {}, body, datetime.now(UTC)))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/in", arrived
    server.shutdown()
    server.server_close()


# ------------------------------------------------------------------------------------------------ pulling


@pytest.mark.parametrize("counts", ["remaining", "all"])
@pytest.mark.parametrize("page_size", [1, 7, 60, 1000])
def test_every_entry_is_read_once_whatever_the_page(start: Start, counts: str, page_size: int) -> None:
    marketing = start(60, {"counts": counts}, page_size=page_size)
    pages = marketing.pages()
    ids = [record["id"] for page in pages for record in page.records]
    assert len(ids) == len(set(ids)) == 60
    truth = {one["id"] for one in marketing.control("GET", "/_truth")["records"]}
    assert set(ids) == truth


def test_an_entry_shows_what_the_visitor_left(start: Start) -> None:
    entry = next(one for one in records(start(1).pages()).values())
    assert entry["fields"] == {
        "name": "王伟0",
        "email": "w0@example.com",
        "mobile": "13900000000",
        "country": "中国",
        "tags": ["A", "B"],
        "message": "请联系我",
        "consent": True,
    }
    assert entry["submitted_at"] == "2026-01-01T12:00:00Z"
    assert [(one["purpose"], one["granted"], one["text_version"]) for one in entry["consent"]] == [
        ("newsletter", True, "v1")
    ]


def test_nothing_new_costs_one_call_a_form(start: Start) -> None:
    marketing = start(60)
    state = state_of(marketing.pages())
    marketing.control("POST", "/_stats/reset")
    again = marketing.pages(state)
    assert marketing.calls() == len(marketing.settings.forms) == 2
    assert state_of(again) == state


@pytest.mark.parametrize("gone", ["position", "refused"])
def test_a_read_may_begin_again_behind_any_page(start: Start, gone: str) -> None:
    marketing = start(60, {"gone": gone}, page_size=7)
    pages = marketing.pages()
    everything = set(records(pages))
    for cut in range(len(pages)):
        seen = set(records(pages[: cut + 1])) | set(records(marketing.pages(pages[cut].state)))
        assert seen == everything


@pytest.mark.parametrize("gone", ["position", "refused"])
def test_the_entry_where_paging_stands_may_be_deleted_meanwhile(start: Start, gone: str) -> None:
    marketing = start(60, {"gone": gone}, page_size=7)
    reading = marketing.reader.read(None)
    first = next(reading)
    last = first.records[-1]["id"]
    marketing.edit(last, delete=True)
    seen = set(records([first, *reading]))
    assert len(seen) == 60


def test_entries_that_arrive_while_pages_are_read_are_found_at_the_latest_by_the_next_read(start: Start) -> None:
    marketing = start(60, page_size=7)
    reading = marketing.reader.read(None)
    pages = [next(reading)]
    added = marketing.edit(set={"name": "New", "email": "new@example.com"})
    pages += reading
    assert added in {**records(pages), **records(marketing.pages(state_of(pages)))}


def test_new_and_changed_entries_are_in_the_next_read(start: Start) -> None:
    marketing = start(60)
    pages = marketing.pages()
    some = sorted(records(pages))[3]
    added = marketing.edit(set={"fields.name": "New", "email": "new@example.com"})
    marketing.edit(some, set={"fields": {"phone": "13711112222"}}, clear=["email"])
    again = records(marketing.pages(state_of(pages)))
    assert again[added]["fields"] == {"name": "New", "email": "new@example.com"}
    assert again[some]["fields"]["phone"] == "13711112222"
    assert "email" not in again[some]["fields"]
    assert again[some]["revision"] > records(pages)[some]["revision"]


def test_a_silent_edit_is_seen_by_a_fetch_and_by_a_full_read(start: Start) -> None:
    marketing = start(60, {"edits": "silent"}, lookback=0)
    pages = marketing.pages()
    some = min(records(pages).values(), key=lambda one: str(one["submitted_at"]))["id"]
    marketing.edit(some, set={"phone": "13711112222"})
    assert some not in records(marketing.pages(state_of(pages)))
    (fetched,) = marketing.fetch(some)
    assert fetched["fields"]["phone"] == "13711112222"
    assert records(marketing.pages())[some] == fetched


def test_fetching_names_what_is_gone(start: Start) -> None:
    marketing = start(260)
    ids = sorted(records(marketing.pages()))
    marketing.edit(ids[0], delete=True)
    marketing.control("POST", "/_stats/reset")
    fetched = {record["id"]: record for record in marketing.fetch(*ids)}
    assert set(fetched) == set(ids)
    assert [one for one in ids if "_ab_cdc_deleted_at" in fetched[one]] == [ids[0]]
    assert marketing.calls() <= 4  # two forms, a hundred ids a call
    assert ids[0] not in records(marketing.pages())


def test_a_response_shows_only_after_a_while_and_is_not_missed(start: Start) -> None:
    marketing = start(6, {"lag": "120"})
    pages = marketing.pages()
    added = marketing.edit(set={"email": "late@example.com"})
    marketing.control("POST", "/_clock", {"advance": 60})
    later = marketing.edit(set={"email": "later@example.com"})
    marketing.control("POST", "/_clock", {"advance": 70})
    middle = marketing.pages(state_of(pages))
    assert added in records(middle)
    assert later not in records(middle)
    marketing.control("POST", "/_clock", {"advance": 60})
    assert later in records(marketing.pages(state_of(middle)))


def test_the_real_limit_refuses_the_third_call_of_a_second(start: Start) -> None:
    marketing = start(6, limits="real")
    answers = [marketing.api("/forms") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) >= 1
    assert marketing.config["calls_per_second"] == 2
    marketing.control("POST", "/_clock", {"advance": 200})
    assert len(records(marketing.pages())) == 6


@pytest.mark.parametrize("kind", ["html", "cut", "status"])
def test_a_passing_fault_does_not_show_in_what_is_read(start: Start, kind: str) -> None:
    marketing = start(60, page_size=7)
    rule = {"system": "web_forms", "method": "GET", "path": "/responses", "kind": kind, "count": 2}
    marketing.control("POST", "/_faults", [{**rule, "status": 503} if kind == "status" else rule])
    assert len(records(marketing.pages())) == 60


def test_wrong_credentials_are_named_with_the_cure_and_without_the_token(start: Start) -> None:
    marketing = start(6, token="tfp_wrong")
    with pytest.raises(ConnectorError, match="personal access token") as error:
        marketing.pages()
    assert "tfp_wrong" not in str(error.value)


# -------------------------------------------------------------------------------------------------- posts


def test_a_posted_entry_is_the_record_that_the_pull_gives(start: Start, inbox: tuple[str, Queue[Post]]) -> None:
    url, arrived = inbox
    marketing = start(6, consents={"consent": {"purpose": "newsletter"}})
    marketing.control("POST", "/_webhooks", {"system": "web_forms", "url": url})
    answers = {"name": "José", "email": "j@example.com", "consent": False, "tags": ["A"], "tier": "Gold"}
    added = marketing.edit(set=answers)
    first = receive(arrived.get(timeout=10), marketing.settings)
    ((stream, record),) = first.records
    assert (stream, record["id"]) == ("entries", added)
    assert record == records(marketing.pages())[added]
    assert record["consent"][0]["granted"] is False
    assert record["consent"][0]["text"]

    marketing.edit(added, set={"phone": "13711112222"})
    second = receive(arrived.get(timeout=10), marketing.settings)
    assert second.dedupe_key != first.dedupe_key
    assert dict([second.records[0]])["entries"] == marketing.fetch(added)[0]


def test_a_deletion_and_a_silent_edit_are_not_posted(start: Start, inbox: tuple[str, Queue[Post]]) -> None:
    url, arrived = inbox
    marketing = start(6, {"edits": "silent"})
    marketing.control("POST", "/_webhooks", {"system": "web_forms", "url": url})
    some, other = sorted(records(marketing.pages()))[:2]
    marketing.edit(some, set={"phone": "1"})
    marketing.edit(other, delete=True)
    added = marketing.edit(set={"email": "a@example.com"})
    assert json.loads(arrived.get(timeout=10).body)["form_response"]["token"] == added.partition(":")[2]
    assert arrived.empty()


# ----------------------------------------------------------------------------------------- the simulator


def test_the_simulator_refuses_as_the_vendor_does(start: Start) -> None:
    marketing = start(6)
    form = marketing.settings.forms[0]
    assert marketing.http.get(marketing.base_url + "/forms", timeout=5).status_code == 401
    assert marketing.api("/forms/none/responses").json()["code"] == "FORM_NOT_FOUND"
    for wrong in ({"page_size": 1001}, {"page_size": "x"}, {"since": "yesterday"}, {"before": "nobody"}):
        assert marketing.api(f"/forms/{form}/responses", **wrong).status_code == 400
    assert marketing.api(f"/forms/{form}/responses", sort="submitted_at,asc", before="x").status_code == 400


def test_other_clients_find_what_stands_around_forms(start: Start) -> None:
    marketing = start(6)
    form, base = marketing.settings.forms[0], marketing.base_url
    signed = {"authorization": f"bearer {marketing.config['token']}"}  # the scheme as a client of Python writes it
    assert marketing.http.get(f"{base}/forms", headers=signed, timeout=5).status_code == 200
    assert marketing.api(f"/forms/{form}/webhooks").json() == {"items": []}
    (workspace,) = marketing.api("/workspaces").json()["items"]
    assert workspace["forms"]["count"] == len(marketing.settings.forms)
    assert (marketing.api("/themes").json()["items"], marketing.api("/images").json()) == ([], [])


def test_the_simulator_pages_forwards_too(start: Start) -> None:
    marketing = start(60)
    form = marketing.settings.forms[0]
    whole = [one["token"] for one in marketing.api(f"/forms/{form}/responses", page_size=1000).json()["items"]]
    seen = whole[-1:]
    while items := marketing.api(f"/forms/{form}/responses", page_size=5, after=seen[-1]).json()["items"]:
        seen += [one["token"] for one in items]
    assert seen == whole[::-1]
    ascending = marketing.api(f"/forms/{form}/responses", page_size=1000, sort="submitted_at,asc").json()["items"]
    assert [one["token"] for one in ascending] == seen


def test_the_list_of_forms_tells_when_each_was_changed(start: Start) -> None:
    marketing = start(6)
    first = marketing.api("/forms").json()["items"][0]
    assert first["id"] in marketing.settings.forms
    assert first["last_updated_at"].endswith("Z")
    assert first["_links"]["responses"].endswith(f"/forms/{first['id']}/responses")


def test_the_page_count_follows_its_switch(start: Start) -> None:
    for counts, expected in (("remaining", 0), ("all", 1)):
        marketing = start(60, {"counts": counts})
        form = marketing.settings.forms[0]
        items = marketing.api(f"/forms/{form}/responses", page_size=1000).json()["items"]
        rest = marketing.api(f"/forms/{form}/responses", page_size=1000, before=items[-1]["token"]).json()
        assert (rest["items"], rest["page_count"]) == ([], expected)
        assert (
            marketing.http.get(marketing.base_url + "/__sim/config", timeout=5).json()["switches"]["counts"] == counts
        )


def test_an_erasure_over_the_api_counts_as_the_hubs_write(start: Start) -> None:
    marketing = start(6)
    some = min(records(marketing.pages()))
    form, _, token = some.partition(":")
    headers = {"Authorization": f"Bearer {marketing.config['token']}"}
    url = f"{marketing.base_url}/forms/{form}/responses"
    marketing.http.delete(url, params={"included_response_ids": token}, headers=headers, timeout=5)
    assert marketing.control("GET", "/_stats")["web_forms"]["writes"] == 1
    assert "_ab_cdc_deleted_at" in marketing.fetch(some)[0]


def test_a_restored_state_is_listed_in_order_again(tmp_path: Path) -> None:
    for population in (people(20), []):
        with start_sandboxes(["web_forms"], 0, 7, population=population, state=tmp_path) as running:
            marketing = Marketing(running, page_size=3)
            assert len(records(marketing.pages())) == 20


def test_the_same_seed_gives_the_same_account(start: Start) -> None:
    first, second = start(30), start(30)
    assert first.config["token"] == second.config["token"]
    assert set(records(first.pages())) == set(records(second.pages()))


# ------------------------------------------------------------------------------------------------ other clients


def entries(world: Marketing, **params: Any) -> Any:
    auth = (world.config["api_key"], world.config["api_secret"])
    return world.http.get(f"{world.base_url}/wp-json/gf/v2/entries", params=params, auth=auth, timeout=10).json()


def test_gravity_entries_of_all_forms_are_searched_sorted_and_paged(start: Start) -> None:
    world = start(12, {"product": "gravity_forms"})
    everything = entries(world, **{"paging[page_size]": 50, "sorting[direction]": "ASC"})
    assert {one["form_id"] for one in everything["entries"]} == {"1", "2"}
    assert everything["total_count"] == len(everything["entries"]) > 10
    moved = entries(world, **{"paging[page_size]": 1, "paging[offset]": 3, "sorting[direction]": "ASC"})
    assert moved["entries"] == everything["entries"][3:4]
    mail = next(one["2"] for one in everything["entries"] if one["2"])
    by_mail = {"field_filters": [{"key": "2", "operator": "is", "value": mail}]}
    assert {one["2"] for one in entries(world, search=json.dumps(by_mail))["entries"]} == {mail}
    nobody = {"field_filters": [{"key": "2", "operator": "is", "value": "nobody"}]}
    assert entries(world, search=json.dumps(nobody))["total_count"] == 0
    assert entries(world, search=json.dumps({"start_date": "2100-01-01"}))["total_count"] == 0


def test_a_call_signed_by_oauth_1_is_let_in_and_a_forged_one_is_not(start: Start) -> None:
    world = start(2, {"product": "gravity_forms"})
    url = f"{world.base_url}/wp-json/gf/v2/forms?a=b%20c"
    told = {"oauth_consumer_key": world.config["api_key"], "oauth_nonce": "n", "oauth_timestamp": "1"}
    told |= {"oauth_signature_method": "HMAC-SHA1", "oauth_version": "1.0"}
    for secret, status in ((world.config["api_secret"], 200), ("another", 401)):
        sign = quote(signature("GET", url, told, secret, "sha1"), safe="")
        parts = ", ".join(f'{name}="{value}"' for name, value in {**told, "oauth_signature": sign}.items())
        assert world.http.get(url, headers={"Authorization": f"OAuth {parts}"}, timeout=10).status_code == status


def test_the_signature_of_the_specifications_example() -> None:
    told = {
        "oauth_consumer_key": "dpf43f3p2l4k3l03",
        "oauth_token": "nnch734d00sl2jdk",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1191242096",
        "oauth_nonce": "kllo9940pd9333jh",
        "oauth_version": "1.0",
    }
    url = "http://photos.example.net/photos?file=vacation.jpg&size=original"
    # Without the token's secret, which the example has and WordPress does not.
    assert signature("GET", url, told, "kd94hf93k423kf44", "sha1") == "53jgttsWLqA74Y7pXpdaQdhgDfI="


def test_jinshujus_api_stands_under_its_own_path(start: Start) -> None:
    world = start(2, {"product": "jinshuju"})
    auth = (world.config["api_key"], world.config["api_secret"])
    assert world.http.get(f"{world.base_url}/api/v1/forms", auth=auth, timeout=10).json()["total"] == 2


def test_typeforms_webhooks_are_kept_and_nobody_left_a_form_half_filled(start: Start) -> None:
    world = start(4)
    form = world.config["forms"][0]
    url, headers = f"{world.base_url}/forms/{form}/webhooks/hub", {"Authorization": f"Bearer {world.config['token']}"}
    assert world.http.get(url, headers=headers, timeout=10).status_code == 404
    said = {"url": "https://hub.example/in", "enabled": True, "secret": "s", "verify_ssl": True}
    made = world.http.put(url, json=said, headers=headers, timeout=10).json()
    assert (made["tag"], made["enabled"]) == ("hub", True)
    off = world.http.put(url, json={"enabled": False}, headers=headers, timeout=10).json()
    assert (off["url"], off["enabled"]) == ("https://hub.example/in", False)
    assert world.api(f"/forms/{form}/webhooks").json()["items"] == [off]
    assert world.http.delete(url, headers=headers, timeout=10).status_code == 204
    assert world.api(f"/forms/{form}/responses", response_type="partial").json()["items"] == []
