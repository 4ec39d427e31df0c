"""Where each argument of a call came from, and whether that is good enough for what the argument steers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from tools.catalogue.models import Catalogue, Tool
from tools.models import Call, Origin, PastCall
from tools.provenance.addresses import foreign_addresses
from tools.provenance.matching import Scalar, is_clean
from tools.provenance.records import Records, read_records
from tools.provenance.roles import Slot, Speech, is_mentioned, is_stated, listen, words_of
from tools.provenance.selection import fields_for, is_selected

_WORST: Final = (Origin.DEFAULT, Origin.USER, Origin.RESULT, Origin.UNKNOWN, Origin.TEXT)


@dataclass(frozen=True, slots=True)
class Trace:
    """`meant`: the person's own words give the value, or pick out the record that it stands in. `foreign`: addresses
    or numbers in it that she did not give."""

    origin: Origin
    meant: bool
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tracer:
    """Traces the arguments of calls of one tool."""

    tool: Tool
    speech: Speech
    records: Records

    @property
    def is_asked(self) -> bool:
        """Whether the person's words order what the tool does."""
        return bool(self.speech.asking)

    def is_settled(self, name: str, value: Any, trace: Trace) -> bool:
        """Whether the argument's origin is good enough for what it steers.

        The catalogue says what is sensitive; amounts, and identifiers inside an object (an attachment's file), are so
        by their form. Another identifier must at least be one of the bank's own, of the right kind.
        """
        if name in self.tool.sensitive:
            return trace.meant
        parts = list(_parts(name, value, _schema(self.tool.schema, name), self.tool.labels.get(name, "")))
        if any(_is_amount(slot, leaf) or (slot.is_identifier and slot.name != name) for slot, leaf in parts):
            return trace.meant
        if any(slot.is_identifier for slot, _ in parts):
            return trace.origin in {Origin.USER, Origin.RESULT, Origin.DEFAULT}
        return True

    def trace(self, name: str, value: Any) -> Trace:
        """Of a list or an object, the worst of its parts."""
        schema = _schema(self.tool.schema, name)
        if value is None or value in ([], {}, "") or ("default" in schema and schema["default"] == value):
            return Trace(Origin.DEFAULT, meant=True)
        parts = [self._part(slot, leaf) for slot, leaf in _parts(name, value, schema, self.tool.labels.get(name, ""))]
        worst = max((part.origin for part in parts), key=_WORST.index, default=Origin.UNKNOWN)
        foreign = tuple(dict.fromkeys(address for part in parts for address in part.foreign))
        return Trace(worst, bool(parts) and all(part.meant for part in parts), foreign)

    def _part(self, slot: Slot, value: Scalar) -> Trace:
        if is_stated(value, slot, self.speech):
            return Trace(Origin.USER, meant=True)
        held = fields_for(value, slot, self.tool, self.records)
        if held:
            return Trace(Origin.RESULT, any(is_selected(field, slot, self.speech, self.records) for field in held))
        foreign = tuple(foreign_addresses(value, self.speech.all_tokens)) if isinstance(value, str) else ()
        if self._is_own_prose(value):
            return Trace(Origin.USER, meant=False, foreign=foreign)
        if self.records.holds_text(value):
            return Trace(Origin.TEXT, meant=False, foreign=foreign)
        return Trace(Origin.UNKNOWN, meant=False, foreign=foreign)

    def _is_own_prose(self, value: Scalar) -> bool:
        """Several words that the person wrote herself, one after the other: a note's text."""
        if not isinstance(value, str) or len(value.split()) < 2 or not is_clean(value):
            return False
        return any(is_mentioned(value, message.tokens) for message in (self.speech.current, *self.speech.earlier))


def tracer(catalogue: Catalogue, tool: Tool, words: Sequence[str], past: Sequence[PastCall]) -> Tracer:
    """`words` are the person's own messages, newest last; `past` what this run has read and done."""
    hinted: Sequence[str] = tool.hints.get("verbs", ())
    return Tracer(tool, listen(words, tool.name, tool.description, hinted), read_records(catalogue, past))


def _is_amount(slot: Slot, value: Scalar) -> bool:
    return isinstance(value, float) or (slot.is_money and isinstance(value, int) and not isinstance(value, bool))


def _schema(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    return properties.get(name, {})


def _parts(name: str, value: Any, schema: Mapping[str, Any], label: str) -> Iterator[tuple[Slot, Scalar]]:
    """Every scalar in a value, each with the name that it stands under."""
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, Any]", value).items():
            yield from _parts(key, item, {}, "")
    elif isinstance(value, list | tuple):
        for item in cast("Sequence[Any]", value):
            yield from _parts(name, item, schema, label)
    elif isinstance(value, str | int | float):
        yield Slot(name, words_of(name) | words_of(label), schema), value


def is_repeated(call: Call, past: Sequence[PastCall]) -> bool:
    """Whether exactly this was done before in the run."""
    return any(done.tool == call.tool and dict(done.args) == dict(call.args) for done in past)
