"""Somebody's balance, address or salary, with no case or customer number that says it belongs to the work in hand."""

import re
from typing import Final

from guardrails.forbidden.people import KIN, MASKED, PERSON, RECORD, TITLED

_FACT: Final = (
    r"(?:(?:account |bank |current |savings |checking )?balances?|account (?:numbers?|details?|activity|history)|"
    r"iban|"
    r"(?:(?:mobile|cell|home|private|work) )?(?:phone|telephone|mobile|cell)(?: ?numbers?| no\.?)?|(?:home |private "
    r"|e-?mail |"
    r"postal )?address(?:es)?|e-?mails?|salar(?:y|ies)|incomes?|pay ?(?:slips?|checks?)|wages?|debts?|savings|"
    r"transactions?|"
    r"payments|transfers|purchases|statements?|credit (?:scores?|files?|history|cards?)|date of birth|birth ?da(?:y|"
    r"te)|ssn|"
    r"social security(?: number)?|passport(?: number)?|tax (?:number|id)|pin|accounts?|portfolio|mortgages?|loans?|"
    r"card number|contact (?:data|details)|personal (?:data|details)|medical (?:file|record)|details|overdraft|"
    r"money|data)"
)
_REQUEST: Final = (
    r"(?:\b(?:look(?: it)? up|search for|find(?: out)?|show(?: me)?|give me|tell me|send me|read(?: me)?|get(?: "
    r"me)?|fetch|"
    r"pull(?: up)?|check|list|print|display|bring up|see|know|i need|i want)\b|\bwhat(?:'?s| is| are| was)\b|\bhow "
    r"(?:much|many|"
    r"high|big)\b)"
)
# A word that owns something by its trade is nobody's name: "the bank's address", "a minor's account".
_NOT_PEOPLE: Final = (
    r"(?!(?:the|an?|this|that|our|my|your|any|each|every|no|today|yesterday|tomorrow|bank|customer|client|applicant|"
    r"borrower|consumer|"
    r"company|"
    r"business|minor|employee|staff|branch|lender|creditor|holder|account|manager|supervisor|spouse|everyone|"
    r"somebody|"
    r"someone|person|let|it|what|who|there|here|where|how|institution|tenant|week|month|year|day|cashier|"
    r"less[eo]+r?|teller|"
    r"harbour|vale|regulator|member|user|child|parent|travell?er|owner|donor|payer|payee|beneficiary|executor|"
    r"guarantor|"
    r"debtor|merchant|driver|one|deceased|nonprofit|charity|club|association|trust|firm|state|country|agency|"
    r"card|loan|check|cheque|collector|seller|buyer|sender|recipient|issuer|servicer|provider|operator|fund)s?\b)"
)
_NAMED: Final = rf"\b{_NOT_PEOPLE}[a-z][\w-]+(?: {_NOT_PEOPLE}[a-z][\w-]+)?'s"
_EARNS: Final = r"(?:earns?|makes?|owns?|owes?|spends?|spent|lives?|saves?|saved|banks?|has|have|got|gets?|paid)"
_OF_MONEY: Final = re.compile(
    r"\b(?:account|money|month|year|with us|banking|cards?|lives?|earn\w*|owe\w*|mak(?:e|es|ing)|spen\w+|sav\w+|"
    r"salary|loans?|"
    r"debts?)\b"
)

_OWNED: Final = (
    re.compile(rf"{_REQUEST}.{{0,30}}?{PERSON}'?s? (?:\w+ )?{_FACT}\b"),
    re.compile(
        rf"\b(?:show me|tell me|give me|what(?:'?s| is| are)|look up|find(?: out)?|send me) (?:his|her|their) "
        rf"(?:\w+ )?{_FACT}\b"
    ),
    re.compile(rf"(?:{TITLED}|{MASKED})(?:'s|s'?)? {_FACT}(?:[?.!]| please| pls|$)"),
    re.compile(rf"{_REQUEST}.{{0,30}}?\b{_FACT} (?:(?:of|belonging to) {PERSON}|for {TITLED})"),
    re.compile(rf"{_REQUEST} (?:me |out )?(?:what )?{_NAMED} (?:\w+ ){{0,2}}{_FACT}\b"),
    re.compile(
        r"\b(?:look up|search for|tell me about|anything on|what do we (?:have|know) (?:on|about)) (?:\w+ )?"
        rf"(?:{TITLED}|{MASKED}|{KIN})"
    ),
)
_SNOOPS: Final = re.compile(rf"\b(?:look at|look into|go through|check) (?:his|her|their) (?:\w+ )?{_FACT}\b")
_ABOUT_ONE: Final = (
    re.compile(
        rf"\b(?:how much|where|what|whether|does|did|has|is|find out)\b.{{0,40}}?{PERSON}(?: \w+){{0,3}}?"
        rf"(?<! to) {_EARNS}\b(?! (?:to|his own|her own|been|access)\b)"
    ),
    re.compile(
        rf"\b(?:does|did|has|is|whether|do|if|which of|who of|any of) {PERSON} (?:\w+ ){{0,2}}(?:have|has|holds?|"
        rf"got|bank(?:s|ing)?|owes?|"
        rf"takes?|took) "
        r"(?:\w+ ){0,2}(?:accounts?|loans?|overdrafts?|mortgages?|cards?|here|with us)\b"
    ),
)


def wished(part: str, whole: str) -> bool:
    """Whether a folded sentence asks for such data. `whole` is the message, which may name the case."""
    if RECORD.search(whole):
        return False
    if _SNOOPS.search(part) and re.search(KIN, whole):
        return True
    return any(pattern.search(part) for pattern in _OWNED) or (
        bool(_OF_MONEY.search(part)) and any(pattern.search(part) for pattern in _ABOUT_ONE)
    )
