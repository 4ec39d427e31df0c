"""What a person's message asks for: its orders, each a verb with the words that belong to it.

Only what reads as an order counts: a verb at the beginning of a clause or after `please`, `and`, `you`, `want to`.
Verbs in quotations, in reports (`they send`), in negations and in noun phrases (`the message`) order nothing, nor does
what the person pasted or wants written. What a message does not clearly order is not asked for, and then a second
person looks; so a missed order costs a signature, no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from tools.provenance import lexicon
from tools.provenance.limits import PROVENANCE
from tools.provenance.scanning import Kind, Token, scan

_STOPS: Final = ".!?;"
_OPENING_MARKS: Final = ".!?;:,()-*•"
_ABLE: Final = frozenset({"can", "could", "would", "will", "if"})
_ALWAYS_OPENING: Final = frozenset({"please", "and", "then", "kindly"})
_REPORT_WORDS: Final = 3
"""How close before a colon a word such as `wrote` or `e-mail` stands."""

Sentence = tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One order: `verb` as said, and the tokens that belong to it up to the next order or the end of the sentence."""

    verb: str
    tokens: Sentence


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its sentences, and the orders in them; without what it quotes or pastes of others."""

    sentences: tuple[Sentence, ...]
    orders: tuple[Order, ...]

    @property
    def tokens(self) -> list[Token]:
        return [token for sentence in self.sentences for token in sentence]


def read_message(text: str) -> Message:
    """Lines that begin with `>` quote somebody else and are left out."""
    own = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))
    sentences = _own_sentences(_sentences(scan(own)))
    return Message(tuple(sentences), tuple(order for sentence in sentences for order in _orders(sentence)))


@lru_cache(maxsize=256)
def verbs_of(name: str, description: str, hinted: tuple[str, ...] = ()) -> frozenset[str]:
    """The verbs that ask for a tool: those of its hints, and of the groups of its own verb."""
    words = [word.casefold() for word in name.replace("-", "_").split("_")]
    first = [_base(token.low) for token in scan(description)[:3]]
    head = next((word for word in [*words, *first] if word in lexicon.HEADS), None)
    groups = list(lexicon.HEADS.get(head or "", ()))
    if lexicon.MONEY_NOUNS & set(words):
        groups = [("pay" if group == "send" else group) for group in groups]
    verbs = {phrase.split()[0].casefold() for phrase in hinted if phrase.strip()}
    verbs |= frozenset[str]().union(*(lexicon.GROUPS[group] for group in groups))
    return frozenset(verbs | ({words[0]} if not verbs else set()))


def _base(word: str) -> str:
    for ending in ("es", "s"):
        if word.endswith(ending) and word.removesuffix(ending) in lexicon.HEADS:
            return word.removesuffix(ending)
    return word


def _sentences(tokens: Sequence[Token]) -> list[Sentence]:
    sentences: list[list[Token]] = [[]]
    for token in tokens:
        if token.starts_line and token.in_quotation is None:
            sentences.append([])
        sentences[-1].append(token)
        if token.kind is Kind.MARK and token.text in _STOPS and token.in_quotation is None:
            sentences.append([])
    return [tuple(sentence) for sentence in sentences if sentence]


def _own_sentences(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Without what is pasted; with a mark on what is to be written."""
    own: list[Sentence] = []
    writing = False
    for number, sentence in enumerate(sentences):
        if writing and not sentence[0].starts_line:
            own.append(_to_be_written(sentence, 0))
            continue
        colon = _colon(sentence)
        writing = colon is not None and _orders_writing(sentence[:colon])
        if colon is not None and not writing and _introduces_others(sentence[:colon]):
            own.append(sentence[: colon + 1])
            break
        own.append(_to_be_written(sentence, colon) if writing and colon is not None else sentence)
        following = sentences[number + 1 : number + 2]
        if colon is None and following and following[0][0].starts_line and _points_below(sentence):
            break
    return own


