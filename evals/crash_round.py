"""One round of the crash test: people ask, sign and watch, while processes die and the bank's system fails."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from evals.crash_bank import Books
from evals.crash_mortals import Mortals
from evals.crash_people import Person, Refused, Seen
from evals.crash_plan import Blow, Moment, Round, Wish

DONE: Final = "done"


@dataclass(slots=True)
class Story:
    """What became of one wish: its run and approval as the service shows them at the end, and all of its events."""

    wish: Wish
    run_id: str = ""
    approval_id: str = ""
    is_over: bool = False
    is_read: bool = False
    """Whether run, log and approval could be read at the end."""
    seen: list[Seen] = field(default_factory=list[Seen])
    """As they came, across broken connections."""
    kept: list[Seen] = field(default_factory=list[Seen])
    """As the log holds them, read from its start."""
    run: Mapping[str, Any] = field(default_factory=dict[str, Any])
    approval: Mapping[str, Any] = field(default_factory=dict[str, Any])
    trouble: list[str] = field(default_factory=list[str])
    moments: dict[Moment, asyncio.Event] = field(default_factory=lambda: {moment: asyncio.Event() for moment in Moment})

    @property
    def stands_at(self) -> str:
        """The last moment that was reached."""
        if self.is_over:
            return DONE
        return next((moment.value for moment in reversed(Moment) if self.moments[moment].is_set()), "nowhere")


@dataclass(slots=True)
class Played:
    """A round that was played."""

    stories: list[Story]
    kills: Counter[str] = field(default_factory=Counter[str])
    struck_while: Counter[str] = field(default_factory=Counter[str])
    """Where the requests stood when something was killed."""
    faults: Counter[str] = field(default_factory=Counter[str])


@dataclass(slots=True)
class Stage:
    """What rounds are played with. `threads`: the long conversation of each maker who has one."""

    people: Mapping[str, Person]
    mortals: Mortals
    books: Books
    patience_s: float
    threads: dict[str, str] = field(default_factory=dict[str, str])

    async def play(self, round_: Round) -> Played:
        """Everything at once, until each request has its end and everything that was killed runs again."""
        played = Played([Story(wish) for wish in round_.wishes])
        await self.books.fail(round_.rules, round_.fault_seed)
        async with asyncio.TaskGroup() as group:
            for story in played.stories:
                group.create_task(self._bounded(story))
            for blow in round_.blows:
                group.create_task(self._strike(blow, played))
        played.faults = await self.books.behave()
        await asyncio.gather(*(self._look_back(story) for story in played.stories))
        await self.books.read(sorted({(wish.tenant, wish.case_id) for wish in round_.wishes}))
        return played

    async def _bounded(self, story: Story) -> None:
        try:
            async with asyncio.timeout(self.patience_s):
                await self._tell(story)
        except TimeoutError:
            story.trouble.append(f"no end within {self.patience_s:.0f} s; it stood at {story.stands_at}")
        except Refused as refused:
            story.trouble.append(str(refused))
        finally:
            for moment in story.moments.values():
                moment.set()  # nothing waits for what does not come any more
            if not story.is_over:
                self.threads.pop(story.wish.maker, None)  # the next round begins a conversation that is not busy

    async def _tell(self, story: Story) -> None:
        """Ask, follow the events, and have the request decided once it is there."""
        maker = self.people[story.wish.maker]
        story.moments[Moment.ASKING].set()
        thread = await self._thread(maker, story.wish)
        asked = await maker.post(f"/v1/threads/{thread}/runs", {"message": story.wish.message}, str(uuid4()))
        story.run_id = asked["run_id"]
        async with asyncio.TaskGroup() as deciding:
            async for event in maker.events(story.run_id):
                story.seen.append(event)
                if event.kind == "approval.required" and not story.approval_id:
                    story.approval_id = event.data["approval_id"]
                    story.moments[Moment.PROPOSED].set()
                    deciding.create_task(self._decide(story))
        story.is_over = True

    async def _thread(self, maker: Person, wish: Wish) -> str:
        if wish.long_lived and wish.maker in self.threads:
            return self.threads[wish.maker]
        thread = (await maker.post("/v1/threads", {}, str(uuid4())))["id"]
        if wish.long_lived:
            self.threads[wish.maker] = thread
        return thread

    async def _decide(self, story: Story) -> None:
        """Every signer at the same instant, each perhaps with a double click."""
        signers = [self.people[name] for name in story.wish.signers]
        views = await asyncio.gather(*(signer.get(f"/v1/approvals/{story.approval_id}") for signer in signers))
        body = {"decision": "approve" if story.wish.approve else "reject", "digest": views[0]["digest"]}
        if not story.wish.approve:
            body["reason"] = "This is not needed."
        story.moments[Moment.SIGNING].set()
        clicks = [(signer, str(uuid4())) for signer in signers]
        await asyncio.gather(*(self._click(story, *click, body) for click in clicks * story.wish.times))
        story.moments[Moment.SIGNED].set()

    async def _click(self, story: Story, signer: Person, key: str, body: Mapping[str, str]) -> None:
        """Refused is also who comes second, and who had signed already when the reply was lost."""
        try:
            await signer.post(f"/v1/approvals/{story.approval_id}/decision", body, key)
        except Refused as refused:
            if refused.status != 409:
                story.trouble.append(f"{signer.name} could not decide: {refused}")

    async def _strike(self, blow: Blow, played: Played) -> None:
        with suppress(TimeoutError):  # the moment does not come where the request is stuck before it
            async with asyncio.timeout(self.patience_s):
                await played.stories[blow.wish].moments[blow.moment].wait()
        await asyncio.sleep(blow.delay_s)
        played.kills[blow.victim.value] += 1
        played.struck_while.update(story.stands_at for story in played.stories)
        await self.mortals.strike(blow.victim, blow.down_s)

    async def _look_back(self, story: Story) -> None:
        """The run, its log and its approval as they are now."""
        maker, signer = self.people[story.wish.maker], self.people[story.wish.signers[0]]
        try:
            async with asyncio.timeout(self.patience_s):
                if story.run_id:
                    story.run = await maker.get(f"/v1/runs/{story.run_id}")
                if story.is_over:
                    story.kept = [event async for event in maker.events(story.run_id)]
                if story.approval_id:
                    story.approval = await signer.get(f"/v1/approvals/{story.approval_id}")
                story.is_read = True
        except (TimeoutError, Refused) as error:
            story.trouble.append(f"it could not be read afterwards: {error!r}")
