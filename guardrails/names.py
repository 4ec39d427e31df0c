"""Names, street addresses and dates of birth by the words around them: what is found where no model is configured.

A name is a run of capitalised words that a title, a cue ("customer", "on behalf of", "Name:"), a signature or a common
given name says to be one. Capitalised words alone say nothing: titles of documents and products are full of them.
"""

import re
from collections.abc import Generator
from typing import Final

from guardrails.name_words import GIVEN_NAMES, NO_NAMES
from guardrails.personal_data import PersonalDataKind, PersonalDatum

_UPPER: Final = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĘĚĞĢĪĶŁŃŇŐŘŚŞŠŤŪŮŰŹŻŽİА-ЯΑ-Ω"
_PARTICLE: Final = r"(?:van|von|de|der|den|del|della|di|da|dos|du|la|le|al|el|bin|ibn|ben|ter|ten|zu|af|av|y)"
_TOKEN: Final = rf"(?:[{_UPPER}]\.(?!\w)|(?:[OD]['’]|Mc|Mac|Al-|El-)?[{_UPPER}][\w]*(?:['’-]\w+)*)"
_RUN: Final = rf"{_TOKEN}(?:[ \u00a0]+(?:{_PARTICLE}[ \u00a0]+){{0,2}}{_TOKEN}){{0,3}}"

_TITLE: Final = re.compile(
    rf"(?<![\w§])(?P<title>(?:Mr|Mrs|Ms|Mx|Dr|Prof|Messrs|Miss|Madam|Sir|Herr|Frau|Señora?|Mme|Monsieur|Madame)\.?|"
    rf"MR\.?|MRS\.?|MS\.|DR\.)[ \u00a0]+(?P<name>{_RUN})"
)
_LOWER_TITLE: Final = re.compile(rf"(?<![\w])(?:mr|mrs|mister)\.?[ ](?P<name>[^\W\d_]{{3,}}(?:[ ][{_UPPER}]\w+)?)")
_CUES: Final = (
    r"customer|client|applicant|co-applicant|borrower|co-borrower|account ?holder|card ?holder|policy ?holder|account "
    r"owner|guarantor|co-?signer|beneficiary|payee|payer|guardian|spouse|husband|wife|son|daughter|kid|child|mother|"
    r"father|brother|sister|partner|colleague|caller|complainant|tenant|depositor|remitter|sender|recipient|trustee|"
    r"executor|heir|director|officer|teller|adviser|advisor|employee"
)
_RELATION: Final = re.compile(rf"\b(?:{_CUES})(?:['’]s name| is| called| named|,)?[ ]+(?:an? )?(?P<name>{_RUN})")
_STRONG: Final = re.compile(
    r"(?:\b(?i:my name is|my name['’]s|name is|names are|named|called|on behalf of|in the name of|"
    r"under the name(?: of)?|"
    r"account of|estate of|signed by|signed for|care of|attention of|attn\.?:?|c/o|change it to|listed as|known as|"
    r"registered to|belongs to|issued to|made out to|payable to|speak(?:ing)? (?:to|with)|spoke (?:to|with)|"
    r"talk(?:ed|ing)? (?:to|with)|met with|add|remove|this is|i am|i['’]m)"
    rf"[ \u00a0]+(?:(?:Mr|Mrs|Ms|Dr)\.? )?)(?P<name>{_RUN})"
)
_FIELD: Final = re.compile(
    r"(?im:(?:^|[\t;|,>\-*•\s])(?:full |first |last |family |given |sur|middle |customer(?:['’]s)? |client(?:['’]s)? |"
    r"account ?holder(?:['’]s)? |card ?holder(?:['’]s)? |applicant(?:['’]s)? |legal |maiden )?"
    r"(?:name|customer|client|applicant|borrower|card ?holder|account ?holder|holder|payee|beneficiary|signed|"
    r"signature|"
    r"guarantor|attn|sender|recipient|contact(?: person)?|prepared by|reviewed by|approved by|directed by|written by)"
    rf"[ ]?[:=\t][ \t]*)(?P<name>{_RUN})(?=[ \t]*(?:$|[\n\t,;|.<(]|\b))"
)
_DEAR: Final = re.compile(rf"(?m)^(?:Dear|Hello|Hi)[ ]+(?P<name>{_RUN})[ ]*[,!:\n]")
_CLOSING: Final = re.compile(
    r"(?im:^[ \t>]*(?:(?:kind|best|warm|with (?:kind|best)) (?:regards|wishes)|regards|sincerely(?: yours)?|"
    r"yours (?:sincerely|faithfully|truly)|respectfully|thank you|thanks|best|cheers)[,.!]?[ \t]*\n[\s>]*)"
    rf"(?P<name>{_RUN})[ \t]*(?=\n|$)"
)
_GIVEN: Final = re.compile(rf"(?<![\w'’-]){_RUN}")
_INVERTED: Final = re.compile(
    rf"(?<![\w'’-])(?P<name>[{_UPPER}]\w+(?:-\w+)?, (?P<given>[{_UPPER}]\w+)(?: [{_UPPER}]\.)?)(?!\w)"
)
_LIVES: Final = re.compile(
    rf"(?P<name>{_TOKEN}(?:[ ]{_TOKEN}){{1,2}})[ ](?:lives (?:at|in|on)|was born|is (?:a |an )?\d+ years? old)"
)

