"""Where a campaign tells the adversary what to play, and asks afterwards what it has said.

A slot is a model's name: whoever asks for the model `adversary-3` meets what slot `adversary-3` was told to play.
"""

from dataclasses import dataclass, field
from random import Random

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.model import quoting
from sandbox.model.adversary.plays import PLANNING, REWRITING, WRITING, Play
from sandbox.model.adversary.scene import Foreign, Reply, Said, Scene
from sandbox.model.wire import ChatRequest

MOST_SLOTS = 64
_ALL = {**WRITING, **PLANNING, **REWRITING}


class Told(BaseModel):
    """What a slot plays from now on. `writing` is played where a plan or a rewriting leads to an answer after all."""

    model_config = ConfigDict(extra="forbid")

    slot: str = Field(min_length=1, max_length=80)
    play: str
    seed: int | str
    chunks: list[str] = []
    texts: list[str] = []


@dataclass(slots=True)
class Slot:
    """One run's adversary."""

    play: str
    seed: int | str
    foreign: Foreign
    said: Said = field(default_factory=Said)
    calls: int = 0
    scene: Scene | None = None

    def answer(self, asked: ChatRequest) -> Reply:
        prompt = asked.prompt
        evidence = quoting.evidence_of(prompt)
        question = quoting.question_of(prompt)
        self.scene = Scene(
            chance=Random(f"{self.seed}/{self.play}/{self.calls}"),  # noqa: S311 -- drawn by seed
            call=self.calls,
            question=question,
            instructions="\n".join(m.text for m in asked.messages if m.role == "system"),
            passages=tuple(quoting.read_passages(evidence)) if evidence is not None else (),
            foreign=self.foreign,
            said=self.said,
            tools=asked.tool_names,
        )
        self.calls += 1
        return self._play(evidence is not None)(self.scene)

    def _play(self, writes: bool) -> Play:
        """The play, or where it is not for such a request, what is nearest to it."""
        if writes:
            return WRITING.get(self.play, WRITING["unsupported"])
        if self.play in PLANNING or self.play in REWRITING:
            return _ALL[self.play]
        return REWRITING["rewrites"]


@dataclass(frozen=True, slots=True)
class AdversaryDesk:
    """`/adversary`."""

    slots: dict[str, Slot] = field(default_factory=dict[str, Slot])

    async def tell(self, request: Request) -> Response:
        try:
            told = Told.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"detail": error.errors(include_url=False, include_context=False)}, 422)
        if told.play not in _ALL:
            return JSONResponse({"detail": f"there is no play '{told.play}'"}, 422)
        if told.slot not in self.slots and len(self.slots) >= MOST_SLOTS:
            return JSONResponse({"detail": "too many slots"}, 422)
        self.slots[told.slot] = Slot(told.play, told.seed, Foreign(tuple(told.chunks), tuple(told.texts)))
        return JSONResponse({"slot": told.slot})

    async def show(self, request: Request) -> Response:
        """What was said in the slot so far, by its own account."""
        slot = self.slots.get(request.path_params["slot"])
        if slot is None:
            return JSONResponse({"detail": "no such slot"}, 404)
        said = {"play": slot.play, "calls": slot.calls, "faithful": slot.said.faithful, "false": slot.said.false}
        return Response(orjson.dumps(said), media_type="application/json")

    async def plays(self, _request: Request) -> Response:
        return JSONResponse({"writing": list(WRITING), "planning": list(PLANNING), "rewriting": list(REWRITING)})
