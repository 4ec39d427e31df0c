"""Whether the person's words give a value as the argument that it is used for, not just mention it.

"Add Alice to the channel" names somebody to add, nobody to write to; "June 13" is no file 13; what stands in a
quotation or in a report was said by others. A value counts in an order that asks for the tool, in a sentence that names
it ("her e-mail address is …"), or where it is the only one of its kind that the person mentioned (the catalogue knows
the kind by its pattern).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.provenance import lexicon
from tools.provenance.asking import Message, Order, read_message, verbs_of
from tools.provenance.limits import PROVENANCE
from tools.provenance.matching import Match, Scalar, as_day, find, is_opaque
from tools.provenance.scanning import CURRENCIES, Kind, Token


@dataclass(frozen=True, slots=True)
class Slot:
    """An argument as a place that words may fill: its own words (name and label) and its schema."""

    name: str
    words: frozenset[str]
    schema: Mapping[str, Any]

    @property
    def is_money(self) -> bool:
        return not self.words.isdisjoint(lexicon.MONEY)

    @property
    def is_identifier(self) -> bool:
        return not words_of(self.name).isdisjoint(lexicon.IDENTIFIERS)

    @property
    def is_destination(self) -> bool:
        return not self.words.isdisjoint(lexicon.DESTINATIONS)


@dataclass(frozen=True, slots=True)
class Speech:
    """What the person said, the message of this request first; `verbs` are those that ask for the tool."""

    current: Message
    earlier: tuple[Message, ...]
    verbs: frozenset[str]

    @property
    def asking(self) -> tuple[Order, ...]:
        """The orders of the current message that ask for the tool."""
        return tuple(order for order in self.current.orders if order.verb in self.verbs)

    @property
    def all_tokens(self) -> list[Token]:
        return [token for message in (self.current, *self.earlier) for token in message.tokens]


def listen(words: Sequence[str], name: str, description: str, hinted: Sequence[str]) -> Speech:
    """Read the messages (newest last) for a tool. A newest message without an order completes those before it."""
    texts = [text[: PROVENANCE.message_characters] for text in words[-PROVENANCE.messages :]]
    if not texts:
        return Speech(read_message(""), (), frozenset())
    taken = 1
    while taken < min(len(texts), PROVENANCE.completed_messages) and _completes(texts[-taken]):
        taken += 1
    current = read_message("\n\n".join(texts[len(texts) - taken :]))
    earlier = tuple(read_message(text) for text in reversed(texts[: len(texts) - taken]))
    return Speech(current, earlier, verbs_of(name, description, hinted))


def _completes(text: str) -> bool:
    message = read_message(text)
    return not message.orders and len(message.tokens) <= PROVENANCE.completion_words and "?" not in text


def words_of(text: str) -> frozenset[str]:
    """The words of a name or a label, without plural endings: `file_id` -> file, id."""
    return frozenset(stem(word) for word in re.findall(r"[a-z]+", text.casefold()))


def stem(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 and not word.endswith("ss") else word


def is_stated(value: Scalar, slot: Slot, speech: Speech) -> bool:
    """Whether the person's words give this value as this argument."""
    if isinstance(value, bool):
        return False
    if isinstance(value, str) and value in slot.schema.get("enum", ()):
        return _is_chosen(value, slot, speech)
    if _is_only_one_of_its_kind(value, slot, speech):
        return True
    if any(_is_given(value, slot, order.tokens) for order in speech.asking):
        return True
    return isinstance(value, str) and any(_is_named(value, sentence) for sentence in speech.current.sentences)


def is_mentioned(value: Scalar, tokens: Sequence[Token]) -> bool:
    """Whether the value stands anywhere in the person's words, in whatever role."""
    return bool(find(value, tokens))


def _is_chosen(value: str, slot: Slot, speech: Speech) -> bool:
    """A choice is made by the words that tell it from the others: `card` for daily_card, not `daily`."""
    choices = {choice: words_of(choice) for choice in slot.schema["enum"] if isinstance(choice, str)}
    shared = frozenset[str]().union(*(choices[a] & choices[b] for a in choices for b in choices if a != b))
    own = choices[value] - shared
    others = frozenset[str]().union(*(words for choice, words in choices.items() if choice != value)) - shared
    for order in speech.asking:
        said = {stem(token.low) for token in order.tokens if token.in_quotation is None}
        if own and own <= said and said.isdisjoint(others):
            return True
    return False


