"""What the product itself shows of conversations: nothing of erased ones, all of those that were kept."""

import asyncio
from typing import Final

from httpx import Response

from evals.crash_people import Person
from evals.erasure_plan import READER, Kind
from evals.erasure_play import Talk, doors
from evals.erasure_scene import Finding, Found, Scene, named

GONE: Final = 410
TOO_MANY: Final = 429


async def at_every_door(scene: Scene) -> list[Found]:
    """Ask as the owners, a signer and compliance, for each and in the lists."""
    found: list[Found] = []
    for talk in scene.talks:
        found += await (_not_gone(scene, talk) if talk.wish.is_erased else _not_there(scene, talk))
        found += await _told_to_compliance(scene, talk)
    return found + await _replayed(scene) + await _listed(scene)


async def _not_gone(scene: Scene, talk: Talk) -> list[Found]:
    found: list[Found] = []
    for who, path in doors(talk):
        person = scene.people[who]
        reply = await person.http.get(path, headers=_as(person))
        if reply.status_code != GONE:
            found.append(Found(Finding.SHOWN, f"{path} of {named(talk)} says {reply.status_code}"))
    return found


async def _not_there(scene: Scene, talk: Talk) -> list[Found]:
    """What was kept is shown to its owner as before, by the product itself."""
    found: list[Found] = []
    for who, path in doors(talk):
        person = scene.people[who]
        reply = await person.http.get(path, headers=_as(person))
        is_first = path == f"/v1/threads/{talk.thread}"
        if reply.status_code != 200 or (is_first and talk.markers[0] not in reply.text):
            found.append(Found(Finding.LOST, f"{path} of {named(talk)} says {reply.status_code}"))
    return found


async def _told_to_compliance(scene: Scene, talk: Talk) -> list[Found]:
    """The story of each run is told: of an erased one without a word of it."""
    reader = scene.people[READER]
    found: list[Found] = []
    for run in talk.runs:
        story = await _looked(reader, f"/v1/audit/runs/{run}")
        words = [marker for marker in talk.markers if marker in story.text]
        if story.status_code != 200 or (words and talk.wish.is_erased):
            found.append(Found(Finding.SHOWN, f"{READER} is told {story.status_code} {words} of {named(talk)}"))
        elif not words and not talk.wish.is_erased:
            found.append(Found(Finding.LOST, f"{READER} is told no word of {named(talk)}"))
    return found


async def _looked(reader: Person, path: str) -> Response:
    """What is there, as often as it takes: who looks at everything has to do so slowly."""
    while True:
        reply = await reader.http.get(path, headers=_as(reader))
        if reply.status_code != TOO_MANY:
            return reply
        await asyncio.sleep(float(reply.headers["Retry-After"]))


async def _replayed(scene: Scene) -> list[Found]:
    """An erased run of each kind can be replayed no more; of each kind only one, since replays are limited."""
    first = {talk.wish.kind: talk for talk in reversed(scene.talks) if talk.wish.is_erased}
    found: list[Found] = []
    for talk in first.values():
        reader, path = scene.people[READER], f"/v1/audit/runs/{talk.runs[0]}/replay"
        reply = await reader.http.post(path, json={"policy": "recorded"}, headers=_as(reader))
        if reply.status_code != GONE:
            found.append(Found(Finding.SHOWN, f"a replay of {named(talk)} says {reply.status_code}"))
    return found


def _as(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


async def _listed(scene: Scene) -> list[Found]:
    """Whose conversations and requests the lists show: every kept one and no erased one."""
    shown: dict[str, set[str]] = {"/v1/threads": set(), "/v1/approvals": set()}
    for path, ids in shown.items():
        for person in scene.people.values():
            query = "?limit=100"
            while query:
                page = await person.get(f"{path}{query}")
                ids.update(item["id"] for item in page["items"])
                query = page["next_cursor"] and f"?limit=100&cursor={page['next_cursor']}"
    found: list[Found] = []
    for talk in scene.talks:
        listed = {talk.thread} & shown["/v1/threads"] | {*talk.approvals} & shown["/v1/approvals"]
        if talk.wish.is_erased:
            found += [Found(Finding.SHOWN, f"{one} of {named(talk)} is listed") for one in sorted(listed)]
        else:
            due = {*talk.approvals} if talk.wish.kind is Kind.HIDDEN else {talk.thread, *talk.approvals}
            found += [Found(Finding.LOST, f"{one} of {named(talk)} is not listed") for one in sorted(due - listed)]
    return found