_WAYS: Final = (
    r"Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Court|Square|Terrace|Way|Highway|Hwy|Parkway|Pkwy|Crescent|"
    r"Close|Gardens|Mews|Quay|Walk|Rise|Hill|Row|Alley|Turnpike|Trail|Circle"
)
_UNIT: Final = r"(?:,?[ ]+(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|#)\.?[ ]?#?\w{1,6})?"
_TOWN: Final = (
    rf"(?:,[ ]*[{_UPPER}][\w.'’-]+(?:[ ][{_UPPER}][\w.'’-]+){{0,2}})?"
    rf"(?:,?[ ]+[A-Z]{{2}})?(?:,?[ ]+\d{{5}}(?:-\d{{4}})?)?"
)
_ADDRESS: Final = re.compile(
    rf"(?<![\w.,§-])\d{{1,6}}[A-Za-z]?(?:-\d{{1,5}})?[ ]+(?:[NSEW]\.?[ ]+)?(?:[{_UPPER}][\w'’.-]*[ ]+|\d+(?:st|"
    rf"nd|rd|th)[ ]+)"
    rf"{{1,4}}(?:{_WAYS})\b\.?(?:[ ][NSEW]{{1,2}}\b\.?)?{_UNIT}{_TOWN}"
)
_BY_NUMBER_LAST: Final = re.compile(
    rf"(?<![\w-])(?:[{_UPPER}][\w.-]*?(?:straße|strasse|str\.|gasse|platz|allee|ring|damm|ufer|gade|gatan|vägen|veien|laan|straat)|"
    rf"(?:Rue|Avenue|Boulevard|Via|Viale|Piazza|Calle|Avenida|Rua|Plaza)(?:[ ](?:de|du|des|la|le|del|della|da|do))*"
    rf"[ ][{_UPPER}][\w'’-]+(?:[ ][{_UPPER}][\w'’-]+)?),?[ ]\d{{1,5}}[a-zA-Z]?\b"
)
_BOX: Final = re.compile(r"(?i)\b(?:p\.? ?o\.?|post office) box \d{1,7}\b")
_CUED_ADDRESS: Final = re.compile(
    r"(?i:\b(?:lives?|living|resid(?:es?|ing)|moved|relocated) (?:at|to|on|in)|\b(?:my|his|her|their|the|new|"
    r"old|home|billing|"
    r"postal|mailing|street|delivery|customer(?:['’]s)?) address(?: is| was| to| with|:)+|\baddress:)[ \t]*"
    rf"(?P<address>\d{{1,6}}[A-Za-z]?(?:-\d+)?[ ]+[{_UPPER}][\w'’.-]*(?:[ ,]+[\w'’.-]+){{0,8}})"
)

_MONTHS: Final = (
    "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    "Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
)
_BORN: Final = re.compile(
    r"(?i)\b(?:date of birth|birth ?date|birthday|d\.?o\.?b\.?|born)(?:[ ](?:is|was|on|of))*[ ]?[:=]?[ \t]*\(?"
    rf"(?P<date>\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/. ]\d{{1,2}}[-/. ]\d{{2,4}}|"
    rf"\d{{1,2}}(?:st|nd|rd|th)?[ .-]+(?:of )?(?:{_MONTHS})\.?,?[ -]+\d{{2,4}}|"
    rf"(?:{_MONTHS})\.?[ ]+\d{{1,2}}(?:st|nd|rd|th)?,?[ ]+\d{{2,4}})(?!\d)"
)

