"""Words beside a number that say what it is, or that it is nobody's."""

import re
from typing import Final

from guardrails.personal_data import PersonalDataKind

_WORDS: Final = {
    PersonalDataKind.CARD: r"cards?|credit ?cards?|debit ?cards?|visa|master ?card|maestro|amex|"
    r"american express|discover|"
    r"diners(?: club)?|jcb|union ?pay|pan|cc|plastic",
    PersonalDataKind.SSN: r"ssns?|ss ?#|s\.s\.n\.?|social(?: security)?(?: (?:number|no|num|nr|#))?|tins?|itin|"
    r"taxpayer(?: id)?|"
    r"tax id(?:entification)?",
    PersonalDataKind.ROUTING: r"routing(?: transit)?|aba|rtn|transit(?: number)?|sort code",
    PersonalDataKind.PHONE: r"(?:tele)?phones?|tel|cell(?:phone|ular)?|mobile|calls?|called|calling|dial(?:ed)?|"
    r"fax|reach(?:ed|able)?|"
    r"text(?:ed)?|whatsapp|ring|rang|sms|landline|hotline|answer(?:s|ing)|contact|my number|registered|handy|"
    r"direct line|"
    r"voicemail|pager|switchboard|(?:home|work|office)(?=[\s:.#]*$)",
    PersonalDataKind.ACCOUNT: r"accounts?|accts?|accnt|acc|a/c|acnt|checking|chequing|savings|current account|"
    r"loan|deposit|"
    r"mortgage|payee|ledger",
    None: r"order|tracking|invoice|tickets?|ref|reference|isbn|issn|sku|ean|serial|cases?|batch|parcel|forms?|"
    r"sections?|version|"
    r"circular|pages?|polic(?:y|ies)|population|revenue|build|hash|uuid|rooms?|counter|coordinates|receipt|contract|"
    r"dated|since|until|between|items?|articles?|chapter|part|docket|file|omb|document|zip|postcode|run|commitment|digest|"
    r"usd|eur|gbp|chf|dollars|euros|customers|million|confirmation|claim|policy number|meter|barcode|cfr|fr|"
    r"task|transaction id|employee number|amount|balance of|limit of|worth|total",
}
_CUE: Final = re.compile(
    "|".join(
        rf"(?P<{'other' if kind is None else kind.name}>(?<![^\W_])(?:{words})(?![^\W\d_]))"
        for kind, words in _WORDS.items()
    ),
    re.IGNORECASE,
)
_BEFORE: Final = 56
_AFTER: Final = 22
"""Characters of the text that are looked at before and after a number."""

_AFTERWARDS: Final = re.compile(
    r"^[\s,)\]:;-]{0,3}(?:\(?(?P<PHONE>office|fax|mobile|cell|home|desk|work|phone|tel)\b|(?:is|was|on|"
    r"as) (?:my|the|her|his|their|our|a)"
    r" (?:\w+ )?(?:(?P<CARD>card)|(?P<SSN>ssn|social)|(?P<ACCOUNT>account)|(?P<ROUTING>routing)|(?P<TEL>phone|"
    r"mobile|cell|number)))",
    re.IGNORECASE,
)

Said = tuple[PersonalDataKind | None, int]
"""What the nearest word says a number is, None being nobody's, and how many characters it stands away."""


def said_of(text: str, start: int, end: int, earlier: int) -> Said | None:
    """What the words beside `text[start:end]` say of it: the nearest before, behind `earlier`, else just after it."""
    window = text[max(0, start - _BEFORE, earlier) : start]
    nearest = None
    for cue in _CUE.finditer(window):
        nearest = cue
    if nearest is not None:
        kind = None if nearest.lastgroup == "other" else PersonalDataKind[str(nearest.lastgroup)]
        return kind, len(window) - nearest.end()
    after = _AFTERWARDS.match(text[end : end + _AFTER])
    if after is None:
        return None
    group = next(name for name, value in after.groupdict().items() if value)
    return PersonalDataKind["PHONE" if group == "TEL" else group], 1
