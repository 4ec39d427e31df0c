"""Numbers that identify a person or an account: what a run of digits is, by its form, its check digits and the words
beside it. Figures of another kind (dates, amounts, citations, codes) are told apart before."""

import re
from collections.abc import Generator
from typing import Final

from guardrails.checksums import digits_of, iban, luhn, routing_number
from guardrails.number_words import Said, said_of
from guardrails.personal_data import PersonalDataKind, PersonalDatum

Kind = PersonalDataKind

_SIGN: Final = r"[ \u00a0\u2007\u202f./\-\u2010-\u2013]"
_RUN: Final = re.compile(
    rf"(?<![\w$€£§#@])(?<![\w)][./:\-])(?:\+ ?|\(\+?)?\d(?:\)?{_SIGN}{{0,2}}\(?\d)*(?:\)(?=\W|$))?"
    r"(?!(?!x\d)\w|[.:/\-]\d|,\d\d(?!\d)|[-/][^\W_]|[€$£%°]| ?%)"
)
"""Digits with single signs between them, that begin and end a word."""

_AND: Final = re.compile(r"(?:,|;|/)? ?(?:and|or|&|also|then|to)? ?(?:from )?")
"""Between two numbers of which the words before the first tell of both."""

_AFTER_HASH: Final = re.compile(rf"(?<=#)\d(?:{_SIGN}{{0,2}}\d)*(?!\w)")
_EXTENSION: Final = re.compile(r"(?i)[ ,]{0,2}(?:x|ext\.?|extension|#)[ .]?\d{1,6}(?!\w)")

_NO_NUMBER: Final = re.compile(
    r"\d{4}[-/.\u2010-\u2013]\d{1,2}[-/.\u2010-\u2013]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d{2}|"  # dates
    r"(?:19|20)\d{2} ?[-\u2010-\u2013/] ?(?:19|20)?\d{2}|"  # years
    r"\d{1,3}(?:[ \u00a0.]\d{3})*(?:[ \u00a0.]000)|\d{1,3}(?:\.\d{3})+|"  # round and dotted amounts
    r"\d{1,4}\.\d{1,4}|(?:\d{1,3}\.){2,3}\d{1,2}|"  # decimals, versions
    r"(?:19|20)\d\d[-\u2010-\u2013](?:19|20)\d\d|"  # ranges, years
    r"97[89][- ]?\d[- ]?\d{2,5}[- ]?\d{2,6}[- ]?\d|\d-\d{2,5}-\d{2,5}-\d"  # ISBN
)

_RANGES: Final = re.compile(r"\d{1,3}(?:[-\u2010-\u2013]\d{1,3}){1,3}")

_MAESTRO: Final = ("5018", "5020", "5038", "5893", "6304", "6759", "6761", "6762", "6763", "0604")
_PREFIXES: Final = re.compile(r"4|5[0-8]|2[2-7]|3[0-9]|6|1800|2131|81")
_CODE: Final = re.compile(
    r"(?i)(?<![^\W_])(?:order|tracking|isbn|issn|sku|ean|serial|barcode|imei|parcel|hash|uuid|batch|invoice|commitment|digest|"
    r"confirmation)"
)
"""Words of codes that have a check digit like a card's now and then."""

_AT_HAND: Final = 30
"""Characters within which a word has to stand that alone makes a number an account or a bare telephone number."""

_PHONES: Final = tuple(
    re.compile(shape)
    for shape in (
        r"\(?\+ ?\d[\d ().\u00a0/-]{6,22}",
        r"(?:1|001|\+1)?[ .-]?\(?\d{3}\)?[ .\u00a0-]\d{3}[ .\u00a0-]\d{4}",
        r"\(\d{2,5}\)[ .-]?\d{2,4}(?:[ .-]?\d{2,4}){1,3}",
        r"\(?\d{3}\)?\d{3}[.-]\d{4}",
        r"00[ ]?\d{1,3}(?:[ .()-]{1,2}\d{1,5}){2,6}",
        r"0\d{1,4}(?:[ .\u00a0-]\d{2,4}){2,4}",
        r"0\d{1,4}[ ./-]\d{5,8}",
        r"0\d(?:\.\d\d){4}",
        r"0[1-9]{1,2}[ ]\d{4}[ ]\d{4}",
    )
)
"""Forms that are telephone numbers without a word beside them."""


def find_numbers(text: str, taken: list[PersonalDatum]) -> list[PersonalDatum]:
    """Cards, social security, routing, account and telephone numbers. `taken`: what is something else already."""
    found: list[PersonalDatum] = []
    earlier = 0
    for run in _runs(text):
        start, end = _without_brackets(text, *run.span())
        if any(start < datum.end and datum.start < end for datum in taken):
            continue
        said = said_of(text, start, end, earlier)
        if said is None and found and _AND.fullmatch(text[found[-1].end : start]) is not None:
            said = found[-1].kind, 1
        datum = _judged(text, start, end, said)
        if datum is not None:
            found.append(datum)
            end = datum.end
        earlier = end if datum is None else max(earlier, min(end, start))
    return found


def _without_brackets(text: str, start: int, end: int) -> tuple[int, int]:
    """A run without brackets that stand around all of it, or that have no partner in it."""
    run = text[start:end]
    if run[0] == "(" and run.find(")") in (-1, len(run) - 1):
        start += 1
    if run[-1] == ")" and (run[0] == "(" or "(" not in run):
        end -= 1
    return start, end


