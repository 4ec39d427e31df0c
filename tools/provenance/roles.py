"""Whether the person's words give a value as the argument that it is used for, not just mention it.

"Add Alice to the channel" names somebody to add, nobody to write to; "June 13" is no file 13; what stands in a
quotation or in a report was said by others. A value counts in an order that asks for the tool, in a sentence that names
it ("her e-mail address is …"), or where it is the only one of its kind that the person mentioned (the catalogue knows
the kind by its pattern).
"""

import re
from collections.abc import Sequence

from tools.provenance import lexicon
from tools.provenance.amounts import is_amount
from tools.provenance.limits import PROVENANCE
from tools.provenance.matching import Match, Scalar, as_day, find, is_opaque
from tools.provenance.scanning import Kind, Token
from tools.provenance.speech import Slot, Speech, stem, words_of


def is_stated(value: Scalar, slot: Slot, speech: Speech) -> bool:
    """Whether the person's words give this value as this argument."""
    if isinstance(value, bool):
        return False
    if isinstance(value, str) and value in slot.schema.get("enum", ()):
        return _is_chosen(value, slot, speech)
    if isinstance(value, str) and as_day(value) is not None:
        return is_mentioned(value, _unquoted(speech.current.tokens))
    if _is_only_one_of_its_kind(value, slot, speech):
        return True
    if any(
        _has_role(value, match, slot, order.tokens) for order in speech.asking for match in find(value, order.tokens)
    ):
        return True
    return isinstance(value, str) and any(_is_named(value, sentence) for sentence in speech.current.sentences)


def is_mentioned(value: Scalar, tokens: Sequence[Token]) -> bool:
    """Whether the value stands anywhere in these words, in whatever role."""
    return bool(find(value, tokens))


def _unquoted(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.in_quotation is None]


def _is_chosen(value: str, slot: Slot, speech: Speech) -> bool:
    """A choice is made by the words that tell it from the others: `card` for daily_card, not `daily`."""
    choices = {choice: words_of(choice) for choice in slot.schema["enum"] if isinstance(choice, str)}
    shared = frozenset[str]().union(*(choices[a] & choices[b] for a in choices for b in choices if a != b))
    said = [token.low for token in _unquoted(speech.current.tokens) if not token.to_be_written]
    text = f" {' '.join(said)} "
    stems = {stem(word) for word in said}

    def is_said(choice: str) -> bool:
        own = choices[choice] - shared
        return (bool(own) and own <= stems) or any(f" {way} " in text for way in slot.spoken.get(choice, ()))

    return [choice for choice in choices if is_said(choice)] == [value]


def _is_only_one_of_its_kind(value: Scalar, slot: Slot, speech: Speech) -> bool:
    """Of the bank's own numbers (`C-1042`); an address is nobody's number, and the one mentioned may be a sender's."""
    pattern = slot.schema.get("pattern")
    if not isinstance(value, str) or not isinstance(pattern, str) or not is_opaque(value):
        return False
    if "@" in value or not any(character.isdigit() for character in value):
        return False
    for message in speech.messages:
        fitting = [token for token in _unquoted(message.tokens) if _fits(pattern, token)]
        said = [token for token in fitting if not token.to_be_written] or fitting
        if said:
            return {token.text for token in said} == {value}
    return False


def _fits(pattern: str, token: Token) -> bool:
    return token.kind in {Kind.OPAQUE, Kind.NUMBER} and re.search(pattern, token.text) is not None


def _has_role(value: Scalar, match: Match, slot: Slot, tokens: Sequence[Token]) -> bool:
    before = tokens[match.start - 1] if match.start else None
    by_parts = not (slot.is_destination or slot.is_identifier)
    if _is_only_quoted(match, tokens, by_parts=by_parts) or _is_written_about(match, tokens):
        return False
    if before is not None and before.low in lexicon.EXCLUSIONS:
        return False
    if isinstance(value, int | float):
        if not slot.is_money:
            return _is_beside(match, slot, tokens)
        return is_amount(match, tokens) and _is_in_its_unit(tokens[match.start], slot)
    return _fits_words(value, match, slot, tokens)


def _fits_words(value: str, match: Match, slot: Slot, tokens: Sequence[Token]) -> bool:
    """Text in a role: where something goes must be governed, a secret must be set, a number needs its noun."""
    first = tokens[match.start]
    before = tokens[match.start - 1] if match.start else None
    if slot.is_secret:
        return first.alone_in_quotes or (before is not None and before.low in lexicon.SETTING)
    if slot.is_destination:
        return not first.possessive and _is_governed(match, tokens)
    if first.alone_in_quotes:
        return True
    if value.strip().isdigit():
        return len(value.strip()) >= PROVENANCE.dialable_digits or _is_beside(match, slot, tokens)
    # One word in small letters (`general`), or a word as an identifier, says nothing without its noun.
    common = len(value.split()) == 1 and value.isalpha() and (value.islower() or slot.is_identifier)
    return not common or _is_beside(match, slot, tokens)


