"""Claims out of a model's text as it streams in: one JSON object a line, `{"text": "…", "citations": [1]}`.

A form's lines may say besides which part they belong to and when an item applies, and nothing else.
"""

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.errors import ModelNonsense
from gateway.limits import FORM_WRITING, WRITING, WritingLimits
from gateway.writers.ports import PARTS, ClaimDraft, Form, Part


class _Line(BaseModel):
    """Fields beyond these are ignored: nothing but text and citations is ever taken from a model."""

    model_config = ConfigDict(strict=True)

    text: str = Field(min_length=1, max_length=WRITING.claim_characters)
    citations: list[int] = Field(max_length=WRITING.citations)


class _FormLine(_Line):
    """Fields beyond these are nonsense: whoever fills in a form keeps to it."""

    model_config = ConfigDict(strict=True, extra="forbid")

    part: str = ""
    condition: str = Field(default="", max_length=WRITING.claim_characters)


def bounds(form: Form | None) -> WritingLimits:
    """What bounds one reply."""
    return WRITING if form is None else FORM_WRITING


class ClaimLines:
    """Feed it pieces of text; it gives the claims whose lines are complete.

    Blank lines and code fences are passed over. Anything else that is no such object raises ModelNonsense.
    """

    def __init__(self, form: Form | None = None) -> None:
        self._form = form
        self._limits = bounds(form)
        self._rest = ""
        self._received = 0

    def feed(self, piece: str) -> list[ClaimDraft]:
        self._received += len(piece)
        if self._received > self._limits.reply_characters:
            raise ModelNonsense("the reply is longer than an answer can be")
        if "\n" not in piece:
            self._rest += piece
            if len(self._rest) > self._limits.line_characters:
                raise ModelNonsense("a line of the reply is longer than a claim can be")
            return []
        *lines, self._rest = (self._rest + piece).split("\n")
        return [claim for line in lines if (claim := self._claim(line)) is not None]

    def finish(self) -> list[ClaimDraft]:
        """The last line, which needs no line break."""
        line, self._rest = self._rest, ""
        claim = self._claim(line)
        return [] if claim is None else [claim]

    def _claim(self, line: str) -> ClaimDraft | None:
        content = line.strip()
        if not content or content.startswith("```"):
            return None
        model = _Line if self._form is None else _FormLine
        try:
            parsed = model.model_validate(orjson.loads(content.rstrip(",")))
        except (orjson.JSONDecodeError, ValidationError) as error:
            raise ModelNonsense(f"a line of the reply is no claim ({type(error).__name__})") from error
        text, citations = _one_line(parsed.text), tuple(dict.fromkeys(parsed.citations))
        if not text:
            raise ModelNonsense("a claim of the reply is blank")
        if self._form is None or not isinstance(parsed, _FormLine):
            return ClaimDraft(text, citations, quote=False)
        part = _part(self._form, parsed.part)
        return ClaimDraft(text, citations, quote=False, part=part, condition=_one_line(parsed.condition))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _part(form: Form, named: str) -> Part:
    """Raises ModelNonsense for a part that the form doesn't have."""
    parts = PARTS[form]
    if not named:
        return parts[0]
    found = next((part for part in parts if part.value == named), None)
    if found is None:
        raise ModelNonsense("a line of the reply belongs to no part of the form")
    return found
