"""`/api/mappings`: how each stands, its text and earlier ones, lint, what a text would make of records, save.

Room: console.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from console.access import acts
from console.access.user import User
from console.web.frame.bearer import bearer
from console.web.frame.errors import answer_of
from console.web.frame.needs import needs
from console.web.frame.texts import N_
from console.web.ops_page import insist_on
from console.web.state import in_thread, state_of, take_in_edits
from flows.hub import Hub
from flows.mapping_effect import ask_for_effect, effect_shown
from flows.mapping_fields import fields_json
from flows.mapping_history import KeptText, kept_text, kept_texts
from flows.mapping_save import HasMistakes, save_mapping
from flows.mapping_texts import LONGEST, NoSuchMapping, check_text, mappings_json, mistakes_json, text_now
from flows.mapping_try import try_text
from flows.mapping_versions import Key

router = APIRouter(prefix="/api/mappings", dependencies=[bearer])

NAMED = 100
"""Mistakes that a refused save names; lint names all."""
TRY_WAIT = 20.0
"""Seconds that reading a large text and trying it on records may take."""
Name = Annotated[str, Path(max_length=255)]
TextId = Annotated[str, Path(pattern="^[0-9A-Z]{26}$")]


class Strict(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


class Text(Strict):
    """A mapping as YAML."""

    text: str = Field(max_length=LONGEST)


class Save(Text):
    """What is saved, over which text (its `digest`, as it was shown), and why."""

    digest: str = Field(max_length=64)
    reason: str = Field(min_length=1, max_length=2000, pattern=r"\S")


@router.get("", summary="How the mapping of each stream stands", dependencies=[needs(acts.SEE_MAPPINGS)])
async def every(request: Request) -> dict[str, Any]:
    """Whose file, whether it is in force and since when, and every mistake by line."""
    return {"items": await in_thread(mappings_json, state_of(request).hub, wait=TRY_WAIT)}


@router.get("/fields", summary="The fields of the profile across all systems", dependencies=[needs(acts.SEE_MAPPINGS)])
async def fields(request: Request) -> dict[str, Any]:
    """From the project's own mappings."""
    return await in_thread(fields_json, state_of(request).hub, wait=TRY_WAIT)


@router.get("/{system}/{stream}", summary="One mapping: text, state, versions", dependencies=[needs(acts.SEE_MAPPINGS)])
async def one(system: Name, stream: Name, request: Request) -> dict[str, Any]:
    """`digest` goes with a save, so that nobody's edit is lost."""
    return await in_thread(shown, state_of(request).hub, known(request, system, stream), wait=TRY_WAIT)


@router.get("/{system}/{stream}/versions/{text_id}", summary="An earlier text", dependencies=[needs(acts.SEE_MAPPINGS)])
async def version(system: Name, stream: Name, text_id: TextId, request: Request) -> dict[str, Any]:
    """Saving it again is how one goes back to it."""
    found = await earlier(request, known(request, system, stream), text_id)
    return found.to_json() | {"text": found.text}


@router.post("/{system}/{stream}/lint", summary="What is wrong in a text")
async def lint(
    system: Name, stream: Name, said: Text, request: Request, who: Annotated[User, needs(acts.EDIT_MAPPINGS)]
) -> dict[str, Any]:
    """By line, with cures; nothing is saved."""
    key = editable(request, who, system, stream)
    checked = await in_thread(check_text, state_of(request).hub, key, said.text, wait=TRY_WAIT)
    return {"ok": checked.ok, "mistakes": mistakes_json(checked.mistakes)}


@router.post("/{system}/{stream}/preview", summary="What a text would make of stored records, masked")
async def preview(
    system: Name, stream: Name, said: Text, request: Request, who: Annotated[User, needs(acts.EDIT_MAPPINGS)]
) -> dict[str, Any]:
    """And which records would have to be read again; nothing is saved."""
    key = editable(request, who, system, stream)
    return await in_thread(try_text, state_of(request).hub, key, said.text, wait=TRY_WAIT)