def _is_governed(match: Match, tokens: Sequence[Token]) -> bool:
    """`send it to`, `share with`, or right behind the verb (`pay Bob`, `pay my friend (GB29…)`); not `send the message
    that Bob wrote`. Other names of a list in between do no harm."""
    opaque = tokens[match.start].kind is Kind.OPAQUE
    nouns = 0
    for at in range(match.start - 1, -1, -1):
        token = tokens[at]
        if at == 0:
            return nouns == 0 or (opaque and nouns <= PROVENANCE.near_words)
        if token.low in lexicon.GOVERNING:
            return True
        if token.low in lexicon.NOT_GOVERNING or (token.kind is Kind.MARK and token.text not in "(,/&"):
            return False
        listed = token.kind is Kind.OPAQUE or token.alone_in_quotes or token.text[:1].isupper()
        if token.kind is Kind.MARK or token.low in lexicon.JOINING or listed:
            continue
        nouns += 1
        if nouns > PROVENANCE.near_words:
            return False
    return False


def _is_only_quoted(match: Match, tokens: Sequence[Token], *, by_parts: bool = False) -> bool:
    """Inside a quotation of several words, unless it is the whole quotation or, by parts, what stands between its
    commas (`'12 Elm Street, Oslo'`)."""
    number = tokens[match.start].in_quotation
    if number is None:
        return False
    for step, start in ((-1, match.start - 1), (1, match.end)):
        at = start
        while 0 <= at < len(tokens) and tokens[at].in_quotation == number:
            if by_parts and tokens[at].text == ",":
                break
            if tokens[at].kind is not Kind.MARK:
                return True
            at += step
    return False


def _is_written_about(match: Match, tokens: Sequence[Token]) -> bool:
    """Behind the colon stands what is to be written; a few words there may be the thing meant (`Block this card: …`),
    where nothing before the colon is."""
    if not tokens[match.start].to_be_written:
        return False
    named = any(token.kind in {Kind.OPAQUE, Kind.NUMBER} for token in tokens if not token.to_be_written)
    written = sum(token.to_be_written and token.kind is not Kind.MARK for token in tokens)
    return named or written > PROVENANCE.named_after_colon


def _is_beside(match: Match, slot: Slot, tokens: Sequence[Token]) -> bool:
    """Right by a word of the argument: `file 12`, `the card ending in 4411`, `the general channel`."""
    near = [*tokens[max(match.start - PROVENANCE.near_words, 0) : match.start], *tokens[match.end : match.end + 1]]
    said = {stem(token.low) for token in near if token.kind is Kind.WORD}
    return not said.isdisjoint(slot.words | lexicon.BESIDE)


def _is_in_its_unit(token: Token, slot: Slot) -> bool:
    """`€5,000` and `5000 cents` are no 5,000 of an argument in dollars."""
    wanted = slot.words & frozenset(lexicon.UNITS.values())
    said = {
        unit for word, unit in lexicon.UNITS.items() if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", token.low)
    }
    return not wanted or said <= wanted


def _is_named(value: str, sentence: Sequence[Token]) -> bool:
    """`Her e-mail address is …`, `account number: …`, `their account has changed from … to …`: a sentence that only
    says what something is."""
    if not is_opaque(value):
        return False
    for match in find(value, sentence):
        copulas = [at for at in range(match.start) if _is_copula(at, sentence)]
        if not copulas or match.start - copulas[-1] > PROVENANCE.near_words or _is_only_quoted(match, sentence):
            continue
        head = [token.low for token in sentence[: copulas[-1]] if token.kind is Kind.WORD]
        tells = lexicon.NEGATIONS.isdisjoint(head) and (lexicon.VERBS - lexicon.ATTRIBUTES).isdisjoint(head)
        names = not lexicon.ATTRIBUTES.isdisjoint({*head, *map(stem, head)})
        if tells and names and len(head) <= PROVENANCE.words_between:
            return True
    return False


def _is_copula(at: int, sentence: Sequence[Token]) -> bool:
    if sentence[at].low == "to":
        return any(token.low in {"changed", "moved", "switched"} for token in sentence[:at])
    return sentence[at].low in {"is", "are", "=", ":"}
