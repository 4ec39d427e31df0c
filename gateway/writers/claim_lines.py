"""Claims out of a model's text as it streams in: one JSON object a line, `{"text": "…", "citations": [1]}`."""

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.errors import ModelNonsense
from gateway.limits import WRITING
from gateway.writers.ports import ClaimDraft


class _Line(BaseModel):
    """Fields beyond these are ignored: nothing but text and citations is ever taken from a model."""

    model_config = ConfigDict(strict=True)

    text: str = Field(min_length=1, max_length=WRITING.claim_characters)
    citations: list[int] = Field(max_length=WRITING.citations)


class ClaimLines:
    """Feed it pieces of text; it gives the claims whose lines are complete.

    Blank lines and code fences are passed over. Anything else that is no such object raises ModelNonsense.
    """

    def __init__(self) -> None:
        self._rest = ""
        self._received = 0

    def feed(self, piece: str) -> list[ClaimDraft]:
        self._received += len(piece)
        if self._received > WRITING.reply_characters:
            raise ModelNonsense("the reply is longer than an answer can be")
        if "\n" not in piece:
            self._rest += piece
            if len(self._rest) > WRITING.line_characters:
                raise ModelNonsense("a line of the reply is longer than a claim can be")
            return []
        *lines, self._rest = (self._rest + piece).split("\n")
        return [claim for line in lines if (claim := _claim(line)) is not None]

    def finish(self) -> list[ClaimDraft]:
        """The last line, which needs no line break."""
        line, self._rest = self._rest, ""
        claim = _claim(line)
        return [] if claim is None else [claim]


def _claim(line: str) -> ClaimDraft | None:
    content = line.strip()
    if not content or content.startswith("```"):
        return None
    try:
        parsed = _Line.model_validate(orjson.loads(content.rstrip(",")))
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise ModelNonsense(f"a line of the reply is no claim ({type(error).__name__})") from error
    text = " ".join(parsed.text.split())
    if not text:
        raise ModelNonsense("a claim of the reply is blank")
    return ClaimDraft(text, tuple(dict.fromkeys(parsed.citations)), quote=False)
