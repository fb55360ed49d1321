"""Write docs/tutorial-connector.md anew: a connector from a page of API description. Run as `make docs`.

The code that it shows is that of tests/connectors/bazaar, on which the contract suite runs every clause, under the name
that it has as a package of its own; tests/system/test_tutorial_connector.py installs what the page shows and runs it.
"""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parent / "tutorial-connector.md"
CODE = Path(__file__).parents[1] / "tests" / "connectors" / "bazaar"
PACKAGE = "crmhub_bazaar"
FILES = {
    "settings": "What the operator fills in. A `SecretStr` is never shown or logged.",
    "failures": "Their answer, our action. What HTTP itself means (429, 401, 5xx) is in `connectors.failures` already.",
    "client": "Sign-in and calls, through `connectors.http`: timeouts, retries and the budget come with it.",
    "source": "An airbyte-cdk source: a reader per stream, with the place to go on from behind each page.",
    "writer": "A result for each record. Bazaar compares with `if` itself, and makes one record for one `ref`.",
}

HEAD = """# A connector for a system of your own, step by step

<!-- written by docs/write_tutorial_connector.py: make docs -->

*Bazaar* is a CRM that nobody sells. All that is known of it is the page below. This tutorial makes a connector
of it, as a package of its own: nothing in the hub's tree is touched. A test installs what stands here, as it
stands, and runs it against a simulator; the contract suite runs every clause on the same code
([connectors.md](connectors.md)).

## 1. The API, in one page

> **Bazaar HTTP API.** `POST /token {"key": …}` → `{"token": …}`; send it as `Authorization: Bearer …`. A token
> dies when it likes: 401, ask for another. A wrong key: 403 `{"error": "key"}`.
>
> `GET /people?after=N` → `{"people": […], "next": M, "more": true}`: people changed behind change number N,
> deleted ones with `deleted` (a time). A page may be empty, or repeat a record. `GET /people?id=…`, `ref=…`,
> `email=…` or `phone=…`: those people. A person: `id`, `ref` (free for your own id, unique), `name`, `email`,
> `phone`, `changed`.
>
> `POST /people/batch [row, …]`, at most 20: `{"ref": …, "set": {…}}` makes a person, once for a `ref`; `{"id": …,
> "if": {…}, "set": {…}}` changes one that still shows what `if` says. The answer has an entry for each row, in
> order: `{"person": {…}}`, `{"now": {…}}` (it did not show that), or `{"error": …}`.

Read such a page for seven things: how to sign in, how a list goes on, how a change is seen again, how a
deletion shows, what makes a create safe to repeat, what keeps an update from overwriting people, and what a
batch says of each row. What it leaves open (may a page be empty? how long does a token live?) is taken to
happen.

## 2. The package

"""

TAIL = """## 3. The mapping

Into the project; [mapping.md](mapping.md) says what stands in it. `crmhub mapping new bazaar people` drafts one
from what the system offers.

```yaml config/mappings/bazaar/people.yaml
key: id
modified: changed_at                    # Bazaar numbers its changes and tells no time: what is seen later is newer
emits:
- entity: person
  fields:
    name: {pull: name, push: name}
    emails: {pull: [email], push: [email]}
    phones: {pull: [phone], push: [phone]}
create_in: {person: true}
required: [name]
examples:
- record: {id: p1, name: 王伟, email: Wei@Example.cn, phone: "138 1234 5678", changed: 4}
  gives: {person: {name: 王伟, emails: [wei@example.cn], phones: ["+8613812345678"]}}
```

## 4. The block

```yaml config/hub.yaml systems
bazaar:
  connector: bazaar
  department: sales
  config: {base_url: "${BAZAAR_URL}", key: "${BAZAAR_KEY}"}
  streams: [people]
  push: {mode: update}
```

```console
$ crmhub mapping test bazaar
$ crmhub check bazaar
signed in, people can be read
$ crmhub sync bazaar
```

## 5. What it took

"""


LAST = """For one that is to live in the hub's tree, add a simulator (`sandbox.py`), a README and a rig in the contract
suite: [developers.md](developers.md). Systems that post to the hub need `webhook.py` with a `receive()`.
"""


def page() -> str:
    """Return the page."""
    texts = {name: source(name) for name in FILES}
    lines = {name: sum(bool(line.strip()) for line in text.splitlines()) for name, text in texts.items()}
    toml = f"""[project]
name = "crmhub-bazaar"
version = "1.0"

[project.entry-points."crmhub.connectors"]
bazaar = "{PACKAGE}"
"""
    parts = [HEAD, "The entry point is how the hub finds it:\n\n", block("toml", "pyproject.toml", toml)]
    init = '"""Bazaar for crmhub."""\n'
    parts += [block("python", f"{PACKAGE}/__init__.py", init)]
    for name, what in FILES.items():
        parts += [f"### `{name}.py`\n\n{what}\n\n", block("python", f"{PACKAGE}/{name}.py", texts[name])]
    counted = ", ".join(f"`{name}.py` {number}" for name, number in lines.items())
    mapping = TAIL.split("```yaml config/mappings/bazaar/people.yaml\n", 1)[1].split("```", 1)[0]
    numbers = (len(toml.splitlines()), len(mapping.splitlines()))
    took = (
        f"{sum(lines.values())} lines of Python that are not blank ({counted}),\n{numbers[0]} of packaging, "
        f"{numbers[1]} of mapping with its example, 6 in `hub.yaml`. Nothing in the hub's own tree was touched.\n\n"
    )
    parts += [TAIL, took, LAST]
    return "".join(parts)


def source(name: str) -> str:
    """Return a file of the connector as it stands in a package of its own."""
    return (CODE / f"{name}.py").read_text(encoding="utf-8").replace("tests.connectors.bazaar", PACKAGE)


def block(language: str, file: str, text: str) -> str:
    """Return a block of code that names its file."""
    return f"```{language} {file}\n{text}```\n\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
