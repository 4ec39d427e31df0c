"""British and American spellings of a word brought to one, so that "authorised" finds "authorized".

Rules for the regular differences, a short list for the rest. It need not be good spelling, only the same for both:
"size" becomes "sise" wherever it stands. Verbs take the British s because the stemmer cuts "-ize" off: with it
"authorized" and "authority" would be one term.
"""

import re
from typing import Final

_IZE: Final = re.compile(r"(?<=[a-z]{2}[iy])z(?=(?:e|ed|es|er|ers|ing|ation|ations|ational)$)")
_OUR: Final = re.compile(r"(?<=[a-z]{3})our(?=(?:s|ed|ing|able|ably|ite|ites|al|ally)?$)")
# Only these: "filled" and "filed" are two words.
_DOUBLED: Final = re.compile(
    r"^(cancel|travel|label|total|model|channel|signal|counsel|level|fuel|initial|equal)l(?=(?:ed|ing|er|ers|or|ors)$)"
)
_SINGLE_WORDS: Final = {
    "licence": "license",
    "practise": "practice",
    "defence": "defense",
    "offence": "offense",
    "pretence": "pretense",
    "programme": "program",
    "judgement": "judgment",
    "acknowledgement": "acknowledgment",
    "cheque": "check",
    "chequebook": "checkbook",
    "centre": "center",
    "instalment": "installment",
    "enrolment": "enrollment",
    "fulfilment": "fulfillment",
    "fulfil": "fulfill",
    "enrol": "enroll",
    "grey": "gray",
    "storey": "story",
}


def one_spelling(word: str) -> str:
    """The one spelling of a lower-case English word, with or without a plural s."""
    if word in _SINGLE_WORDS:
        return _SINGLE_WORDS[word]
    if word.endswith("s") and word[:-1] in _SINGLE_WORDS:
        return f"{_SINGLE_WORDS[word[:-1]]}s"
    word = _IZE.sub("s", word)
    word = _OUR.sub("or", word)
    return _DOUBLED.sub(r"\1", word)
