"""Other people's runs as compliance reads them: personal data behind placeholders, unless somebody asks for it.

Who acted is no secret of a record, so the bank's own people stay named. What the conversation had hidden from models is
hidden here under the same placeholders; the rest is searched for anew, since a run may be older than its placeholders.
"""

import asyncio
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel

from api.schemas.approvals import PersonView
from api.schemas.audit import PassageEvidence, ToolEvidence
from guardrails.case_data import known_from
from guardrails.personal_data import Mask, PersonalDataDetector, PersonalDataKind, values_in
from guardrails.placeholders import Placeholders
from runs.masks.keeping import KeptValue

M = TypeVar("M", bound=BaseModel)

_OURS: Final = frozenset(
    {"hash", "sha256", "digest", "stream", "kind", "tool", "code", "document", "library", "version", "catalogue"}
)
"""Fields that hold codes, keys and digests: never anybody's data, and some look like numbers of a card."""


@dataclass(frozen=True, slots=True)
class Veil:
    """Hides. Shared by all looks; keeps nothing."""

    detector: PersonalDataDetector

    async def over(self, view: M, kept: Iterable[KeptValue] = ()) -> M:
        """The view with placeholders. `kept`: what the conversation has hidden. What the detector raises goes on:
        nothing is shown then."""
        return await asyncio.to_thread(self._over, view, tuple(kept))

    def text(self, text: str, kept: Iterable[KeptValue] = ()) -> str:
        """One text with placeholders. Blocking."""
        placeholders = Placeholders.of(Mask(each.placeholder, PersonalDataKind(each.kind), each.value) for each in kept)
        placeholders.learn(values_in(self.detector, [text]))
        return placeholders.hide(text)

    def _over(self, view: M, kept: tuple[KeptValue, ...]) -> M:
        staff = frozenset(person.name for person in _people(view))
        masks = [Mask(each.placeholder, PersonalDataKind(each.kind), each.value) for each in kept]
        placeholders = Placeholders.of(mask for mask in masks if mask.value not in staff)
        texts = list(dict.fromkeys(_texts(view)))
        found = [*values_in(self.detector, texts), *(value for each in _results(view) for value in known_from(each))]
        placeholders.learn((kind, value) for kind, value in found if value not in staff)
        return cast("M", _hidden(view, placeholders))


def _people(value: Any) -> Generator[PersonView]:
    if isinstance(value, PersonView):
        yield value
    for _, inner in _inside(value):
        yield from _people(inner)


def _results(value: Any) -> Generator[Any]:
    if isinstance(value, ToolEvidence):
        yield value.result
    for _, inner in _inside(value):
        yield from _results(inner)


def _texts(value: Any) -> Generator[str]:
    if isinstance(value, PersonView):
        return
    if isinstance(value, str):
        yield value
    for name, inner in _inside(value):
        if name not in _OURS:
            yield from _texts(inner)


def _inside(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        return [(name, getattr(value, name)) for name in type(value).model_fields]
    if isinstance(value, Mapping):
        return list(cast("Mapping[str, Any]", value).items())
    if isinstance(value, list | tuple):
        return [("", inner) for inner in cast("list[Any]", value)]
    return []


def _hidden(value: Any, placeholders: Placeholders, *, is_document: bool = False) -> Any:
    """A copy with its texts hidden."""
    if isinstance(value, PersonView):
        return value
    if type(value) is str:
        return placeholders.hide(value, is_document=is_document)
    if isinstance(value, BaseModel):
        is_document = isinstance(value, PassageEvidence)
        return value.model_copy(
            update={name: _hidden(inner, placeholders, is_document=is_document) for name, inner in _free(value)}
        )
    if isinstance(value, Mapping):
        found = cast("Mapping[str, Any]", value)
        changed = {name: _hidden(inner, placeholders) for name, inner in _free(found)}
        return {name: changed.get(name, inner) for name, inner in found.items()}
    if isinstance(value, list | tuple):
        return [_hidden(inner, placeholders, is_document=is_document) for inner in cast("list[Any]", value)]
    return value


def _free(value: Any) -> Iterable[tuple[str, Any]]:
    return [(name, inner) for name, inner in _inside(value) if name not in _OURS]
