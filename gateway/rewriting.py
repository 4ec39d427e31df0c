"""A model that makes follow-up questions stand alone; `gateway.writers.ports.Rewriter` says how it is used."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.errors import ModelNonsense
from gateway.limits import REWRITING
from gateway.openai_compatible import OpenAICompatible
from gateway.writers.message import as_data


class _Rewritten(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    question: str = Field(min_length=1, max_length=REWRITING.question_characters)


_SCHEMA = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
    "additionalProperties": False,
}


class ChatRewriter:
    """One call, no retry: the caller's own rules are the fallback. `instructions` is the system prompt."""

    def __init__(self, endpoint: OpenAICompatible, instructions: str) -> None:
        self._endpoint = endpoint
        self._instructions = instructions
        self.name: str = f"openai:{endpoint.model}"

    async def rewrite(self, history: Sequence[tuple[str, str]], question: str) -> str:
        """The stand-alone question; raises ModelNonsense when the reply is no such object, or another ModelError."""
        messages = [("system", self._instructions), ("user", _message(history, question))]
        text = await self._endpoint.complete(
            messages, max_tokens=REWRITING.output_tokens, schema=_SCHEMA, max_bytes=REWRITING.reply_bytes
        )
        try:
            rewritten = _Rewritten.model_validate_json(text.strip().removeprefix("```json").strip("`\n "))
        except ValidationError as error:
            raise ModelNonsense("the rewritten question has not the agreed form") from error
        clean = " ".join(rewritten.question.split())
        if not clean:
            raise ModelNonsense("the rewritten question is blank")
        return clean

    async def aclose(self) -> None:
        await self._endpoint.aclose()


def _message(history: Sequence[tuple[str, str]], question: str) -> str:
    """The latest turns, shortened, as data."""
    turns = "\n".join(
        f"Question: {_short(asked, REWRITING.question_characters)}\n"
        f"Answer: {_short(answer, REWRITING.answer_characters)}"
        for asked, answer in history[-REWRITING.turns :]
    )
    return f"<history>\n{turns}\n</history>\n<question>{as_data(question)}</question>"


def _short(text: str, characters: int) -> str:
    clean = as_data(text)
    return clean if len(clean) <= characters else f"{clean[: characters - 1]}…"
