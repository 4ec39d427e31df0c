"""The personal data detector built on Presidio, with recognisers chosen one by one.

Importing Presidio takes two seconds even without torch, so only composition roots import this module.
No spaCy model is needed: a blank English pipeline with lower-cased lemmas feeds Presidio's context words, matched as
whole words ("pub-lic" must not count as "lic"). Nothing here asks the network: e-mail addresses are checked by their
form. Names of people and street addresses are not covered; `/readyz` should say so with `COVERED`.
"""

import ipaddress
import re
from typing import Final

# isort: off
from guardrails.presidio_import import spacy  # before the first import of Presidio, which it lightens
# isort: on

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, Pattern, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import UsSsnRecognizer
from spacy.language import Language
from spacy.tokens import Doc

from guardrails.checksums import digits_of, iban, luhn, routing_number
from guardrails.personal_data import PersonalDataKind, PersonalDatum, resolve_overlaps
from guardrails.thresholds import PERSONAL_DATA

COVERED: Final = tuple(PersonalDataKind)

_EDGE: Final = r"(?<![\w.,/$€£(-])"  # not inside a citation, an amount or an id
_END: Final = r"(?![\w]|[.,/-]\d|\()"


@Language.component("lower_case_lemmas")
def _lower_case_lemmas(doc: Doc) -> Doc:
    for token in doc:
        token.lemma_ = token.lower_
    return doc


class _BlankEngine(SpacyNlpEngine):
    """Tokens and lower-case lemmas, no entities, no model file."""

    def is_stopword(self, word: str, language: str) -> bool:
        """None: spaCy counts "call" as one, and then no context word "call" is ever seen."""
        del word, language
        return False

    def load(self) -> None:
        blank = spacy.blank("en")
        blank.add_pipe("lower_case_lemmas")
        self.nlp = {"en": blank}


class _CardRecognizer(PatternRecognizer):
    def validate_result(self, pattern_text: str) -> bool:
        digits = digits_of(pattern_text)
        return 12 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn(digits)


class _IbanRecognizer(PatternRecognizer):
    def validate_result(self, pattern_text: str) -> bool:
        return iban(pattern_text)


class _RoutingRecognizer(PatternRecognizer):
    def invalidate_result(self, pattern_text: str) -> bool:
        return not routing_number(digits_of(pattern_text))


class _IpRecognizer(PatternRecognizer):
    def validate_result(self, pattern_text: str) -> bool:
        try:
            ipaddress.ip_interface(pattern_text)
        except ValueError:
            return False
        return pattern_text.count(".") == 3 or pattern_text.count(":") >= 2


class _PhoneRecognizer(PatternRecognizer):
    def invalidate_result(self, pattern_text: str) -> bool:
        main = re.split(r"(?i)\s*(?:x|ext)", pattern_text)[0]
        return not 7 <= len(digits_of(main)) <= 15 or re.fullmatch(r"\d{4}[-/.]\d{2}[-/.]\d{2}", main) is not None


_EXTENSION: Final = r"(?:\s?(?:x|ext\.?)\s?\d{1,6})?"
_BRACKET: Final = r"(?<![\w.,/$€£-])"  # as _EDGE, but what follows may begin with "("

