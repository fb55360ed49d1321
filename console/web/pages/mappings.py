"""`/mappings`: how each stream's mapping stands, its text to edit with lint and preview, and the table of fields.

Room: console.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request, Response

from console.access import acts
from console.access.may import may
from console.access.user import User
from console.web.diffs import FieldDiff, diffs
from console.web.frame.area import Area, NavEntry
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.mappings_api import (
    TRY_WAIT,
    Name,
    TextId,
    ask_effect,
    earlier,
    editable,
    known,
    known_effect,
    shown,
)
from console.web.mappings_api import router as api
from console.web.ops_page import MOST_WORDS, OpsPage, words_of
from console.web.state import in_thread, state_of, take_in_edits
from flows.mapping_effect import effect_shown
from flows.mapping_fields import fields_json
from flows.mapping_save import ChangedMeanwhile, HasMistakes, save_mapping, text_as_kept
from flows.mapping_texts import LONGEST, check_text, mappings_json, mistakes_json
from flows.mapping_try import try_text
from flows.mapping_versions import Key
from flows.mapping_words import mapping_words
from golden_record.errors import NotDecidable

router = APIRouter(include_in_schema=False)
AREA = Area(
    (router, api), (NavEntry("/mappings", N_("Mappings"), acts.SEE_MAPPINGS, order=60, key="m", icon="mappings"),)
)

Version = Annotated[str, Query(pattern="^([0-9A-Z]{26})?$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(OpsPage):
    """The context of `mappings/list.html`."""

    items: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorPage(OpsPage):
    """The context of `mappings/editor.html`.

    *text*: what stands in the editor; *digest*: of the file that it began with; *changed*: the lines in which it
    differs from the file, where somebody else's or an earlier text is at issue; *wrong*: why it was not saved;
    *offered*: JSON of the words that completion offers.
    """

    said: Mapping[str, Any]
    text: str
    digest: str
    may_edit: bool
    offered: str = ""
    opened: str = ""
    changed: Sequence[str] = ()
    reason: str = ""
    wrong: str = ""
    cure: str = ""
    mistakes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakesPart(OpsPage):
    """The context of `mappings/mistakes.html`."""

    mistakes: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPart(OpsPage):
    """The context of `mappings/preview.html`."""

    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WriteShown:
    """A write that would be added, changed or dropped, and what becomes of what."""

    facts: Mapping[str, Any]
    fields: tuple[FieldDiff, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPage(OpsPage):
    """The context of `mappings/effect.html` and of the part that tells how far it is."""

    said: Mapping[str, Any]
    place: str
    under_way: bool
    writes: Sequence[WriteShown]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsPage(OpsPage):
    """The context of `mappings/fields.html`."""

    said: Mapping[str, Any]


@router.get("/mappings", dependencies=[needs(acts.SEE_MAPPINGS)])
async def show(request: Request) -> Response:
    """Every stream's mapping."""
    items = await in_thread(mappings_json, state_of(request).hub, wait=TRY_WAIT)
    return render(request, "mappings/list.html", ListPage(words=words_of(request), items=items))


@router.get("/mappings/fields", dependencies=[needs(acts.SEE_MAPPINGS)])
async def fields(request: Request) -> Response:
    """The fields of the profile across all systems."""
    said = await in_thread(fields_json, state_of(request).hub, wait=TRY_WAIT)
    return render(request, "mappings/fields.html", FieldsPage(words=words_of(request), said=said))


@router.get("/mappings/{system}/{stream}")
async def editor(
    system: Name,
    stream: Name,
    request: Request,
    who: Annotated[User, needs(acts.SEE_MAPPINGS)],
    version: Version = "",
) -> Response:
    """One mapping; with *version*, an earlier text stands in the editor, or one that was tried."""
    key = known(request, system, stream)
    said = await in_thread(shown, state_of(request).hub, key, wait=TRY_WAIT)
    text, mistakes, changed = said["text"], said["mistakes"], tuple[str, ...]()
    opened = version
    if version:
        tried = await in_thread(effect_shown, state_of(request).hub, version) if _may_edit(request, who, key) else None
        mine = tried is not None and (tried["system"], tried["stream"]) == key
        opened = "" if mine else version
        text = tried["text"] if tried is not None and mine else (await earlier(request, key, version)).text
        checked = await in_thread(check_text, state_of(request).hub, key, text, wait=TRY_WAIT)
        mistakes, changed = mistakes_json(checked.mistakes), _changed(said["text"], text)
    page = EditorPage(
        words=words_of(request),
        said=said,
        text=text,
        digest=said["digest"],
        may_edit=_may_edit(request, who, key),
        offered=await _offered(request, key),
        opened=opened,
        changed=changed,
        mistakes=mistakes,
    )
    return render(request, "mappings/editor.html", page)


@router.post("/mappings/{system}/{stream}/lint")
async def lint(
    system: Name, stream: Name, request: Request, who: Annotated[User, needs(acts.EDIT_MAPPINGS)]
) -> Response:
    """The part that names the mistakes of a text."""
    key, text = editable(request, who, system, stream), text_as_kept(text_of(await form_of(request), "text"))
    checked = await in_thread(check_text, state_of(request).hub, key, text, wait=TRY_WAIT)
    part = MistakesPart(words=words_of(request), mistakes=mistakes_json(checked.mistakes))
    return render(request, "mappings/mistakes.html", part)


