"""Have the conversations of the erasure test, over HTTP as people do, and look at them again afterwards."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from evals.crash_people import Person, Refused
from evals.erasure_plan import RATED, Kind, Wish
from evals.errors import ServiceError

LOOK_AGAIN_S: Final = 0.05
LOOKS: Final = 600


@dataclass(slots=True)
class Talk:
    """A conversation that was had. `ended` holds how each of its runs ended, or `waiting`."""

    wish: Wish
    thread: str = ""
    runs: list[str] = field(default_factory=list[str])
    approvals: list[str] = field(default_factory=list[str])
    ended: list[str] = field(default_factory=list[str])
    said: list[str] = field(default_factory=list[str])
    """Every text that somebody typed in it and the service took."""

    @property
    def markers(self) -> list[str]:
        """Those that were planted: where a guard refused to act, nobody gave a reason."""
        return [marker for marker in self.wish.markers if any(marker in text for text in self.said)]

    @property
    def thread_id(self) -> UUID:
        return UUID(self.thread)


@dataclass(frozen=True, slots=True)
class Stage:
    """The people who talk."""

    people: Mapping[str, Person]

    async def play(self, wishes: Sequence[Wish]) -> list[Talk]:
        """All at once. Raises `Refused` where the service refuses what it should not."""
        return list(await asyncio.gather(*(self._talk(wish) for wish in wishes)))

    async def _talk(self, wish: Wish) -> Talk:
        maker, talk = self.people[wish.maker], Talk(wish)
        talk.thread = (await maker.post("/v1/threads", {}, str(uuid4())))["id"]
        for question in wish.questions:
            asked = await maker.post(f"/v1/threads/{talk.thread}/runs", {"message": question}, str(uuid4()))
            talk.runs.append(asked["run_id"])
            talk.said.append(question)
            await self._follow(talk, maker)
        if wish.kind in RATED:
            rating = {"rating": "up", "comment": wish.comment}
            await self._send(maker, f"/v1/runs/{talk.runs[0]}/feedback", rating)
            talk.said.append(wish.comment)
        if wish.kind is Kind.HIDDEN:
            await self._send(maker, f"/v1/threads/{talk.thread}/hide", {})
        return talk

    async def _follow(self, talk: Talk, maker: Person) -> None:
        """To the run's end, deciding what waits for it as the wish says."""
        run = talk.runs[-1]
        async for event in maker.events(run):
            if event.kind == "approval.required" and event.data["approval_id"] not in talk.approvals:
                talk.approvals.append(event.data["approval_id"])
                if talk.wish.kind is Kind.WAITING:
                    await self._until_paused(maker, run)
                    talk.ended.append("waiting")
                    return
                await self._decide(talk, maker)
            if event.kind == "run.finished":
                talk.ended.append(event.data["status"])

    async def _decide(self, talk: Talk, maker: Person) -> None:
        wish, approval, number = talk.wish, talk.approvals[-1], len(talk.approvals)
        if wish.kind is Kind.WITHDRAWN:
            await self._until_paused(maker, talk.runs[-1])
            await maker.post(f"/v1/runs/{talk.runs[-1]}/cancel", {}, str(uuid4()))
            return
        signer = self.people[wish.signers[number - 1]]
        seen = await signer.get(f"/v1/approvals/{approval}")
        body: dict[str, object] = {"decision": "approve", "digest": seen["digest"], "reason": wish.reason}
        if wish.kind is Kind.REJECTED:
            body["decision"] = "reject"
        elif wish.kind is Kind.EDITED and number == 1:
            body |= {"decision": "edit", "args": {**seen["args"], "text": wish.changed}}
            talk.said.append(wish.changed)
        await signer.post(f"/v1/approvals/{approval}/decision", body, str(uuid4()))
        talk.said.append(wish.reason)

    async def _until_paused(self, maker: Person, run: str) -> None:
        """As shown from outside, so it is looked at again."""
        for _ in range(LOOKS):
            if (await maker.get(f"/v1/runs/{run}"))["status"] == "paused":
                return
            await asyncio.sleep(LOOK_AGAIN_S)
        raise ServiceError(f"The run {run} asked for a signature and did not pause.")

    async def _send(self, person: Person, path: str, body: Mapping[str, object]) -> None:
        """As `Person.post`, where the answer has no body."""
        reply = await person.http.post(path, json=body, headers={"Authorization": f"Bearer {person.token}"})
        if reply.status_code >= 400:
            raise Refused(reply.status_code, reply.json())


def doors(talk: Talk) -> list[tuple[str, str]]:
    """Who may see the conversation where: its owner, and for its requests a signer too."""
    maker, signer = talk.wish.maker, talk.wish.signers[0]
    own = [f"/v1/threads/{talk.thread}", *(path for run in talk.runs for path in (f"/v1/runs/{run}",))]
    streams = [] if talk.ended[-1] == "waiting" else [f"/v1/runs/{run}/events" for run in talk.runs]
    requests = [(who, f"/v1/approvals/{approval}") for approval in talk.approvals for who in (maker, signer)]
    return [*((maker, path) for path in (*own, *streams)), *requests]