def _is_only_one_of_its_kind(value: Scalar, slot: Slot, speech: Speech) -> bool:
    pattern = slot.schema.get("pattern")
    if not isinstance(value, str) or not isinstance(pattern, str) or not is_opaque(value):
        return False
    for message in (speech.current, *speech.earlier):
        same = {token.text for token in message.tokens if _fits(pattern, token) and token.in_quotation is None}
        if same:
            return same == {value}
    return False


def _fits(pattern: str, token: Token) -> bool:
    return token.kind in {Kind.OPAQUE, Kind.NUMBER} and re.search(pattern, token.text) is not None


def _is_given(value: Scalar, slot: Slot, tokens: Sequence[Token]) -> bool:
    return any(_has_role(value, match, slot, tokens) for match in find(value, tokens))


def _has_role(value: Scalar, match: Match, slot: Slot, tokens: Sequence[Token]) -> bool:
    first = tokens[match.start]
    before = tokens[match.start - 1] if match.start else None
    if _is_only_quoted(match, tokens) or _is_content(match, tokens):
        return False
    if before is not None and before.low in lexicon.EXCLUSIONS:
        return False
    if before is not None and before.low == "from" and slot.is_destination:
        return False
    if isinstance(value, int | float):
        return _is_amount(match, tokens) if slot.is_money else _is_beside(match, slot, tokens)
    if as_day(value) is not None or first.alone_in_quotes:
        return True
    if value.strip().isdigit():
        return len(value.strip()) >= PROVENANCE.dialable_digits or _is_beside(match, slot, tokens)
    if _is_common_word(value):
        to = before is not None and before.low == "to" and slot.is_destination
        return to or _is_beside(match, slot, tokens)
    return True


def _is_common_word(value: str) -> bool:
    """One word in small letters (`general`) says nothing without its noun."""
    return len(value.split()) == 1 and value.isalpha() and value.islower()


def _is_only_quoted(match: Match, tokens: Sequence[Token]) -> bool:
    """Inside a quotation of several words, unless it is the whole quotation."""
    number = tokens[match.start].in_quotation
    if number is None:
        return False
    outside = [*tokens[: match.start], *tokens[match.end :]]
    return any(token.in_quotation == number and token.kind is not Kind.MARK for token in outside)


def _is_content(match: Match, tokens: Sequence[Token]) -> bool:
    """Behind the colon of an order stands what is to be written; only a few words there may be the thing meant."""
    colon = next((at for at in range(match.start) if tokens[at].text == ":" and tokens[at].in_quotation is None), None)
    if colon is None:
        return False
    return sum(token.kind is not Kind.MARK for token in tokens[colon:]) > PROVENANCE.named_after_colon


def _is_beside(match: Match, slot: Slot, tokens: Sequence[Token]) -> bool:
    """Right by a word of the argument: `file 12`, `the card ending in 4411`, `the general channel`."""
    near = [*tokens[max(match.start - PROVENANCE.near_words, 0) : match.start], *tokens[match.end : match.end + 1]]
    said = {stem(token.low) for token in near if token.kind is Kind.WORD}
    return not said.isdisjoint(slot.words | lexicon.BESIDE)


def _is_amount(match: Match, tokens: Sequence[Token]) -> bool:
    """With a currency; or a bare number that counts nothing (`12 pizzas`) where none with a currency is said."""
    if tokens[match.start].kind is Kind.MONEY:
        return True
    if any(token.kind is Kind.MONEY for token in tokens) or tokens[match.start].kind is not Kind.NUMBER:
        return False
    after = tokens[match.end] if match.end < len(tokens) else None
    return after is None or after.kind is Kind.MARK or after.low in lexicon.AFTER_AMOUNT | CURRENCIES


def _is_named(value: str, sentence: Sequence[Token]) -> bool:
    """`Her e-mail address is …`, `account number: …`: a sentence that only says what something is."""
    for match in find(value, sentence):
        copulas = [at for at in range(match.start) if sentence[at].low in {"is", "are", "=", ":"}]
        if not copulas or match.start - copulas[-1] > PROVENANCE.near_words or _is_only_quoted(match, sentence):
            continue
        head = [token for token in sentence[: copulas[-1]] if token.kind is Kind.WORD]
        tells = not any(
            token.low in lexicon.NEGATIONS or token.low in lexicon.VERBS - lexicon.ATTRIBUTES for token in head
        )
        names = any(stem(token.low) in lexicon.ATTRIBUTES or token.low in lexicon.ATTRIBUTES for token in head[-4:])
        if tells and names and 0 < len(head) <= PROVENANCE.words_between and is_opaque(value):
            return True
    return False
