"""What a person's message asks for: its orders, each a verb with the words that belong to it.

Only what reads as an order counts: a verb at the beginning of a clause or after `please`, `and`, `you`, `want to`.
Verbs in quotations, in reports (`they send`), in negations and in noun phrases (`the message`) order nothing. What a
message does not clearly order is not asked for, and then a second person looks; so a missed order costs a signature, no
more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tools.provenance import lexicon
from tools.provenance.scanning import Kind, Token, scan

_STOPS: Final = ".!?;"
_OPENING_MARKS: Final = ".!?;:,()-*•"


@dataclass(frozen=True, slots=True)
class Order:
    """One order: `verb` as said, and the tokens that belong to it up to the next order or the end of the sentence."""

    verb: str
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its sentences, and the orders in them."""

    tokens: tuple[Token, ...]
    sentences: tuple[tuple[Token, ...], ...]
    orders: tuple[Order, ...]


def read_message(text: str) -> Message:
    """Lines that begin with `>` quote somebody else and are left out."""
    own = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))
    tokens = scan(own)
    sentences = tuple(_sentences(tokens))
    orders = tuple(order for sentence in sentences for order in _orders(sentence))
    return Message(tokens, sentences, orders)


def verbs_of(name: str, description: str, hinted: Sequence[str] = ()) -> frozenset[str]:
    """The verbs that ask for a tool: those of its hints, and of the groups of its own verb."""
    words = [word.casefold() for word in name.replace("-", "_").split("_")]
    first = [_base(token.low) for token in scan(description)[:3]]
    head = next((word for word in [*words, *first] if word in lexicon.HEADS), None)
    groups = list(lexicon.HEADS.get(head or "", ()))
    if lexicon.MONEY_NOUNS & set(words):
        groups = [("pay" if group == "send" else group) for group in groups]
        groups += ["pay"] if "create" in groups else []
    verbs = {phrase.split()[0].casefold() for phrase in hinted}
    verbs |= frozenset[str]().union(*(lexicon.GROUPS[group] for group in groups))
    return frozenset(verbs | ({words[0]} if not verbs else set()))


def _base(word: str) -> str:
    for ending in ("es", "s"):
        if word.endswith(ending) and word.removesuffix(ending) in lexicon.HEADS:
            return word.removesuffix(ending)
    return word


def _sentences(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    sentences: list[list[Token]] = [[]]
    for token in tokens:
        if token.starts_line and token.in_quotation is None:
            sentences.append([])
        sentences[-1].append(token)
        if token.kind is Kind.MARK and token.text in _STOPS and token.in_quotation is None:
            sentences.append([])
    return [tuple(sentence) for sentence in sentences if sentence]


def _orders(sentence: tuple[Token, ...]) -> list[Order]:
    starts = [index for index in range(len(sentence)) if _is_order(sentence, index)]
    orders: list[Order] = []
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(sentence)
        orders.append(Order(sentence[start].low, _own_part(sentence[start:end])))
    return orders


def _own_part(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Up to where the clause begins to tell about something (`who asked for it`)."""
    for index, token in enumerate(tokens[1:], start=1):
        if token.low in lexicon.RELATIVE and token.in_quotation is None:
            return tokens[:index]
    return tokens


def _is_order(sentence: tuple[Token, ...], index: int) -> bool:
    token = sentence[index]
    if token.kind is not Kind.WORD or token.in_quotation is not None or token.low not in lexicon.VERBS:
        return False
    before = [word for word in sentence[:index] if word.in_quotation is None]
    if _is_content(sentence, index) or _is_negated(before):
        return False
    words = [word for word in before if word.kind is Kind.WORD]
    reports = bool(words) and words[0].low in lexicon.REPORTING
    if not before:
        return True
    last = before[-1]
    if last.low == "to":
        return not reports and len(before) > 1 and before[-2].low in lexicon.VOLITION
    if last.low in lexicon.ASKING_PRONOUNS:
        return not reports and len(before) > 1 and before[-2].low in _ABLE
    if last.low in lexicon.OPENERS:
        return last.low in {"please", "and", "then", "kindly"} or not reports
    return (last.kind is Kind.MARK and last.text in _OPENING_MARKS and not reports) or _is_list_number(before)


_ABLE: Final = frozenset({"can", "could", "would", "will", "if"})


def _is_list_number(before: Sequence[Token]) -> bool:
    return len(before) == 1 and before[0].kind is Kind.NUMBER


def _is_content(sentence: tuple[Token, ...], index: int) -> bool:
    """After `Add a note: …` comes the note; after `Do the following: …` come orders."""
    colon = next((at for at in range(index) if sentence[at].text == ":" and sentence[at].in_quotation is None), None)
    if colon is None:
        return False
    return any(_is_order(sentence, at) and sentence[at].low not in lexicon.OTHER_VERBS for at in range(colon))


def _is_negated(before: Sequence[Token]) -> bool:
    words = [word.low for word in before]
    last = max((at for at, word in enumerate(words) if word in lexicon.NEGATIONS), default=None)
    if last is None:
        return False
    return not any(word in lexicon.DOUBLE_NEGATIONS for word in words[last + 1 :])
