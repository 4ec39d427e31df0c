"""What a person said in a conversation, read for one tool, and the arguments of that tool as places to be filled."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.catalogue.models import Catalogue, Tool
from tools.provenance import lexicon
from tools.provenance.asking import Message, Order, read_message, verbs_of
from tools.provenance.limits import PROVENANCE
from tools.provenance.scanning import Token


@dataclass(frozen=True, slots=True)
class Slot:
    """An argument as a place that words may fill: its own words (name and label), its schema, and for a choice the
    words by which people say each (`stolen`: theft)."""

    name: str
    words: frozenset[str]
    schema: Mapping[str, Any]
    spoken: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    @property
    def is_money(self) -> bool:
        return not self.words.isdisjoint(lexicon.MONEY)

    @property
    def is_identifier(self) -> bool:
        return not words_of(self.name).isdisjoint(lexicon.IDENTIFIERS)

    @property
    def is_destination(self) -> bool:
        return not self.words.isdisjoint(lexicon.DESTINATIONS)

    @property
    def is_secret(self) -> bool:
        return not self.words.isdisjoint(lexicon.SECRETS)


@dataclass(frozen=True, slots=True)
class Speech:
    """What the person said, the message of this request first; `asking` are its orders that ask for the tool."""

    current: Message
    earlier: tuple[Message, ...]
    asking: tuple[Order, ...]

    @property
    def messages(self) -> tuple[Message, ...]:
        return (self.current, *self.earlier)

    @property
    def all_tokens(self) -> list[Token]:
        return [token for message in self.messages for token in message.tokens]


def listen(words: Sequence[str], tool: Tool, catalogue: Catalogue) -> Speech:
    """Read the messages (newest last) for a tool. A newest message without an order completes those before it."""
    texts = [text[: PROVENANCE.message_characters] for text in words[-PROVENANCE.messages :]]
    if not texts:
        return Speech(read_message(""), (), ())
    taken = 1
    while taken < min(len(texts), PROVENANCE.completed_messages) and _completes(texts[-taken]):
        taken += 1
    current = read_message("\n\n".join(texts[len(texts) - taken :]))
    earlier = tuple(read_message(text) for text in reversed(texts[: len(texts) - taken]))
    asking = tuple(order for order in current.orders if _asks_for(order, tool, catalogue))
    return Speech(current, earlier, asking)


def _asks_for(order: Order, tool: Tool, catalogue: Catalogue) -> bool:
    """By its verb, and by what it is done to: of the writing tools with this verb, none has more of its nouns in the
    order. `Create an event` asks for no file; `send it` may ask for whatever is sent."""
    if order.verb not in _verbs(tool):
        return False
    said = {stem(token.low) for token in order.tokens[1:] if token.in_quotation is None and not token.to_be_written}
    own = len(said & nouns_of(tool))
    rivals = [
        other for other in catalogue.tools.values() if other.effect is tool.effect and order.verb in _verbs(other)
    ]
    return all(len(said & nouns_of(other)) <= own for other in rivals)


def _verbs(tool: Tool) -> frozenset[str]:
    hinted: tuple[str, ...] = (*tool.hints.get("verbs", ()), *tool.hints.get("openers", ()))
    return verbs_of(tool.name, tool.description, hinted)


def nouns_of(tool: Tool) -> frozenset[str]:
    """What a tool works on: the nouns of its hints, or of its name. Money goes by too many names to tell tools by."""
    hinted: Sequence[str] = tool.hints.get("nouns", ())
    words = [word for noun in hinted for word in noun.casefold().split()] or tool.name.casefold().split("_")[1:]
    return frozenset(stem(word) for word in words if word not in lexicon.PREPOSITIONS | lexicon.MONEY_NOUNS)


def slot_of(tool: Tool, name: str) -> Slot:
    """The slot of a tool's argument."""
    properties: Mapping[str, Mapping[str, Any]] = tool.schema.get("properties", {})
    schema = properties.get(name, {})
    choices = [choice for choice in schema.get("enum", ()) if isinstance(choice, str)]
    spoken = {choice: tool.hints.get(f"{name}.{choice}", ()) for choice in choices}
    return Slot(name, words_of(name) | words_of(tool.labels.get(name, "")), schema, spoken)


def words_of(text: str) -> frozenset[str]:
    """The words of a name or a label, without plural endings: `file_id` -> file, id."""
    return frozenset(stem(word) for word in re.findall(r"[a-z]+", text.casefold()))


def stem(word: str) -> str:
    """The word without a plural's s."""
    return word.removesuffix("s") if len(word) > 3 and not word.endswith("ss") else word


def _completes(text: str) -> bool:
    message = read_message(text)
    return not message.orders and len(message.tokens) <= PROVENANCE.completion_words and "?" not in text
