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
    r"childbearing|(?:mexican|chinese|indian|syrian|afghan|nigerian|polish|russian|ukrainian)s?)\b"
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
    r"exclud\w+|filter(?:ing)? (?:[\w-]+ ){0,4}?out|filter out|screen(?:ing)? out|weed\w* out|discriminat\w+|block|"
    r"treat (?:[\w-]+ ){0,4}?(?:worse|differently)|less (?:credit|money)|ban|make it (?:hard|harder|difficult)|"
    r"(?:should|shall) (?:i|we) (?:lend|give|approve|trust))"
)
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
    r"pretext)s?|reasons? (?:can|could|to)|write|draft|find|make it|please|can you|could you|let's|ways? to|best "
    r"way|tips?|"
    r"without (?:anyone|them|getting|it looking))\b|"
    rf"^(?:please )?(?:{_WORSE}|(?:set|give|offer|apply|demand|list|sort|rank|group|flag|mark|find|show|filter|"
    rf"charge|only)\b)"
)


def wished(part: str, whole: str) -> bool:
    """Whether a folded sentence asks for help in it, or orders it."""
    del whole
    if not _TRAIT.search(part) or not _OUR_WISH.search(part):
        return False
    return bool(_IS_WORSE.search(part) or _SORTED_BY.search(part))
