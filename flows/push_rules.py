"""What hub.yaml says of pushes, against what there is: streams, and the profile's fields. And whether a record is made.

Room: flows, pure.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from connectors.contract import Removal
from flows.hub_config import CREATE_WORDS, HubConfig, Push
from golden_record.store.profiles import Profile
from mapping.mistakes import Mistake, suggestion
from mapping.profile_fields import Profile as Shapes
from mapping.system_path import WHOLE_RECORD, condition
from mapping.yaml_nodes import Document


def push_mistakes(hub: HubConfig, shapes: Shapes | None, document: Document) -> Iterator[Mistake]:
    """Yield what is wrong in the `push` of each system, with its line."""
    for name, system in hub.systems.items():
        push, path = system.push, ("systems", name, "push")
        if push is None:
            continue
        for key, streams in (("update_only", push.update_only), ("create_only", push.create_only)):
            for place, stream in enumerate(streams):
                if stream not in system.streams:
                    cure = suggestion(stream, system.streams, noun=f"streams of {name}")
                    yield document.mistake((*path, key, place), f"{name} has no stream `{stream}`", cure)
        for stream in sorted({*push.update_only} & {*push.create_only}):
            yield document.mistake(
                (*path, "create_only"),
                f"`{stream}` is to be changed only and made only: then nothing is ever written to it",
                "Take it out of one of the two, or out of the system's streams that are pushed.",
            )
        yield from _unknown_fields(push, shapes, document, path)


def unwritable_warnings(hub: HubConfig, document: Document, writes: Callable[[str], bool]) -> Iterator[Mistake]:
    """Yield the systems that are to be written to by a connector that only reads."""
    for name, system in hub.systems.items():
        if system.push is not None and system.push.mode != "report" and not writes(system.connector):
            what = f"nothing is ever written to {name}: its connector `{system.connector}` only reads"
            mistake = document.mistake(("systems", name, "push", "mode"), what, "Take `push` out.")
            yield replace(mistake, level="warning")


def creation_warnings(
    hub: HubConfig, made_in: Mapping[str, Mapping[str, bool]], document: Document
) -> Iterator[Mistake]:
    """Yield the systems whose mode is `create` and in which nothing can be made.

    *made_in*: system -> each of its usable streams -> whether its mapping says `create_in`.
    """
    for name, system in hub.systems.items():
        push, streams = system.push, made_in.get(name, {})
        if push is None or push.mode != "create" or push.create == "never" or len(streams) < len(system.streams):
            continue  # a mapping that cannot be used is a mistake of its own
        said = [stream for stream, made in streams.items() if made]
        if any(stream not in push.update_only for stream in said):
            continue
        cure = (
            f"Say `create_in: {{person: true}}` in the mapping of one of: {', '.join(system.streams)}; or mode: update."
        )
        if said:
            cure = f"Take {', '.join(said)} out of update_only; or say mode: update."
        what = f"{name} is in the mode `create`, and no stream of it is one where records are made"
        yield replace(document.mistake(("systems", name, "push", "mode"), what, cure), level="warning")


def removal_mistakes(
    hub: HubConfig, document: Document, removals_of: Callable[[str], Mapping[str, Removal]]
) -> Iterator[Mistake]:
    """Yield the switches that a system's connector cannot follow, with their lines."""
    for name, system in hub.systems.items():
        push, path = system.push, ("systems", name, "push")
        if push is None or not (push.deletes or push.merges):
            continue
        able = removals_of(system.connector)
        for key, wanted in (("deletes", push.deletes), ("merges", push.merges)):
            streams = [one for one, removal in able.items() if (removal.delete if key == "deletes" else removal.merge)]
            if wanted and not set(streams) & set(system.streams):
                can = f"it {key} in {', '.join(streams)} only" if streams else f"it never {key}"
                what = f"the hub cannot write `{key}` to {name}: {can}"
                yield document.mistake((*path, key), what, "Take the switch out; its own people do that there.")
        if push.deletes and push.mode == "fill":
            cure = "Take the switch out, or let the hub change records (mode: update)."
            yield document.mistake((*path, "deletes"), f"{name} is in the mode `fill`, which deletes nothing", cure)


def _unknown_fields(push: Push, shapes: Shapes | None, document: Document, path: tuple[str, ...]) -> Iterator[Mistake]:
    if push.create in CREATE_WORDS or shapes is None:
        return
    known = {field for _entity, field, _shape in shapes.walk()} | {"entity"}
    for root in sorted(_compiled(push.create)[0] - known - {WHOLE_RECORD}):
        words = known if root != push.create else {*CREATE_WORDS, *known}
        cure = suggestion(root, words, noun="words of `create` and fields in profile.yaml")
        yield document.mistake((*path, "create"), f"no profile has a field `{root}`", cure)


_compiled = cache(condition)
"""Asked once for each profile that a system lacks."""


def why_not_made(push: Push, profile: Profile, many: Container[str], *, contactable: bool) -> str | None:
    """Return why the create policy makes no record for a profile; None where it makes one.

    A condition sees the profile as `profiles show` does: the value of a field, always a list where it holds *many*;
    what is in dispute is left out, and `entity` says which it is.
    """
    if push.create == "never":
        return "create_never"
    if push.create == "when_contactable":
        return None if contactable else "not_contactable"
    if push.create == "always" or _compiled(push.create)[1](_shown(profile, many)):
        return None
    return "create_condition"


def _shown(profile: Profile, many: Container[str]) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"entity": profile.entity}
    for name, elements in profile.fields.items():
        if name not in profile.frozen and elements:
            values = [element.value for element in elements]
            shown[name] = values if name in many else values[0]
    return shown