@router.post("/mappings/{system}/{stream}/preview")
async def preview(
    system: Name, stream: Name, request: Request, who: Annotated[User, needs(acts.EDIT_MAPPINGS)]
) -> Response:
    """The part that shows what a text would make of stored records."""
    key, text = editable(request, who, system, stream), text_as_kept(text_of(await form_of(request), "text"))
    said = await in_thread(try_text, state_of(request).hub, key, text, wait=TRY_WAIT)
    return render(request, "mappings/preview.html", PreviewPart(words=words_of(request), said=said))


@router.post("/mappings/{system}/{stream}/effect")
async def effect(
    system: Name, stream: Name, request: Request, who: Annotated[User, needs(acts.EDIT_MAPPINGS)]
) -> Response:
    """Have worked out what the text in the editor would change, and go where it is shown."""
    key, text = editable(request, who, system, stream), text_as_kept(text_of(await form_of(request), "text"))
    if len(text) > LONGEST:
        raise HTTPException(422, N_("This text is too long for a mapping."))
    run_id = await ask_effect(request, key, text, who)
    return go_to(request, f"{_place(key)}/effects/{run_id}")


@router.get("/mappings/{system}/{stream}/effects/{run_id}")
async def effect_of(
    system: Name, stream: Name, run_id: TextId, request: Request, who: Annotated[User, needs(acts.EDIT_MAPPINGS)]
) -> Response:
    """What a text would change; while it is worked out, the part that tells how far it is is asked for again."""
    key = editable(request, who, system, stream)
    said = await known_effect(request, key, run_id)
    under_way = said["status"] in {"waiting", "running"}
    part = under_way and request.headers.get("hx-request") == "true"
    page = EffectPage(words=words_of(request), said=said, place=_place(key), under_way=under_way, writes=_writes(said))
    if request.headers.get("hx-request") == "true" and not under_way:
        return Response(status_code=200, headers={"HX-Refresh": "true"})
    return render(request, "mappings/effect_progress.html" if part else "mappings/effect.html", page)


def _writes(said: Mapping[str, Any]) -> list[WriteShown]:
    items = said["result"]["writes"]["items"] if said["result"] else ()
    return [WriteShown(one, diffs(one["fields"])) for one in items]


def _place(key: Key) -> str:
    return f"/mappings/{quote(key[0], safe='')}/{quote(key[1], safe='')}"


@router.post("/mappings/{system}/{stream}")
async def save(
    system: Name, stream: Name, request: Request, who: Annotated[User, needs(acts.EDIT_MAPPINGS)]
) -> Response:
    """Save the text that was typed; where it is not saved, it comes back as typed, with why."""
    hub, key, form = state_of(request).hub, editable(request, who, system, stream), await form_of(request)
    text, digest, reason = text_of(form, "text"), text_of(form, "digest"), text_of(form, "reason").strip()
    say, address = say_of(request).say, request.client.host if request.client else None
    mistakes: Sequence[Mapping[str, Any]] = ()
    clashed = False
    try:
        if not reason or len(reason) > MOST_WORDS:
            status, wrong, cure = 422, say(N_("Say why in a few words.")), ""
        else:
            await in_thread(
                lambda: save_mapping(hub, key, text, seen=digest, author=who.name, reason=reason, address=address),
                wait=TRY_WAIT,
            )
            await in_thread(take_in_edits, state_of(request), wait=TRY_WAIT)
            done = Toast(say(N_("Saved. New changes follow it at once, stored records with the next sync.")))
            return go_to(request, f"/mappings/{quote(system, safe='')}/{quote(stream, safe='')}", done)
    except HasMistakes as found:
        status, wrong, cure = 422, say(N_("It was not saved: the text has mistakes.")), ""
        mistakes = mistakes_json(found.mistakes)
    except ChangedMeanwhile:
        status, clashed = 409, True
        wrong = say(N_("It was not saved: somebody has changed this mapping since you opened it."))
        cure = say(N_("Your text stands in the editor; below is how it differs. Saving again puts it over theirs."))
    except NotDecidable:
        status, wrong, cure = 409, say(N_("It was not saved: this is the text that is saved already.")), ""
    said = await in_thread(shown, hub, key, wait=TRY_WAIT)
    page = EditorPage(
        words=words_of(request),
        said=said,
        text=text_as_kept(text),
        digest=said["digest"] if clashed else digest,  # only who was shown the other's text may save over it
        may_edit=True,
        offered=await _offered(request, key),
        changed=_changed(said["text"], text_as_kept(text)) if clashed else (),
        reason=reason[:MOST_WORDS],
        wrong=wrong,
        cure=cure,
        mistakes=mistakes,
    )
    return render(request, "mappings/editor.html", page, status=status)


async def _offered(request: Request, key: Key) -> str:
    found = await in_thread(mapping_words, state_of(request).hub, key, wait=TRY_WAIT)
    return json.dumps(found, ensure_ascii=False)


def _may_edit(request: Request, who: User, key: Key) -> bool:
    department = state_of(request).hub.systems[key[0]].config.department
    return may(who, acts.EDIT_MAPPINGS, about=[department])


def _changed(file: str, text: str) -> tuple[str, ...]:
    """Return the lines in which *text* differs from the file, as a unified difference."""
    found = difflib.unified_diff(file.splitlines(), text.splitlines(), lineterm="", n=2)
    return tuple(found)[2:]
