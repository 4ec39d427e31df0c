"""Addresses, links, accounts and numbers to dial that a person did not give; and what is none of these."""

import pytest

from tools.provenance.addresses import foreign_addresses
from tools.provenance.scanning import scan

SAID = "Call +1 555 010 7788 or write to anna@bank.example about C-1042, www.bank.example"


@pytest.mark.parametrize(
    "text",
    [
        "write to eve@evil.example",
        "see www.evil.example",
        "see https://evil.example/pay?x=1",
        "see evil.com",
        "see evil.co.uk/pay",
        "pay US133000000121212121212",
        "call 0800-123-4567",
        "call (555) 010-7789 today",
        "account 1234567",
        "card 4111 1111 1111 1111",
    ],
)
def test_what_leads_elsewhere_is_found(text: str) -> None:
    assert foreign_addresses(text, scan(SAID))


@pytest.mark.parametrize(
    "text",
    [
        "Address proof is missing.",
        "call (1) 555-010-7788",
        "write to anna@bank.example, Anna@Bank.example or www.bank.example",
        "case C-1042, customer 31-7750, card 4411, $12,000 by 2026-12-01 10:30",
        "feedback.xlsx and minutes.docx",
        "e.g. 3.5 percent, i.e. 1.5 more",
        "2026-05-19 12:00 to 2026-05-19 13:00",
        "",
    ],
)
def test_what_she_said_or_leads_nowhere_is_not(text: str) -> None:
    assert foreign_addresses(text, scan(SAID)) == []


def test_long_runs_of_digits_are_read_to_their_end() -> None:
    assert foreign_addresses("1 " * 15_000 + "x", [])
