import pytest

from guardrails.case_data import known_from
from guardrails.detecting import Detector
from guardrails.personal_data import PersonalDataKind

Kind = PersonalDataKind


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Mr. Pálffy and Mrs Anne-Marie O'Neil came.", ["Pálffy", "Anne-Marie O'Neil"]),
        ("Did Dr Ludwig van der Berg sign?", ["Ludwig van der Berg"]),
        ("mr smith has lost his card", ["smith"]),
        ("The customer Ilse Brandhofer wants to close it.", ["Ilse Brandhofer"]),
        ("the account holder, Tomoko Arata, is ill", ["Tomoko Arata"]),
        ("He acts on behalf of Zsolt Kovács.", ["Zsolt Kovács"]),
        ("My name is Aantje Mourik but call me later", ["Aantje Mourik"]),
        ("Name: Nayla Montero\nState: open", ["Nayla Montero"]),
        ("Cardholder:\tRavil G. Yefimov", ["Ravil G. Yefimov"]),
        ("Dear Weronika,\nthe form is missing.\n\nKind regards,\nHülya Bouwmeester", ["Weronika", "Hülya Bouwmeester"]),
        ("Is Maria Lopez a politically exposed person?", ["Maria Lopez"]),
        ("Applicant: LOPEZ, Maria", ["LOPEZ, Maria"]),
        ("Which form does my colleague Omar need?", ["Omar"]),
        ("She asked for Mr May's card on May 5.", ["Mr May"]),
    ],
)
def test_names_are_told_by_the_words_around_them(detector: Detector, text: str, names: list[str]) -> None:
    assert [text[d.start : d.end] for d in detector.find(text) if d.kind is Kind.NAME] == names


@pytest.mark.parametrize(
    "text",
    [
        "What does Regulation E say about a Customer Identification Program?",
        "The customer Due Diligence Policy and the Client Onboarding Handbook apply.",
        "Address every customer as Mr or Ms and the family name.",
        "A Premier Account holder may ask for a Platinum Card.",
        "In the name of the Bank the Branch Manager signs.",
        "On behalf of Harbour Bank the Fraud Desk calls Compliance.",
        "Signed by: Supervisor\nApproved by: Compliance Committee",
        "Dear Customer, Dear Sir or Madam,",
        "This is Section 4. I am Staff. Named Beneficiary Form 12.",
        "The Fair Credit Reporting Act and the Equal Credit Opportunity Act protect consumers.",
        "Customer: Premier. Client: Business. Contact: Fraud Desk.",
        "Kind regards,\nThe Branch Desk",
        "Ask Core Banking or call the Credit Department on Monday in March.",
        "Visa Debit, Mastercard World Elite and American Express Gold cards",
    ],
)
def test_titles_products_and_departments_are_no_names(detector: Detector, text: str) -> None:
    assert [text[d.start : d.end] for d in detector.find(text)] == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (
            "She moved to 27 Oak Street, Apt. 4, Springfield, IL 62704 in May.",
            Kind.ADDRESS,
            "27 Oak Street, Apt. 4, Springfield, IL 62704",
        ),
        ("Send it to P.O. Box 1200.", Kind.ADDRESS, "P.O. Box 1200"),
        ("wohnhaft Lindenstraße 12a", Kind.ADDRESS, "Lindenstraße 12a"),
        ("date of birth: 3 February 1980", Kind.BIRTH, "3 February 1980"),
        ("DOB 02/03/1980", Kind.BIRTH, "02/03/1980"),
        ("born on 1980-02-03", Kind.BIRTH, "1980-02-03"),
    ],
)
def test_addresses_and_dates_of_birth(detector: Detector, text: str, kind: Kind, value: str) -> None:
    assert [(d.kind, text[d.start : d.end]) for d in detector.find(text)] == [(kind, value)]


def test_what_the_banks_system_calls_a_name_is_known() -> None:
    result = {
        "id": "C-1042",
        "customer_name": "Tomoko Arata",
        "kind": "KYC review",
        "notes": [
            {"author": "anna", "text": "called", "contact": {"address": "9 Quay", "emailAddress": "t@example.org"}}
        ],
        "holders": [{"name": "Bo Li"}],
        "branch_name": "Harbour North",
    }
    assert known_from(result) == (
        (Kind.NAME, "Tomoko Arata"),
        (Kind.ADDRESS, "9 Quay"),
        (Kind.EMAIL, "t@example.org"),
        (Kind.NAME, "Bo Li"),
    )
