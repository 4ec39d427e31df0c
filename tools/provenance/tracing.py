"""Where each argument of a call came from, and whether that is good enough for what the argument steers."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from tools.catalogue.models import Catalogue, Tool
from tools.models import Origin, PastCall
from tools.provenance.addresses import foreign_addresses
from tools.provenance.amounts import amounts_in, is_paired
from tools.provenance.matching import Scalar, is_clean, is_opaque
from tools.provenance.records import Records, read_records
from tools.provenance.roles import is_mentioned, is_stated
from tools.provenance.selection import fields_for, follows_from_records, is_selected
from tools.provenance.speech import Slot, Speech, listen, nouns_of, slot_of, stem, words_of

_WORST: Final = (Origin.DEFAULT, Origin.USER, Origin.RESULT, Origin.UNKNOWN, Origin.TEXT)


@dataclass(frozen=True, slots=True)
class Trace:
    """`meant`: the person's own words give the value, or pick out the record that it stands in. `settled`: the origin
    is good enough for what the argument steers. `foreign`: addresses and numbers in it that she did not give."""

    origin: Origin
    meant: bool
    settled: bool = False
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tracer:
    """Traces the arguments of calls of one tool."""

    tool: Tool
    speech: Speech
    records: Records

    def is_asked(self, traces: Mapping[str, Trace]) -> bool:
        """Whether the person's words order what the tool does: by a verb, and by more than a verb, which is what the
        tool works on or any of the arguments (`update` alone asks for no particular update)."""
        said = {stem(token.low) for order in self.speech.asking for token in order.tokens}
        ties = any(trace.meant and trace.origin is not Origin.DEFAULT for trace in traces.values())
        return bool(self.speech.asking) and (ties or not said.isdisjoint(nouns_of(self.tool)))

    @property
    def _says_amounts(self) -> bool:
        return any(amounts_in(order.tokens) for order in self.speech.asking)

    def traces(self, args: Mapping[str, Any]) -> dict[str, Trace]:
        """A trace of every argument. Of a list or an object, the worst of its parts."""
        parts = {name: list(_parts(self.tool, name, value)) for name, value in args.items()}
        parties = [
            leaf
            for found in parts.values()
            for slot, leaf in found
            if isinstance(leaf, str) and is_opaque(leaf) and is_stated(leaf, slot, self.speech)
        ]
        return {name: self._trace(name, value, parts[name], parties) for name, value in args.items()}

    def _trace(self, name: str, value: Any, parts: Sequence[tuple[Slot, Scalar]], parties: Sequence[str]) -> Trace:
        schema = slot_of(self.tool, name).schema
        if value is None or value in ([], {}, "") or ("default" in schema and schema["default"] == value):
            return Trace(Origin.DEFAULT, meant=True, settled=True)
        traced = [self._part(slot, leaf, parties) for slot, leaf in parts]
        worst = max((part.origin for part in traced), key=_WORST.index, default=Origin.UNKNOWN)
        meant = bool(traced) and all(part.meant for part in traced)
        foreign = tuple(dict.fromkeys(address for part in traced for address in part.foreign))
        return Trace(worst, meant, self._is_settled(name, parts, worst, meant=meant), foreign)

    def _is_settled(self, name: str, parts: Sequence[tuple[Slot, Scalar]], worst: Origin, *, meant: bool) -> bool:
        """The catalogue says what is sensitive; amounts, and identifiers inside an object (an attachment's file), are
        so by their form. Another identifier must at least be one of the bank's own, of the right kind."""
        if meant:
            return True
        if name in self.tool.sensitive:
            return False
        if any(_is_amount(slot, leaf) or (slot.is_identifier and slot.name != name) for slot, leaf in parts):
            return False
        return worst in {Origin.USER, Origin.RESULT} or not any(slot.is_identifier for slot, _ in parts)

    def _part(self, slot: Slot, value: Scalar, parties: Sequence[str]) -> Trace:
        is_amount = _is_amount(slot, value)
        if is_stated(value, slot, self.speech):
            return Trace(Origin.USER, meant=not is_amount or is_paired(value, parties, self.speech))
        held = fields_for(value, slot, self.tool, self.records)
        if any(is_selected(field, slot, self.speech, self.records) for field in held):
            return Trace(Origin.RESULT, meant=True)
        if is_amount and not self._says_amounts and follows_from_records(value, parties, self.records):
            return Trace(Origin.RESULT, meant=True)
        if held:
            return Trace(Origin.RESULT, meant=False)
        foreign = tuple(self._foreign(value)) if isinstance(value, str) else ()
        if not slot.is_identifier and self._is_own_prose(value):
            return Trace(Origin.USER, meant=False, foreign=foreign)
        if self.records.holds_text(value):
            return Trace(Origin.TEXT, meant=False, foreign=foreign)
        return Trace(Origin.UNKNOWN, meant=False, foreign=foreign)

    def _foreign(self, text: str) -> list[str]:
        """Also those that only show once letters of other scripts' forms and invisible marks are taken out."""
        plain = "".join(
            letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf"
        )
        said = self.speech.all_tokens
        return foreign_addresses(text, said) + (foreign_addresses(plain, said) if plain != text else [])

    def _is_own_prose(self, value: Scalar) -> bool:
        """Words that the person wrote herself, one after the other: a note's text."""
        if not isinstance(value, str) or is_opaque(value) or not is_clean(value):
            return False
        return any(is_mentioned(value, message.tokens) for message in self.speech.messages)


def tracer(catalogue: Catalogue, tool: Tool, words: Sequence[str], past: Sequence[PastCall]) -> Tracer:
    """`words` are the person's own messages, newest last; `past` what this run has read and done."""
    return Tracer(tool, listen(words, tool, catalogue), read_records(catalogue, past))


def _is_amount(slot: Slot, value: Scalar) -> bool:
    return isinstance(value, float) or (slot.is_money and isinstance(value, int) and not isinstance(value, bool))


def _parts(tool: Tool, name: str, value: Any) -> Iterator[tuple[Slot, Scalar]]:
    """Every scalar in a value, each with the name that it stands under."""
    yield from _leaves(slot_of(tool, name), value)


def _leaves(slot: Slot, value: Any) -> Iterator[tuple[Slot, Scalar]]:
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, Any]", value).items():
            yield from _leaves(Slot(key, words_of(key), {}), item)
    elif isinstance(value, list | tuple):
        for item in cast("Sequence[Any]", value):
            yield from _leaves(slot, item)
    elif isinstance(value, str | int | float):
        yield slot, value
