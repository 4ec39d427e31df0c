"""Which of the bank's records the person means: a trusted field counts where her words pick out the record.

That a value is the bank's own says that it exists, not that it is meant: a list of all files holds the file that an
attacker wants deleted too. So a steering argument may come from a record only when the person named that record, by its
number, by its name, by how it begins or ends, or as the largest of a complete list; and only one record may go by that.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Final

from tools.catalogue.models import Tool
from tools.provenance import lexicon
from tools.provenance.limits import PROVENANCE
from tools.provenance.matching import Scalar, find, is_opaque
from tools.provenance.records import Field, Records
from tools.provenance.roles import is_mentioned
from tools.provenance.scanning import Kind, Token
from tools.provenance.speech import Slot, Speech, stem, words_of

_IDENTIFIERS: Final = frozenset({"id", "identifier", "number", "no"})
_NAMES: Final = frozenset({"name", "title", "filename", "file_name", "label", "kind", "number", "last4"})
"""A record goes by these wherever the person says them; by others (its owner, its sender) only in the order itself."""
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
        or _is_named_by_sibling(field, alike, slot, speech)
        or _is_named_by_ends(field, alike, speech)
        or _is_extreme(field, alike, slot, speech)
    )


def follows_from_records(value: Scalar, parties: Sequence[str], records: Records) -> bool:
    """Whether an amount is a figure, or the sum or difference of two, of records about one of `parties`: accounts that
    the person named and that the call is for. So a refund of what somebody paid too much can be told from a sum that
    a text asks for."""
    if isinstance(value, str | bool):
        return False
    figures = {
        (field.call, field.path, _fingerprint(field)): Decimal(str(field.value))
        for field in records.fields
        if isinstance(field.value, int | float)
        and not words_of(field.leaf).isdisjoint(lexicon.MONEY)
        and any(item in parties for item in field.record.values() if isinstance(item, str) and is_opaque(item))
    }
    wanted = Decimal(str(value))
    if wanted in figures.values():
        return True
    pairs = combinations(figures.values(), 2) if len(figures) <= PROVENANCE.figures else ()
    return any(wanted in {one + other, abs(one - other)} for one, other in pairs) and wanted > 0


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
        return bool(words_of(slot.name) & _IDENTIFIERS) and about <= frozenset(source)
    described = words_of(str(slot.schema.get("description", ""))) & lexicon.TYPES
    return not leaf.isdisjoint(slot.words | described)


def _is_looked_up(field: Field, alike: Sequence[Field], speech: Speech) -> bool:
    """One record was read by numbers that the person gave, and there is but one such field in it."""
    given = [value for value in field.args.values() if isinstance(value, str | int | float)]
    if field.path.startswith("[]") or not given:
        return False
    own = [token for token in speech.all_tokens if token.in_quotation is None]
    if not all(find(value, own) for value in given):
        return False
    return len({other.value for other in alike if other.call == field.call}) == 1


def _is_named_by_sibling(field: Field, alike: Sequence[Field], slot: Slot, speech: Speech) -> bool:
    """By its name (`the 'Introductory meeting'`), where no other record has that name; its number also by whom it
    concerns (`cancel the payment to GB29…`), but not its other side: who sent something names nobody to send to."""
    ordered = [token for order in speech.asking for token in order.tokens]
    for name, value in field.record.items():
        plain = name.strip("_")
        if not isinstance(value, str) or plain == field.leaf or plain in _VAGUE:
            continue
        if plain not in _NAMES and not slot.is_identifier:
            continue
        where = speech.current.tokens if plain in _NAMES else ordered
        if not any(_is_said(form, where) for form in _forms(value)) and not _is_only_found(field, value, alike, where):
            continue
        if len({_fingerprint(other) for other in alike if _goes_by(other, name, value)}) == 1:
            return True
    return False


def _fingerprint(field: Field) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in field.record.items()))


def _goes_by(field: Field, name: str, value: str) -> bool:
    """Whether a record goes by the same name, or by one that reads the same."""
    other = field.record.get(name)
    forms = {form.casefold() for form in _forms(value)}
    return isinstance(other, str) and not forms.isdisjoint(form.casefold() for form in _forms(other))


def _forms(value: str) -> Iterator[str]:
    """As it is, and a file's name as people say it: `grocery-list.docx` as "grocery list"."""
    yield value
    spoken = _spoken(value)
    if spoken != value and len(spoken.split()) > 1:
        yield spoken


def _spoken(value: str) -> str:
    base = value.rsplit(".", 1)[0] if "." in value and " " not in value else value
    return " ".join(base.replace("_", " ").replace("-", " ").split())


def _is_said(value: str, tokens: Sequence[Token]) -> bool:
    return len(value) >= PROVENANCE.selector_characters and is_mentioned(value, tokens)


def _is_only_found(field: Field, value: str, alike: Sequence[Field], tokens: Sequence[Token]) -> bool:
    """The one record that a search by the person's own words found, and whose name begins with them."""
    if len({_fingerprint(other) for other in alike if other.call == field.call}) != 1:
        return False
    queries = [query for query in field.args.values() if isinstance(query, str) and len(query.split()) > 1]
    return any(
        _spoken(value).casefold().startswith(f"{query.casefold()} ") and is_mentioned(query, tokens)
        for query in queries
    )


def _is_named_by_ends(field: Field, alike: Sequence[Field], speech: Speech) -> bool:
    """`the channel starting with External`, `the account ending in 789`: exactly one of the list."""
    if not isinstance(field.value, str):
        return False
    values = {other.value for other in alike if isinstance(other.value, str)}
    tokens = [token for token in speech.current.tokens if token.in_quotation is None]
    for word, link, part in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if part.kind is Kind.MARK or link.low not in {"in", "with"} or len(part.text) < PROVENANCE.selector_characters:
            continue
        if {value for value in values if _has_end(value.casefold(), word.low, part.low)} == {field.value}:
            return True
    return False


def _has_end(value: str, where: str, part: str) -> bool:
    if where in {"starting", "beginning", "starts", "begins"}:
        return value.startswith(part)
    return where in {"ending", "ends"} and value.endswith(part)


def _is_extreme(field: Field, alike: Sequence[Field], slot: Slot, speech: Speech) -> bool:
    """`the largest file`: of a list read whole (without any filter), by the only figure that its records have."""
    listed = [other for other in alike if other.call == field.call]
    figures = {name for other in listed for name, value in other.record.items() if _is_figure(name, value)}
    if field.args or len(figures) != 1 or not field.path.startswith("[]."):
        return False
    figure = figures.pop()
    numbers = [number for other in listed if isinstance(number := other.record.get(figure), int | float)]
    if len(numbers) != len(listed):
        return False
    for order in speech.asking:
        for token, noun in zip(order.tokens, order.tokens[1:], strict=False):
            choose = lexicon.SUPERLATIVES.get(token.low)
            if choose is not None and stem(noun.low) in slot.words:
                extreme = choose(numbers)
                return [other.value for other in listed if other.record[figure] == extreme] == [field.value]
    return False


def _is_figure(name: str, value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not (words_of(name) & _IDENTIFIERS)