def _colon(sentence: Sentence) -> int | None:
    return next((at for at, token in enumerate(sentence) if token.text == ":" and token.in_quotation is None), None)


def _to_be_written(sentence: Sentence, start: int) -> Sentence:
    return tuple(replace(token, to_be_written=at >= start) for at, token in enumerate(sentence))


def _orders_writing(head: Sentence) -> bool:
    """`Add a note: …`, `Write them the following message: …`."""
    return any(order.verb not in lexicon.OTHER_VERBS for order in _orders(head))


def _introduces_others(head: Sentence) -> bool:
    """`Summarize this: …`, `She wrote: …`; not `Do the following: …`, and not `Her account number: …`."""
    orders = _orders(head)
    if orders:
        return not any(order.verb in lexicon.DELEGATING for order in orders)
    words = [token.low for token in head if token.kind is Kind.WORD]
    return not lexicon.REPORTS.isdisjoint(words[-_REPORT_WORDS:])


def _points_below(sentence: Sentence) -> bool:
    """`Please summarize this` at the end of a line, and another line follows."""
    orders = _orders(sentence)
    return bool(orders) and all(
        order.verb in lexicon.OTHER_VERBS - lexicon.DELEGATING
        and any(token.low in lexicon.DEICTIC for token in order.tokens)
        for order in orders
    )


def _orders(sentence: Sentence) -> list[Order]:
    # A "sentence" that goes on and on is no order; looking back from each of its words would take long.
    starts = [index for index in range(min(len(sentence), PROVENANCE.sentence_words)) if _is_order(sentence, index)]
    orders: list[Order] = []
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(sentence)
        orders.append(Order(sentence[start].low, _own_part(sentence[start:end])))
    return orders


def _own_part(tokens: Sentence) -> Sentence:
    """Up to where the clause begins to tell about something (`who asked for it`)."""
    for index, token in enumerate(tokens[1:], start=1):
        if token.low in lexicon.RELATIVE and token.in_quotation is None:
            return tokens[:index]
    return tokens


def _is_order(sentence: Sentence, index: int) -> bool:
    token = sentence[index]
    if token.kind is not Kind.WORD or token.low not in lexicon.VERBS:
        return False
    if token.in_quotation is not None or token.to_be_written or token.possessive:
        return False
    before = [word for word in sentence[:index] if word.in_quotation is None]
    if _is_negated(before):
        return False
    if not before:
        return True
    words = [word for word in before if word.kind is Kind.WORD]
    reports = bool(words) and words[0].low in lexicon.REPORTING
    last = before[-1]
    if last.low == "to":
        return not reports and _is_wish(before[:-1])
    if last.low in lexicon.ASKING_PRONOUNS:
        return not reports and len(before) > 1 and before[-2].low in _ABLE
    if last.low in lexicon.OPENERS:
        return last.low in _ALWAYS_OPENING or not reports
    return (last.kind is Kind.MARK and last.text in _OPENING_MARKS and not reports) or _is_list_number(before)


def _is_wish(before: Sequence[Token]) -> bool:
    """Before `to`: `I want`, `don't forget`, `your task is`; not what others want or ask for (`remind me to`)."""
    words = [token.low for token in before]
    if len(words) < 2:
        return bool(words) and words[0] in lexicon.VOLITION
    if words[-1] == "is":
        return "your" in words
    if words[-1] == "you":
        return words[-2] in lexicon.WISHED_OF_YOU
    return words[-1] in lexicon.VOLITION and not lexicon.SPEAKER.isdisjoint(words[:-1])


def _is_list_number(before: Sequence[Token]) -> bool:
    return len(before) == 1 and before[0].kind is Kind.NUMBER


def _is_negated(before: Sequence[Token]) -> bool:
    words = [word.low for word in before]
    last = max((at for at, word in enumerate(words) if word in lexicon.NEGATIONS), default=None)
    if last is None:
        return False
    return not any(word in lexicon.DOUBLE_NEGATIONS for word in words[last + 1 :])