_NEVER: Final = frozenset(
    ["and", "or", "customer", "client", "director", "manager", "president", "secretary", "family", "name", "staff"]
)
"""What stands behind a title and is no name; "Mr May" is one."""

_IS_WAY: Final = re.compile(
    rf" (?:{_WAYS}|Extensions?|Bypass|Fort|Building|Tower|Park|Plaza|University|School|Church|Bridge|Airport)$"
)
"""A place that is called after somebody."""

_SURE: Final = 0.85
_LIKELY: Final = 0.6
_WEAK: Final = 0.5


def find_by_words(text: str) -> list[PersonalDatum]:
    """Names, addresses and dates of birth. They may overlap."""
    found = [*_addresses(text), *_births(text)]
    if any(c.isupper() for c in text) or "mr" in text:
        found += _names(text)
    return found


def _names(text: str) -> Generator[PersonalDatum]:
    for match in _TITLE.finditer(text):
        yield from _named(text, *match.span("name"), score=_SURE, at_least=1, with_title=match.start("title"))
    for match in _LOWER_TITLE.finditer(text):
        if match["name"].split()[0].casefold() not in NO_NAMES:
            yield _name(*match.span("name"), _LIKELY)
    for pattern, at_least in ((_STRONG, 1), (_FIELD, 1), (_DEAR, 1), (_CLOSING, 1), (_LIVES, 2)):
        for match in pattern.finditer(text):
            yield from _named(text, *match.span("name"), score=_LIKELY, at_least=at_least)
    for match in _RELATION.finditer(text):
        yield from _named(text, *match.span("name"), score=_WEAK, at_least=1)
    for match in _GIVEN.finditer(text):
        words = match.group().split()
        first = next((n for n, word in enumerate(words) if word.casefold() in GIVEN_NAMES), None)
        if first is not None and first < len(words) - 1:
            start = match.start() + sum(len(word) + 1 for word in words[:first])
            yield from _named(text, start, match.end(), score=_LIKELY, at_least=2)
    for match in _INVERTED.finditer(text):
        if match["given"].casefold() in GIVEN_NAMES and match["name"].split(",")[0].casefold() not in NO_NAMES:
            yield _name(*match.span("name"), _LIKELY)


def _named(
    text: str, start: int, end: int, *, score: float, at_least: int, with_title: int | None = None
) -> Generator[PersonalDatum]:
    """The run up to its first ordinary word, where it is long enough and no word in capitals only, such as a code."""
    kept = start
    count = 0
    for word in re.finditer(r"\S+", text[start:end]):
        bare = re.sub(r"['’]s?$", "", word.group())
        word_too = bare.strip(".").casefold() in NO_NAMES and len(bare.strip(".")) > 1
        if word_too and (count > 0 or with_title is None or bare.casefold() in _NEVER):
            break
        if len(bare) <= 1 and count == 0:
            break
        kept, count = start + word.start() + len(bare), count + 1
    if count < at_least or kept - start < 2:
        return
    name = text[start:kept]
    if _IS_WAY.search(name):
        return
    if name.isupper() and len(name) <= 3 and with_title is None:
        return
    if kept < end and count == 1 and with_title is None and name.split()[0].casefold() not in GIVEN_NAMES:
        return  # "Customer Identification Program": the run goes on with an ordinary word
    alone = count == 1 and with_title is not None and (name.casefold() in NO_NAMES or len(name) < 3)
    yield _name(start if not alone or with_title is None else with_title, kept, score)


def _addresses(text: str) -> Generator[PersonalDatum]:
    for pattern in (_ADDRESS, _BY_NUMBER_LAST, _BOX):
        for match in pattern.finditer(text):
            yield PersonalDatum(*match.span(), PersonalDataKind.ADDRESS, _LIKELY)
    for match in _CUED_ADDRESS.finditer(text):
        yield PersonalDatum(*match.span("address"), PersonalDataKind.ADDRESS, _WEAK)


def _births(text: str) -> Generator[PersonalDatum]:
    for match in _BORN.finditer(text):
        yield PersonalDatum(*match.span("date"), PersonalDataKind.BIRTH, _SURE)


def _name(start: int, end: int, score: float) -> PersonalDatum:
    return PersonalDatum(start, end, PersonalDataKind.NAME, score)
