"""Words for particular people and for the files that are in hand, as patterns over folded text."""

import re
from typing import Final

TITLED: Final = (
    r"\b(?:mr|mrs|ms|dr|prof|herr|frau|miss(?! (?:the|an?|this|that|these|those|my|our|your|his|her|its|their|any|"
    r"one|it|"
    r"some|out|two|three|payments?|deadlines?)\b))\b\.? ?[a-z][\w-]*"
)
MASKED: Final = r"(?:\b(?:mr|mrs|ms|miss|dr|prof|herr|frau)\.? ?)?\[name[^\]]*\]"
"""What stands for a name where a model may see the text; see `guardrails.placeholders`."""
KIN: Final = (
    r"\b(?:my|our|his|her|their|the|an?|this|that|some) (?:\w+ )?(?:(?:brother|sister|mother|father|son|daughter)[- "
    r"]in[- ]law|neighbou?rs?|ex(?:[- ](?:wife|husband|boyfriend|"
    r"girlfriend|"
    r"partner))?|wife|husband|boyfriend|girlfriend|brother|sister|mother|father|mum|mom|dad|cousin|uncle|aunt|"
    r"landlord|"
    r"colleagues?|co-?workers?|boss|friends?|roommate|flatmate|in-laws?|mayor|celebrity|footballer|politician|"
    r"singer|actor|"
    r"teacher|doctor|son|daughter|rival|competitor)\b"
)
"""Whoever stands near to the writer, or is known to everybody: nobody's customer by these words alone."""

PERSON: Final = rf"(?:{TITLED}|{MASKED}|{KIN})"
PRONOUN: Final = r"\b(?:he|she|him|her)\b"
CUSTOMER: Final = (
    r"\b(?:this|that|the|these|those|my|our) (?:(?!an? )\w+ )?(?:applicants?|customers?|clients?|couple|family|"
    r"borrowers?|"
    r"lady|"
    r"gentleman|man|woman|guy|person|people|company|firm|student|pensioner|account holders?|holder|owner|director|"
    r"merchant|"
    r"depositor|sender|payer|suspect)\b"
)
"""A particular one: "a customer" and "customers" are nobody in particular."""

RECORD: Final = re.compile(
    r"\b[a-z]{1,3}-\d{3,}\b|\b(?:case|customer|client|account|card|file|ticket|application|loan) (?:no\.? |number |"
    r"nr\.? |"
    r"id |#)?(?:c-?)?[\dx*-]*\d{3,}\b|\b\d{2}-\d{4}\b|\[(?:account number|iban|card number)[^\]]*\]"
)
"""The number of a case, customer, account or card: somebody's file is in hand."""
