"""Pia enters what an abbreviation of the bank's stands for, and Anna's question with it is answered."""

import pytest
from playwright.async_api import expect

from tests.browser.act import PHONE, Enter
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

ASKED = "From what amount is identification shown at the CCM?"
PAGE = "/library/glossary"


async def test_an_entry_makes_a_question_answerable(enter: Enter, anna: Visit) -> None:
    await anna.ask(ASKED)
    await expect(anna.page.locator("article").last.locator("section.card")).to_contain_text("What to do:")

    pia = await enter("Pia Novak", "/library")
    page = pia.page
    await page.get_by_role("link", name="Glossary").click()
    await expect(page.get_by_role("heading", level=1, name="Glossary")).to_be_visible()
    await expect(page.get_by_role("row").first).to_be_visible()  # the page's script has run
    await page.get_by_role("button", name="Add a term").click()
    await expect(page.get_by_label("Term", exact=True)).to_be_focused()
    await page.get_by_label("Term", exact=True).fill("CCM")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#told")).to_have_text("Say what the term stands for.")
    await page.get_by_label("Stands for").fill("coin-counting machine\ncoin counter")
    await page.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name="CCM", exact=True))
    await expect(row).to_contain_text("coin-counting machine; coin counter")
    await expect(row).to_contain_text("Pia Novak")
    await page.get_by_role("textbox", name="A question").fill("Where is the CCM?")
    await page.keyboard.press("Enter")
    await expect(page.locator("#becomes")).to_contain_text("Where is the coin-counting machine?")
    await expect(page.locator("#becomes")).to_contain_text("Searched also for: coin-counting machine, coin counter")

    await anna.ask(ASKED)
    turn = anna.page.locator("article").last
    await expect(turn.locator("li.claim").first).to_contain_text("USD 500")
    await expect(turn.get_by_role("list", name="Progress")).to_contain_text(
        "Searched also for: coin-counting machine, coin counter"
    )

    await row.get_by_role("button", name="Change CCM").click()
    await page.get_by_label("Stands for").fill("coin-counting machine")
    await page.get_by_role("button", name="Save").click()
    await expect(row).not_to_contain_text("coin counter")
    await row.get_by_role("button", name="Retire CCM").click()
    await expect(row).to_have_count(0)
    await page.get_by_label("Show").select_option("retired")
    await expect(page.get_by_role("row").filter(has_text="retired by Pia Novak")).to_have_count(2)


async def test_ours_is_switched_off_and_on_again(enter: Enter) -> None:
    page = (await enter("Pia Novak", PAGE)).page
    await expect(page.get_by_role("row").first).to_be_visible()
    await page.get_by_label("Find a term").fill("suspicious activity")
    row = page.get_by_role("row").filter(has_text="SAR")
    await row.get_by_role("button", name="Switch off SAR").click()
    await page.get_by_label("Find a term").fill("SAR")
    await expect(row.filter(has_text="switched off")).to_have_count(1)
    await row.get_by_role("button", name="Expand again SAR").click()
    await expect(row.filter(has_text="suspicious activity report")).to_have_count(1)


async def test_a_refusal_says_what_to_change(enter: Enter) -> None:
    pia = await enter("Pia Novak", PAGE)
    pia.refusals.add(422)
    await expect(pia.page.get_by_role("row").first).to_be_visible()
    await pia.page.get_by_role("button", name="Add a term").click()
    await pia.page.get_by_label("Term", exact=True).fill("wire")
    await pia.page.get_by_label("Stands for").fill("wire transfer")
    await pia.page.get_by_role("button", name="Save").click()
    await expect(pia.page.locator("#told")).to_contain_text("is an ordinary word")
    await expect(pia.page.get_by_label("Term", exact=True)).to_have_value("wire")


async def test_anna_reads_it_on_a_phone_and_changes_nothing(enter: Enter) -> None:
    page = (await enter("Anna Keller", PAGE, PHONE)).page
    await expect(page.get_by_role("row").filter(has_text="politically exposed person")).to_have_count(1)
    assert await page.get_by_role("button", name="Add a term").count() == 0
    assert await page.get_by_role("button", name="Switch off").count() == 0
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