def _runs(text: str) -> Generator[re.Match[str]]:
    yield from _RUN.finditer(text)
    yield from _AFTER_HASH.finditer(text)


def _judged(text: str, start: int, end: int, said: Said | None) -> PersonalDatum | None:
    run = text[start:end]
    digits = digits_of(run)
    if len(digits) < 6:
        return None
    kind, near = said or (None, 0)
    is_nobodys = said is not None and kind is None
    is_code = is_nobodys and _CODE.search(text[max(0, start - _AT_HAND) : start]) is not None
    is_figure = _NO_NUMBER.fullmatch(run) is not None
    if kind is Kind.ROUTING and routing_number(digits):
        return PersonalDatum(start, end, Kind.ROUTING, 0.9)
    if _is_card(run, digits, kind, is_nobodys=is_code):
        return PersonalDatum(start, end, Kind.CARD, 1.0 if kind is Kind.CARD else 0.8)
    if _is_ssn(run, digits, kind, is_nobodys=is_nobodys):
        return PersonalDatum(start, end, Kind.SSN, 0.9)
    if is_figure or (kind is not Kind.PHONE and _RANGES.fullmatch(run) is not None):
        return None
    if _is_phone(run, digits, kind, near, is_nobodys=is_nobodys):
        extension = _EXTENSION.match(text, end)
        return PersonalDatum(start, end if extension is None else extension.end(), Kind.PHONE, 0.7)
    if kind is Kind.ACCOUNT and near <= _AT_HAND and 6 <= len(digits) <= 18:
        return PersonalDatum(start, end, Kind.ACCOUNT, 0.6)
    return None


def _is_card(run: str, digits: str, kind: Kind | None, *, is_nobodys: bool) -> bool:
    if not 12 <= len(digits) <= 19 or len(set(digits)) < 2 or "+" in run or "(" in run or not luhn(digits):
        return False
    if kind is Kind.CARD:
        return True
    if kind in (Kind.ACCOUNT, Kind.ROUTING, Kind.PHONE) and len(digits) < 15:
        return False
    if _PREFIXES.match(digits) is None or is_nobodys:
        return False
    return len(digits) >= 14 or digits.startswith(_MAESTRO) or (len(digits) == 13 and digits[0] == "4")


def _is_ssn(run: str, digits: str, kind: Kind | None, *, is_nobodys: bool) -> bool:
    if len(digits) != 9 or digits[:3] in ("000", "666") or digits[3:5] == "00" or digits[5:] == "0000":
        return False
    shaped = re.fullmatch(r"\d{3}([-\u2010-\u2013 .\u00a0])\d{2}\1\d{4}", run) is not None
    if kind is Kind.SSN:
        return shaped or run.isdigit() or re.fullmatch(r"\d{3}[ -]\d{3}[ -]\d{3}", run) is not None
    # No telephone number is written so: a word like "calling" beside it says nothing.
    return shaped and digits[0] != "9" and not is_nobodys and kind not in (Kind.ACCOUNT, Kind.ROUTING)


def _is_phone(run: str, digits: str, kind: Kind | None, near: int, *, is_nobodys: bool) -> bool:
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 2:
        return False
    if kind is Kind.PHONE and (near <= _AT_HAND or len(digits) >= 9):
        return True
    if kind in (Kind.ACCOUNT, Kind.ROUTING, Kind.SSN, Kind.CARD) and "+" not in run and "(" not in run:
        return False
    if is_nobodys and "+" not in run and "(" not in run:
        return False
    return any(shape.fullmatch(run) for shape in _PHONES)


_COUNTRIES: Final = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20
    EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30
    KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23
    PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26
    UA29 VA22 VG24 XK20 YE30
"""
_LENGTHS: Final = {entry[:2]: int(entry[2:]) for entry in _COUNTRIES.split()}
"""Country: length of its IBANs (ISO 13616)."""

_IBAN_START: Final = re.compile(rf"(?<![^\W_])({'|'.join(sorted(_LENGTHS))})[ ]?[0-9]{{2}}", re.IGNORECASE)
_IBAN_WORD: Final = re.compile(r"(?i)\biban\b.{0,20}$")
_IBAN_SIGNS: Final = frozenset(" \u00a0-.\t")


def find_ibans(text: str) -> list[PersonalDatum]:
    """By country, length and check digits; one whose check digits are wrong where the word stands before it."""
    found: list[PersonalDatum] = []
    for start in _IBAN_START.finditer(text):
        end = _iban_end(text, start.start(), _LENGTHS[start.group(1).upper()])
        if end is None or (found and start.start() < found[-1].end):
            continue
        is_valid = iban(text[start.start() : end])
        if is_valid or _IBAN_WORD.search(text[max(0, start.start() - 26) : start.start()]):
            found.append(PersonalDatum(start.start(), end, Kind.IBAN, 1.0 if is_valid else 0.7))
    return found


def _iban_end(text: str, start: int, length: int) -> int | None:
    """Where so many letters and digits have passed, with single signs between them; None where a word ends before or
    goes on behind."""
    count, place, since_sign = 0, start, True
    while count < length:
        if place >= len(text):
            return None
        char = text[place]
        if char.isascii() and char.isalnum():
            count, since_sign = count + 1, True
        elif char in _IBAN_SIGNS and since_sign:
            since_sign = False
        else:
            return None
        place += 1
    return None if place < len(text) and text[place].isalnum() else place