@router.post("/{system}/{stream}/effect", status_code=202, summary="Have worked out what a text would change")
async def effect(
    system: Name, stream: Name, said: Text, request: Request, who: Annotated[User, needs(acts.EDIT_MAPPINGS)]
) -> dict[str, Any]:
    """In records, profiles and writes, on a copy of the store; `GET …/effects/{run_id}` tells how far it is."""
    run_id = await ask_effect(request, editable(request, who, system, stream), said.text, who)
    return {"run_id": run_id, "status": "waiting"}


@router.get("/{system}/{stream}/effects/{run_id}", summary="What a text would change, masked")
async def effect_of(
    system: Name, stream: Name, run_id: TextId, request: Request, who: Annotated[User, needs(acts.EDIT_MAPPINGS)]
) -> dict[str, Any]:
    """`result` as `mapping diff --json` once it is known; `progress` before; `problem` where there is none."""
    return await known_effect(request, editable(request, who, system, stream), run_id)


@router.post("/{system}/{stream}", summary="Save a mapping as the project's own file")
async def save(
    system: Name, stream: Name, said: Save, request: Request, who: Annotated[User, needs(acts.EDIT_MAPPINGS)]
) -> Response:
    """Posted changes and plans go by it at once, stored records with the next sync. 409: it is not that of `digest`."""
    hub, key = state_of(request).hub, editable(request, who, system, stream)
    address = request.client.host if request.client else None
    try:
        saved = await in_thread(
            lambda: save_mapping(
                hub, key, said.text, seen=said.digest, author=who.name, reason=said.reason.strip(), address=address
            ),
            wait=TRY_WAIT,
        )
    except HasMistakes as wrong:
        found = [{"where": f"line {one.line}", "what": f"{one.message}. {one.cure}"} for one in wrong.mistakes[:NAMED]]
        return answer_of(request, 422, code="mistakes", message="the text has mistakes", fields=found)
    await in_thread(take_in_edits, state_of(request), wait=TRY_WAIT)
    return JSONResponse({"system": system, "stream": stream, "digest": saved.digest})


async def ask_effect(request: Request, key: Key, text: str, who: User) -> str:
    """Ask for the effect of a text; return the run's id."""
    state = state_of(request)
    run_id = await in_thread(lambda: ask_for_effect(state.hub, key, text, by=who.name), wait=TRY_WAIT)
    state.ring_aside()
    return run_id


async def known_effect(request: Request, key: Key, run_id: str) -> dict[str, Any]:
    """Return an effect as far as it is known.

    Raises:
        HTTPException: 404, there is none of this id for this stream.
    """
    found = await in_thread(effect_shown, state_of(request).hub, run_id)
    if found is None or (found["system"], found["stream"]) != key:
        raise HTTPException(404, N_("There is no such trial of this mapping any more."))
    return found


def shown(hub: Hub, key: Key) -> dict[str, Any]:
    """Return how one mapping stands, with its text and the earlier ones."""
    text = text_now(hub.project, key)
    versions = [one.to_json() for one in kept_texts(hub.project.folder, key)]
    return mappings_json(hub, key)[0] | {"text": text.text, "digest": text.digest, "versions": versions}


def known(request: Request, system: str, stream: str) -> Key:
    """Return the key of a stream.

    Raises:
        HTTPException: 404, there is no such stream.
    """
    try:
        text_now(state_of(request).hub.project, (system, stream))
    except NoSuchMapping:
        raise HTTPException(404, N_("There is no such stream.")) from None
    return system, stream


def editable(request: Request, who: User, system: str, stream: str) -> Key:
    """Return the key of a stream whose mapping *who* may edit.

    Raises:
        HTTPException: 404, there is no such stream.
        Refused: it is another department's.
    """
    insist_on(state_of(request).hub, who, acts.EDIT_MAPPINGS, system)
    return known(request, system, stream)


async def earlier(request: Request, key: Key, text_id: str) -> KeptText:
    """Return an earlier text.

    Raises:
        HTTPException: 404, there is none of this id.
    """
    found = await in_thread(kept_text, state_of(request).hub.project.folder, key, text_id)
    if found is None:
        raise HTTPException(404, N_("There is no earlier text of this id."))
    return found
