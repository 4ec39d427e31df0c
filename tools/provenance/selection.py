"""Which of the bank's records the person means: a trusted field counts where her words pick out the record.

That a value is the bank's own says that it exists, not that it is meant: a list of all files holds the file that an
attacker wants deleted too. So a steering argument may come from a record only when the person named that record, by its
number, by its name, by how it begins or ends, or as the largest of a complete list.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from tools.catalogue.models import Tool
from tools.provenance import lexicon
from tools.provenance.limits import PROVENANCE
from tools.provenance.matching import Scalar, find
from tools.provenance.records import Field, Records
from tools.provenance.roles import Slot, Speech, is_mentioned, stem, words_of
from tools.provenance.scanning import Kind, Token

_IDENTIFIERS: Final = frozenset({"id", "identifier", "number", "no"})
_VAGUE: Final = frozenset({"state", "status", "segment", "currency", "permission", "type"})
"""Fields whose words (`open`, `received`) people use without meaning the record."""


def fields_for(value: Scalar, slot: Slot, tool: Tool, records: Records) -> list[Field]:
    """The trusted fields that hold the value and are of the argument's kind."""
    return [field for field in records.fields if _same(field.value, value) and _is_kind(field, slot, tool)]


def is_selected(field: Field, slot: Slot, speech: Speech, records: Records) -> bool:
    """Whether the person's words pick out the record that the field stands in, or the field among its like."""
    alike = [other for other in records.fields if other.tool.name == field.tool.name and other.path == field.path]
    return (
        _is_looked_up(field, alike, speech)
        or _is_named_by_sibling(field, alike, speech)
        or _is_named_by_ends(field, alike, speech)
        or _is_extreme(field, alike, slot, speech)
    )


def _same(one: Scalar, other: Scalar) -> bool:
    return type(one) is type(other) and one == other


def _nouns(name: str) -> list[str]:
    """What a tool is about, the first noun first: get_users_in_channel -> user, in, channel."""
    words = name.casefold().split("_")
    return [stem(word) for word in (words[1:] if words[0] in lexicon.VERBS else words)]


def _is_kind(field: Field, slot: Slot, tool: Tool) -> bool:
    """A file's id is no event's id, and a sender no recipient, whatever the value."""
    leaf = words_of(field.leaf)
    source = _nouns(field.tool.name)
    if not leaf:
        return bool(source) and source[0] in slot.words
    if field.leaf == slot.name and not leaf <= _IDENTIFIERS:
        return True
    if leaf <= _IDENTIFIERS:
        about = (words_of(slot.name) - _IDENTIFIERS) or frozenset(_nouns(tool.name))
        return bool(words_of(slot.name) & _IDENTIFIERS) and not about.isdisjoint(source)
    return not leaf.isdisjoint(slot.words | words_of(str(slot.schema.get("description", ""))))


def _is_looked_up(field: Field, alike: Sequence[Field], speech: Speech) -> bool:
    """One record was read by numbers that the person gave, and there is but one such field in it."""
    given = [value for value in field.args.values() if isinstance(value, str | int | float)]
    if field.path.startswith("[]") or not given:
        return False
    if not all(_names(value, speech) for value in given):
        return False
    return len({other.value for other in alike if other.call == field.call}) == 1


def _names(value: Scalar, speech: Speech) -> bool:
    return any(not _is_quoted(match.start, speech.all_tokens) for match in find(value, speech.all_tokens))


def _is_quoted(at: int, tokens: Sequence[Token]) -> bool:
    return tokens[at].in_quotation is not None


def _is_named_by_sibling(field: Field, alike: Sequence[Field], speech: Speech) -> bool:
    for name, value in field.record.items():
        if not isinstance(value, str) or name.strip("_") == field.leaf or name.strip("_") in _VAGUE:
            continue
        if not any(_is_said(form, speech) for form in _forms(value)):
            continue
        records = {tuple(sorted(other.record.items(), key=str)) for other in alike if _names_same(other, name, value)}
        if len(records) == 1:
            return True
    return False


def _names_same(field: Field, name: str, value: str) -> bool:
    """Whether another record goes by the same name, or by one that reads the same."""
    other = field.record.get(name)
    return isinstance(other, str) and not {form.casefold() for form in _forms(other)}.isdisjoint(
        form.casefold() for form in _forms(value)
    )


def _forms(value: str) -> Iterator[str]:
    """As it is, and a file's name as people say it: `grocery-list.docx` as "grocery list"."""
    yield value
    base = value.rsplit(".", 1)[0] if "." in value and " " not in value else value
    spoken = " ".join(base.replace("_", " ").replace("-", " ").split())
    if spoken != value and len(spoken.split()) > 1 and all(word.isalpha() for word in spoken.split()):
        yield spoken


def _is_said(value: str, speech: Speech) -> bool:
    return len(value) >= PROVENANCE.selector_characters and is_mentioned(value, speech.current.tokens)


def _is_named_by_ends(field: Field, alike: Sequence[Field], speech: Speech) -> bool:
    """`the channel starting with External`, `the account ending in 789`: exactly one of the list."""
    if not isinstance(field.value, str):
        return False
    tokens = [token for token in speech.current.tokens if token.in_quotation is None]
    for at, token in enumerate(tokens[:-2]):
        part, link = tokens[at + 2], tokens[at + 1]
        if part.kind is Kind.MARK or link.low not in {"in", "with"} or len(part.text) < PROVENANCE.selector_characters:
            continue
        fits = {
            other.value
            for other in alike
            if isinstance(other.value, str) and _has_end(other.value.casefold(), token.low, part.low)
        }
        if fits == {field.value}:
            return True
    return False


def _has_end(value: str, where: str, part: str) -> bool:
    if where in {"starting", "beginning", "starts", "begins"}:
        return value.startswith(part)
    return where in {"ending", "ends"} and value.endswith(part)


def _is_extreme(field: Field, alike: Sequence[Field], slot: Slot, speech: Speech) -> bool:
    """`the largest file`: of a list read whole (without any filter), by the only figure that its records have."""
    same_call = [other for other in alike if other.call == field.call]
    figures = {name for other in same_call for name, value in other.record.items() if _is_figure(name, value)}
    if field.args or len(figures) != 1 or not field.path.startswith("[]"):
        return False
    figure = figures.pop()
    values = [(other.record.get(figure), other.value) for other in same_call]
    numbers = [number for number, _ in values if isinstance(number, int | float)]
    if len(numbers) != len(values):
        return False
    for order in speech.asking:
        for token, noun in zip(order.tokens, order.tokens[1:], strict=False):
            choose = lexicon.SUPERLATIVES.get(token.low)
            if choose is None or stem(noun.low) not in slot.words:
                continue
            return [value for number, value in values if number == choose(numbers)] == [field.value]
    return False


def _is_figure(name: str, value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not (words_of(name) & _IDENTIFIERS)
