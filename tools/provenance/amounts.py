"""Amounts in an order: which numbers are amounts at all, and for whom each was said."""

from collections.abc import Sequence

from tools.provenance import lexicon
from tools.provenance.matching import Match, Scalar, find
from tools.provenance.scanning import CURRENCIES, Kind, Token
from tools.provenance.speech import Speech


def is_amount(match: Match, tokens: Sequence[Token]) -> bool:
    """With a currency; or a bare number that counts nothing (`12 pizzas`) where none with a currency is said."""
    if tokens[match.start].kind is Kind.MONEY:
        return True
    if any(token.kind is Kind.MONEY for token in tokens) or tokens[match.start].kind is not Kind.NUMBER:
        return False
    after = tokens[match.end] if match.end < len(tokens) else None
    return after is None or after.kind is Kind.MARK or after.low in lexicon.AFTER_AMOUNT | CURRENCIES


def amounts_in(tokens: Sequence[Token]) -> list[int]:
    """Where amounts stand in an order."""
    return [
        at
        for at, token in enumerate(tokens)
        if token.in_quotation is None
        and token.kind in {Kind.MONEY, Kind.NUMBER}
        and is_amount(Match(at, at + 1), tokens)
    ]


def is_paired(value: Scalar, parties: Sequence[str], speech: Speech) -> bool:
    """Whether an amount is said for one of `parties`: `send 1000 to A and 20 to B` gives B no 1000."""
    for order in speech.asking:
        if len(amounts_in(order.tokens)) < 2 and find(value, order.tokens):
            return True
        for part in _parts(order.tokens):
            if find(value, part) and (not parties or any(find(party, part) for party in parties)):
                return True
    return False


def _parts(tokens: Sequence[Token]) -> list[list[Token]]:
    """An order's parts between `and`, commas and the like."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.in_quotation is None and (token.low in {"and", "then", "plus"} or token.text in {",", ";"}):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
