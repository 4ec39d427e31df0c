"""Where a passage points to, for those who may read that."""

from typing import Any

import httpx

from jobs.documents import EditionReader
from tests.api.conftest import Api
from tests.api.uploads import metadata, take_in

CARDS = """# Card policy

## 1 Definitions

“Card” means a debit or credit card of the bank.

“Customer” means a person who holds a card.

## 2 Lost cards

### 2.1 Blocking

(a) Block the card of a customer within one hour.

(b) Report it under section 2.2 and, for staff, under paragraph (a) of this section.

### 2.2 Reports

Use the form in Annex B. Fees are in section 4.2 of the Fee Policy; see also section 9.9, section 615(a) of the Act and
section 7711.5.

## Annex B Form

Name and number.
"""

FEES = "# Fee Policy\n\n## 4 Fees\n\n### 4.1 General\n\nNone.\n\n### 4.2 Cards\n\nA new card costs 5 EUR.\n"
RULES = "# Rules\n\n## § 7711.5 Secret rule\n\nOnly the fraud desk reads this.\n\n## § 7711.6 Next\n\nMore."


async def passages(client: httpx.AsyncClient, edition: str) -> dict[str, dict[str, Any]]:
    text = (await client.get(f"/v1/editions/{edition}/text")).json()
    chunks = [(await client.get(f"/v1/chunks/{item['chunk_id']}")).json() for item in text["items"]]
    return {chunk["section"][-1]: chunk for chunk in chunks}


def pointing(chunk: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(found["text"], found["document"], found["section"][-1]) for found in chunk["references"]]


async def test_a_passage_says_where_it_points_to(api: Api, pia: httpx.AsyncClient, reader: EditionReader) -> None:
    cards = await take_in(pia, reader, metadata("cards"), CARDS.encode(), "cards.md")
    await take_in(pia, reader, metadata("fees", title="Fee Policy"), FEES.encode(), "fees.md")
    secret = metadata("rules", audience=["fraud_desk"])
    await take_in(api.as_("paul"), reader, secret, RULES.encode(), "rules.md")
    anna, omar = api.as_("anna"), api.as_("omar")
    found = await passages(anna, cards)
    blocking = found["2.1 Blocking"]
    assert pointing(blocking) == [
        ("card", "cards", "1 Definitions"),
        ("customer", "cards", "1 Definitions"),
        ("section 2.2", "cards", "2.2 Reports"),
    ]
    assert blocking["references"][2]["chunk_id"] == found["2.2 Reports"]["id"]
    reports = [("Annex B", "cards", "Annex B Form"), ("section 4.2", "fees", "4.2 Cards")]
    assert pointing(found["2.2 Reports"]) == reports
    # Who may read the rule is shown it; for anybody else it is not there.
    assert pointing((await passages(omar, cards))["2.2 Reports"]) == [
        *reports,
        ("section 7711.5", "rules", "§ 7711.5 Secret rule"),
    ]
    hidden = (await passages(omar, cards))["2.2 Reports"]["references"][-1]["chunk_id"]
    assert (await anna.get(f"/v1/chunks/{hidden}")).status_code == 404


async def test_a_number_that_two_documents_have_is_not_guessed(pia: httpx.AsyncClient, reader: EditionReader) -> None:
    for key in ("one", "two"):
        await take_in(pia, reader, metadata(key), RULES.replace("7711.5", "8800.1").encode(), f"{key}.md")
    text = b"# Manual\n\n## 1 General\n\nSee \xc2\xa7 8800.1.\n\n## 2 More\n\nText."
    manual = await take_in(pia, reader, metadata("manual"), text, "manual.md")
    assert pointing((await passages(pia, manual))["1 General"]) == []
