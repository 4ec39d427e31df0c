"""Structured personal data by Presidio's analyzer, with recognisers of our own.

Importing Presidio takes two seconds even without torch, so only composition roots import this module. Presidio's own
context scoring is not used: it knows words only as whole tokens, and of "SSN=", "Acct#" or "a/c" none. Nothing here
asks the network: e-mail addresses are checked by their form. A bank adds recognisers of its own to the registry.
"""

import ipaddress
import re
from typing import Final

# isort: off
from guardrails.presidio_import import spacy  # before the first import of Presidio, which it lightens
# isort: on

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from spacy.tokens import Doc

from guardrails.numbers import find_ibans, find_numbers
from guardrails.personal_data import STRUCTURED, PersonalDataKind, PersonalDatum, resolve_overlaps
from guardrails.thresholds import PERSONAL_DATA

_EMAIL: Final = re.compile(
    r"(?<![\w.+!#$%&'*/=?^`{|}~-])['\"]?(?P<address>[\w!#$%&*+/=?^`{|}~-][\w.!#$%&'*+/=?^`{|}~-]{0,63}@"
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:[^\W\d_]{2,24}|xn--[\w-]{2,24}))(?![\w@])"
)
_IPV4: Final = re.compile(r"(?<![\w§.])(?<!\d[,/])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2}(?!\d))?(?!\w|\.\d|\()")
_IPV6: Final = re.compile(
    r"(?<![\w:.])[0-9A-Fa-f:.]{3,45}(?:(?<![:.])|(?<=::))(?:%\w{1,15})?(?:/\d{1,3}(?!\d))?(?![\w:])"
)
_NUMBERED: Final = re.compile(
    r"(?i)\b(?:version|ver|v|release|build|chapter|section|sections|sec|paragraph|para|clause|appendix|annex|item|point|step|"
    r"article|rule|table|figure|part|edition|revision|rev|update|firmware|driver|no|manual)s?"
    r"\.?[ :#]{0,2}(?:[\d.()]+(?:,| and| or| to|;)+ ){0,3}$"
)
"""Before four numbers with dots between them that are no address."""

_TIME: Final = re.compile(r"[0-9:.]{1,8}")
"""All of digits and short: a time of day or a ratio, not an address."""


def _addresses(text: str) -> list[PersonalDatum]:
    """E-mail and IP addresses."""
    emails = _EMAIL.finditer(text) if "@" in text else ()
    found = [PersonalDatum(*match.span("address"), PersonalDataKind.EMAIL, 0.95) for match in emails]
    fours = [m for m in _IPV4.finditer(text) if not _NUMBERED.search(text[max(0, m.start() - 40) : m.start()])]
    candidates = [*fours, *(m for m in _IPV6.finditer(text) if m.group().count(":") > 1)]
    for match in candidates:
        if _is_ip(match.group()):
            found.append(PersonalDatum(*match.span(), PersonalDataKind.IP, 0.9))
    return found


def _is_ip(text: str) -> bool:
    if ":" in text and _TIME.fullmatch(text) and "::" not in text:
        return False
    try:
        address = ipaddress.ip_interface(text)
    except ValueError:
        return False
    return address.version == 4 or len(text.strip(":")) >= 4


class _Structured(EntityRecognizer):
    """All structured kinds at once, since what a number is depends on what its neighbours are."""

    def __init__(self) -> None:
        super().__init__(supported_entities=[kind.value for kind in sorted(STRUCTURED)], name="structured")

    def load(self) -> None:
        """There is nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        del entities, nlp_artifacts
        found = [*find_ibans(text), *_addresses(text)]
        found += find_numbers(text, found)
        return [RecognizerResult(datum.kind.value, datum.start, datum.end, datum.score) for datum in found]


class _BlankEngine(SpacyNlpEngine):
    """Tokens only: no model file, no entities."""

    def load(self) -> None:
        self.nlp = {"en": spacy.blank("en")}


class PresidioDetector:
    """Build once at start-up, share between threads: analysing changes nothing in it."""

    def __init__(self) -> None:
        registry = RecognizerRegistry(recognizers=[_Structured()], supported_languages=["en"])
        self._nlp = _BlankEngine()
        self._engine = AnalyzerEngine(registry=registry, nlp_engine=self._nlp, supported_languages=["en"])
        self._no_tokens = Doc(spacy.blank("en").vocab)

    def find(self, text: str) -> list[PersonalDatum]:
        if not any(c.isdigit() or c in "@:" for c in text):
            return []
        nothing = NlpArtifacts([], self._no_tokens, [], [], self._nlp, "en")  # no recogniser of ours asks for tokens
        results = self._engine.analyze(text, language="en", score_threshold=PERSONAL_DATA.found, nlp_artifacts=nothing)
        return resolve_overlaps(
            [PersonalDatum(r.start, r.end, PersonalDataKind(r.entity_type), float(r.score)) for r in results]
        )