# Name, regular expression, score. From 0.45 a match counts; a context word adds that much.
_Shapes = tuple[tuple[str, str, float], ...]
_CARD: Final[_Shapes] = (("card", _EDGE + r"[0-9](?:[ -]?[0-9]){11,18}" + _END, 0.4),)
_IBAN: Final[_Shapes] = (("iban", r"\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{1,4}){3,8}\b", 0.5),)
_SSN: Final[_Shapes] = (
    ("dashed", _EDGE + r"[0-9]{3}-[0-9]{2}-[0-9]{4}" + _END, 0.6),
    ("spaced", _EDGE + r"[0-9]{3}([ .])[0-9]{2}\1[0-9]{4}" + _END, 0.4),
    ("bare", _EDGE + r"[0-9]{9}" + _END, 0.1),
)
_PHONE: Final[_Shapes] = (
    ("international", _BRACKET + r"\(?\+\d{1,3}\)?(?:[ .-]?\(?\d{1,4}\)?){2,6}" + _EXTENSION + _END, 0.6),
    ("prefixed", _EDGE + r"(?:00\d{1,3}|1)[ .-]\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}" + _EXTENSION + r"(?!\w)", 0.6),
    ("us", _BRACKET + r"\(?\d{3}\)?[ .-]?\d{3}[.-]\d{4}" + _EXTENSION + r"(?!\w|-\d)", 0.55),
    ("bracket", _BRACKET + r"\(\d{2,4}\)[ .-]?\d{3,4}[ .-]?\d{4}" + _EXTENSION + r"(?!\w|-\d)", 0.6),
    ("grouped", _EDGE + r"0\d{1,4}(?:[ .-]\d{2,4}){2,4}" + _END, 0.45),
    ("two groups", _EDGE + r"0\d{2,4}[ .-]\d{5,8}" + _END, 0.3),
    ("any groups", _BRACKET + r"\(?\d{2,4}\)?(?:[ -]\d{2,8}){1,4}" + _END, 0.15),
    ("bare", _EDGE + r"\d{7,12}" + _END, 0.1),
)
_EMAIL: Final[_Shapes] = (("email", r"(?<![\w.+-])[\w.!#$%&'*+/=?^`{|}~-]+@(?:[\w-]+\.)+[A-Za-z]{2,24}\b", 0.95),)
_IP: Final[_Shapes] = (
    ("ipv4", r"(?<![\w.§])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?![\w.(]\w?)", 0.6),
    ("ipv6", r"(?<![\w:.])(?=[0-9A-Fa-f:]{7})(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])", 0.6),
)
_ROUTING: Final[_Shapes] = (("aba", _EDGE + r"[0-9]{4}-?[0-9]{4}-?[0-9]" + _END, 0.2),)
_ACCOUNT: Final[_Shapes] = (("account", _EDGE + r"[0-9](?:[ -]?[0-9]){5,16}" + _END, 0.15),)

_CONTEXT: Final = {
    PersonalDataKind.CARD: "card credit debit visa mastercard amex pan cc",
    PersonalDataKind.IBAN: "iban",
    PersonalDataKind.SSN: "social ssn ssns tin itin taxpayer",
    PersonalDataKind.PHONE: "phone telephone tel cell cellphone mobile call calling called dial fax reach text "
    "whatsapp ring answering answers office desk registered",
    PersonalDataKind.EMAIL: "email",
    PersonalDataKind.IP: "ip",
    PersonalDataKind.ROUTING: "routing aba rtn transit transfer wire",
    PersonalDataKind.ACCOUNT: "account acct acc a/c savings checking loan deposit",
}


def _recognizers() -> list[EntityRecognizer]:
    def build(cls: type[PatternRecognizer], kind: PersonalDataKind, shapes: _Shapes) -> PatternRecognizer:
        patterns = [Pattern(*shape) for shape in shapes]
        return cls(supported_entity=kind, patterns=patterns, context=_CONTEXT[kind].split())

    return [
        build(_CardRecognizer, PersonalDataKind.CARD, _CARD),
        build(_IbanRecognizer, PersonalDataKind.IBAN, _IBAN),
        build(UsSsnRecognizer, PersonalDataKind.SSN, _SSN),
        build(_PhoneRecognizer, PersonalDataKind.PHONE, _PHONE),
        build(PatternRecognizer, PersonalDataKind.EMAIL, _EMAIL),
        build(_IpRecognizer, PersonalDataKind.IP, _IP),
        build(_RoutingRecognizer, PersonalDataKind.ROUTING, _ROUTING),
        build(PatternRecognizer, PersonalDataKind.ACCOUNT, _ACCOUNT),
    ]


class PresidioDetector:
    """Build once at start-up (about a tenth of a second), share between threads: analysing changes nothing in it."""

    def __init__(self) -> None:
        registry = RecognizerRegistry(recognizers=_recognizers(), supported_languages=["en"])
        enhancer = LemmaContextAwareEnhancer(
            context_similarity_factor=0.45,
            min_score_with_context_similarity=0.5,
            context_prefix_count=7,
            context_suffix_count=5,
            context_matching_mode="whole_word",
        )
        self._engine = AnalyzerEngine(
            registry=registry, nlp_engine=_BlankEngine(), context_aware_enhancer=enhancer, supported_languages=["en"]
        )

    def find(self, text: str) -> list[PersonalDatum]:
        if not any(c.isdigit() or c in "@:" for c in text):
            return []
        results = self._engine.analyze(text, language="en", score_threshold=PERSONAL_DATA.found)
        return resolve_overlaps(
            [PersonalDatum(r.start, r.end, PersonalDataKind(r.entity_type), float(r.score)) for r in results]
        )
