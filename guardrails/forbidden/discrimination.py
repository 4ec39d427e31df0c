"""Treating people worse for what they are: origin, religion, sex, age, family, health."""

import re
from typing import Final

_TRAIT: Final = re.compile(
    r"\b(?:pregnan\w+|muslims?|islamic|jew(?:s|ish)?|christians?|catholics?|hindus?|sikhs?|buddhists?|black "
    r"(?:people|persons?|"
    r"men|man|wom[ae]n|couples?|famil\w+|applicants?|customers?|clients?)|he is black|she is black|they are black|"
    r"blacks|asians?|"
    r"latin[oax]s?|hispanics?|african\w*|arab(?:s|ic)?|romani|roma|gyps(?:y|ies)|turk(?:s|ish)|immigrants?|migrants?|"
    r"refugees?|foreigners?|foreign[- ](?:sounding )?(?:names?|people|applicants?)|women|woman|females?|gays?|"
    r"lesbians?|homosexuals?|trans(?:gender)?|queer|disabled|disabilit\w+|wheelchair|single (?:mothers?|parents?)|"
    r"unmarried|"
    r"divorced|race|racial|religio\w+|ethnic\w*|skin colou?r|national origin|nationalit\w+|sexual orientation|gender|"
    r"marital status|old(?:er)? (?:people|customers?|clients?|applicants?|men|wom[ae]n|lad(?:y|ies))|elderly|too "
    r"old|(?:her|his|"
    r"their) age|pensioners?|(?:her|his|their) (?:accent|headscarf|faith|colou?r)|headscar\w+|on welfare|public "
    r"assistance|"
    r"childbearing|(?:(?:mexican|chinese|indian|syrian|afghan|nigerian|polish|russian|ukrainian) (?:people|persons?|"
    r"men|man|wom[ae]n|couples?|famil\w+|applicants?|customers?|clients?|names?|accents?)|mexicans|indians|syrians|"
    r"afghans|nigerians|russians|ukrainians))\b"
)
_WORSE: Final = (
    r"(?:refus\w+|reject\w*|den(?:y|ying|ies)|declin\w+|turn(?:ing)? (?:[\w-]+ ){0,4}?(?:down|away)|discourag\w+|"
    r"steer\w*|"
    r"keep(?:ing)? (?:[\w-]+ ){0,3}?(?:out|away|off)|get(?:ting)? rid of|(?:not|don't|do not|won't|never) (?:to "
    r")?(?:\w+ )?(?:lend|"
    r"serve|give|offer|accept|want|open)|charg\w+ (?:[\w-]+ ){0,4}?(?:more|higher|extra)|(?:higher|worse|stricter|"
    r"lower|extra|"
    r"tougher) (?:\w+ )?(?:rates?|fees?|interest|limits?|conditions|terms|checks|collateral|prices?|scores?|"
    r"documents?)|"
    r"exclud\w+|filter(?:ing)? (?:[\w-]+ ){0,4}?out|filter out|screen(?:ing)? out|weed\w* out|discriminat\w+|"
    r"treat (?:[\w-]+ ){0,4}?(?:worse|differently)|(?:the )?end of the (?:queue|line|list)|less (?:credit|money)|"
    r"ban|make it (?:hard|harder|difficult)|"
    r"(?:no|none of) (?:[\w-]+ ){1,3}gets?|(?:should|shall) (?:i|we) (?:lend|give|approve|trust))"
)
_DESCRIBED: Final = re.compile(
    r"\ban? (?:elderly|disabled|pregnant|old|divorced|foreign) (?:customer|client|lady|gentleman|man|woman|person|"
    r"couple)\b"
)
_BECAUSE: Final = re.compile(
    r"\b(?:because|since|as (?:he|she|they)|reasons?|excuses?|pretexts?|loans?|credit|mortgages?|applica\w+|rates?|"
    r"get rid|"
    r"without)\b"
)
"""An elderly customer may be robbed, and refused like anybody else, without her age being the reason."""

_IS_WORSE: Final = re.compile(rf"\b{_WORSE}\b")
_SORTED_BY: Final = re.compile(
    r"\b(?:list|sort|rank|group|flag|mark|find|show|filter)\b.{0,30}\b(?:customers?|clients?|applicants?|borrowers?|"
    r"people|"
    r"applications)\b.{0,20}\b(?:by|who are|that are|with|of|from)\b"
)
_OUR_WISH: Final = re.compile(
    r"\b(?:how (?:do|can|could|should|would|to|might)|help|i (?:want|would like|'d like|need|don't|do not|won't|am "
    r"going|prefer)|"
    r"we (?:want|would like|need|don't|do not|won't|prefer)|(?:should|shall) (?:i|we)|(?:what|which|good|any) "
    r"(?:reason|excuse|"
    r"pretext)s?|reasons? (?:can|could|to)|write|draft|find|make it|make sure|please|can you|could you|let's|ways? "
    r"to|best "
    r"way|tips?|"
    r"without (?:anyone|them|getting|it looking))\b|"
    rf"^(?:please )?(?:{_WORSE}|(?:set|put|give|offer|apply|demand|list|sort|rank|group|flag|mark|find|show|filter|"
    rf"charge|only)\b)"
)


def wished(part: str, whole: str) -> bool:
    """Whether a folded sentence asks for help in it, or orders it."""
    del whole
    if not _TRAIT.search(part) or not _OUR_WISH.search(part):
        return False
    if _DESCRIBED.search(part) and not _BECAUSE.search(part):
        return False
    return bool(_IS_WORSE.search(part) or _SORTED_BY.search(part))
