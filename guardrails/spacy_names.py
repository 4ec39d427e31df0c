"""Names by an installed spaCy pipeline: its PERSON entities."""

import re
from pathlib import Path
from typing import Final

from guardrails.name_words import NO_NAMES
from guardrails.personal_data import PersonalDataKind, PersonalDatum
from guardrails.presidio_import import spacy

_LABELS: Final = frozenset({"PERSON", "PER"})
_LONG: Final = re.compile(r"\S{200,}")
"""No word, and the tokeniser's time grows with the square of its length."""

_SCORE: Final = 0.7
_UNUSED: Final = ("parser", "attribute_ruler", "lemmatizer", "textcat", "textcat_multilabel")


class PipelineUnusable(Exception):
    """The configured pipeline is not there, or finds no entities."""


class SpacyNames:
    """Loaded once at start-up. Raises `PipelineUnusable`: a service that was to use it does not start without."""

    def __init__(self, model: str | Path) -> None:
        try:
            self._nlp = spacy.load(model, exclude=list(_UNUSED))
        except (OSError, ValueError) as error:
            raise PipelineUnusable(f"SPACY_MODEL: there is no usable spaCy pipeline {Path(model).name!r}.") from error
        if not any(name in ("ner", "entity_ruler", "transformer", "span_ruler") for name in self._nlp.pipe_names):
            raise PipelineUnusable(f"SPACY_MODEL: the pipeline {Path(model).name!r} finds no entities.")
        meta = self._nlp.meta
        self.name = f"spaCy {meta['lang']}_{meta['name']} {meta['version']}"

    def find(self, text: str) -> list[PersonalDatum]:
        """The persons it finds, but for runs of a bank's ordinary words. Blocking."""
        return [
            PersonalDatum(entity.start_char, entity.end_char, PersonalDataKind.NAME, _SCORE)
            for entity in self._nlp(_LONG.sub(lambda m: " " * len(m.group()), text)).ents
            if entity.label_ in _LABELS and not all(word.casefold() in NO_NAMES for word in entity.text.split())
        ]
